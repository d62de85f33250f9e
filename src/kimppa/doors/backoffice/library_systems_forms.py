"""Forms of library systems: what a system is, how it is asked, and which field tells what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.doors.web.errors import explain
from kimppa.doors.web.forms import FoldedForm, offer
from kimppa.elibrary.patrons import connection_queries, connections, mapping
from kimppa.elibrary.patrons.connecting import Owner
from kimppa.elibrary.patrons.connections import Kind
from kimppa.elibrary.patrons.mapping import AgeBy, HomeBy
from kimppa.elibrary.patrons.rules import AgeGroup
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.core.text import noop
from kimppa.foundation.protocols.sip2 import Encoding, Terminator

OFF = {"autocomplete": "off", "spellcheck": "false"}
PLAIN = forms.TextInput(attrs=OFF)
SIP2_KINDS = frozenset({Kind.SIP2, Kind.SIP2_HTTPS})
TABLE = forms.Textarea(attrs={"rows": 5, "spellcheck": "false"})
# Ways to ask that are connected here; cards kept here have no connection.
OFFERED = (Kind.SIP2, Kind.SIP2_HTTPS, Kind.KOHA_SUOMI, Kind.KOHA_SUOMI_STATUS, Kind.KOHA, Kind.OIDC)
OWNER_WORDS = {
    "kimppa": noop("Library network %(name)s"),
    "library": noop("Library %(name)s"),
    "municipality": noop("Municipality %(name)s"),
}


def put_error(form: forms.Form, error: KimppaError) -> None:
    """Show an error at the field that it names."""
    field = str(error.params.get("field", ""))
    form.add_error(field if field in form.fields else None, explain(error))


class SystemForm(forms.Form):
    """What a library system is, whoever asks it and however."""

    slug = forms.CharField(
        label=gettext_lazy("Short name in addresses"),
        max_length=50,
        widget=PLAIN,
        help_text=gettext_lazy("Small letters, digits and hyphens, for example outi. It is never changed."),
    )
    name_fi = forms.CharField(label=gettext_lazy("Name in Finnish"), max_length=120)
    name_sv = forms.CharField(label=gettext_lazy("Name in Swedish"), max_length=120, required=False)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=120, required=False)
    owner = forms.ChoiceField(label=gettext_lazy("Whose it is"))
    card_pattern = forms.CharField(
        label=gettext_lazy("What its card numbers look like"),
        max_length=200,
        required=False,
        widget=PLAIN,
        help_text=gettext_lazy(
            "For example OUTI[0-9]{7}, or 285A[0-9]{6}|286A[0-9]{6}. By this an e-service's question finds "
            "the right system. A card is never tried on several."
        ),
    )
    institution = forms.CharField(
        label=gettext_lazy("Institution id that e-services use"),
        max_length=80,
        required=False,
        widget=PLAIN,
    )
    locks_after = forms.IntegerField(
        label=gettext_lazy("Wrong PINs after which it locks a card"),
        min_value=1,
        max_value=50,
        required=False,
        help_text=gettext_lazy("Empty: not known, taken as 5. We pass on two fewer, at least one."),
    )
    trust_hours = forms.IntegerField(
        label=gettext_lazy("Hours that a remembered device stays signed in"), min_value=1, max_value=8760
    )
    outage_hours = forms.IntegerField(
        label=gettext_lazy("Hours that people stay in while the system is down"), min_value=1, max_value=8760
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        owners = [("", "–")] + [
            (f"{kind}:{key}", _(OWNER_WORDS[kind]).replace("%(name)s", name))
            for kind, key, name in connection_queries.possible_owners()
        ]
        offer(self, "owner", owners)

    def owned_by(self) -> Owner:
        kind, _colon, key = self.cleaned_data["owner"].partition(":")
        return Owner(**{kind: key}) if kind else Owner()


class ConnectionForm(FoldedForm):
    """The settings of one kind; fields of other kinds are not there, those that seldom change folded away."""

    FOLDED = (
        *("media_type", "location", "terminal_password", "status_first", "encoding", "terminator"),
        *("checksum", "hosts", "userinfo", "timeout", "at_once", "private", "ca", "tls_name"),
    )
    USUAL: ClassVar[Mapping[str, str]] = {
        "media_type": "text/plain",
        "status_first": "False",
        "encoding": Encoding.UTF_8.value,
        "terminator": Terminator.CR.value,
        "checksum": "True",
        "timeout": "8",
        "at_once": "10",
        "private": "False",
        "userinfo": "False",
    }
    WORDS = ("scopes", "acr_values", "hosts")

    FIELDS: ClassVar[Mapping[Kind, tuple[str, ...]]] = {
        Kind.SIP2: (
            *("host", "port", "tls", "user", "login_password", "location", "institution"),
            *("terminal_password", "message", "status_first", "encoding", "terminator", "checksum"),
            *("timeout", "at_once", "private", "ca", "tls_name"),
        ),
        Kind.SIP2_HTTPS: (
            *("url", "media_type", "user", "login_password", "institution", "terminal_password", "message"),
            *("encoding", "terminator", "checksum", "timeout", "at_once", "private", "ca"),
        ),
        Kind.KOHA_SUOMI: (
            *("url", "user", "client_secret", "identifier", "timeout", "at_once", "private", "ca"),
        ),
        Kind.KOHA_SUOMI_STATUS: (
            *("url", "user", "client_secret", "body", "timeout", "at_once", "private", "ca"),
        ),
        Kind.KOHA: ("url", "user", "client_secret", "timeout", "at_once", "private", "ca"),
        Kind.OIDC: (
            *("issuer", "user", "client_secret", "scopes", "acr_values", "strong", "hosts", "userinfo"),
            *("timeout", "at_once", "private", "ca"),
        ),
    }

    valid_from = forms.DateField(
        label=gettext_lazy("First day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy(
            "The connection before it ends the day before. Empty: always, where there is none yet."
        ),
    )
    host = forms.CharField(label=gettext_lazy("Server"), max_length=253, widget=PLAIN)
    port = forms.IntegerField(label=gettext_lazy("Port"), min_value=1, max_value=65535, initial=6001)
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        widget=PLAIN,
        help_text=gettext_lazy("Begins with https://. For Koha the part before /api/v1."),
    )
    issuer = forms.CharField(
        label=gettext_lazy("Issuer"),
        max_length=500,
        widget=PLAIN,
        help_text=gettext_lazy("Begins with https://, exactly as the city writes it."),
    )
    scopes = forms.CharField(
        label=gettext_lazy("Scopes besides openid"),
        max_length=200,
        required=False,
        widget=PLAIN,
        help_text=gettext_lazy("Only those whose claims are read here. With spaces between."),
    )
    acr_values = forms.CharField(
        label=gettext_lazy("Levels that are required (acr)"),
        max_length=200,
        required=False,
        widget=PLAIN,
        help_text=gettext_lazy("Any of these will do. Empty: however the person signs in there."),
    )
    strong = forms.CharField(
        label=gettext_lazy("Claim of the personal identity code"),
        max_length=60,
        required=False,
        widget=PLAIN,
        help_text=gettext_lazy(
            "Only for strong identification. The code becomes a pseudonym at once and is never kept."
        ),
    )
    hosts = forms.CharField(
        label=gettext_lazy("Other servers of the sign-in"),
        max_length=200,
        required=False,
        widget=PLAIN,
        help_text=gettext_lazy(
            "Where its addresses are on another server than the issuer: server, or server:port."
        ),
    )
    userinfo = forms.BooleanField(
        label=gettext_lazy("Ask for the rest of the claims too (userinfo)"), required=False
    )
    tls = forms.BooleanField(
        label=gettext_lazy("Encrypted (TLS)"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Without encryption only to a server of our own network."),
    )
    user = forms.CharField(
        label=gettext_lazy("Our user name or client id"), max_length=200, required=False, widget=PLAIN
    )
    login_password = forms.CharField(label=gettext_lazy("Our password"), max_length=500, required=False)
    client_secret = forms.CharField(label=gettext_lazy("Our client secret"), max_length=500, required=False)
    location = forms.CharField(
        label=gettext_lazy("Location code (CP)"), max_length=200, required=False, widget=PLAIN
    )
    institution = forms.CharField(
        label=gettext_lazy("Institution id (AO)"), max_length=200, required=False, widget=PLAIN
    )
    terminal_password = forms.CharField(
        label=gettext_lazy("Terminal password (AC)"), max_length=500, required=False
    )
    identifier = forms.ChoiceField(label=gettext_lazy("The card is sent as"), required=False)
    body = forms.ChoiceField(label=gettext_lazy("The question is sent as"), required=False)
    media_type = forms.CharField(
        label=gettext_lazy("Content type"), max_length=100, initial="text/plain", widget=PLAIN
    )
    message = forms.ChoiceField(label=gettext_lazy("Question"))
    status_first = forms.BooleanField(
        label=gettext_lazy("Ask for the status (99) after signing in"), required=False
    )
    encoding = forms.ChoiceField(label=gettext_lazy("Letters"))
    terminator = forms.ChoiceField(label=gettext_lazy("End of line"))
    checksum = forms.BooleanField(
        label=gettext_lazy("Sequence numbers and checksums"), required=False, initial=True
    )
    timeout = forms.IntegerField(
        label=gettext_lazy("Longest wait, seconds"), min_value=1, max_value=30, initial=8
    )
    at_once = forms.IntegerField(
        label=gettext_lazy("Questions at once, at most"),
        min_value=1,
        max_value=50,
        initial=10,
        help_text=gettext_lazy("For each of our processes. More are turned away at once and may try again."),
    )
    private = forms.BooleanField(
        label=gettext_lazy("The server is in our own network"),
        required=False,
        help_text=gettext_lazy("Only then may a private address be called."),
    )
    ca = forms.CharField(
        label=gettext_lazy("Certificates to trust"),
        required=False,
        max_length=connections.CA_LONGEST,
        widget=TABLE,
        help_text=gettext_lazy(
            "Only where the server's certificate is not of a public authority: paste the authority's here."
        ),
    )
    tls_name = forms.CharField(
        label=gettext_lazy("Name in its certificate, if another"),
        max_length=253,
        required=False,
        widget=PLAIN,
    )

    def __init__(self, kind: Kind, kept: frozenset[str], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.kind = kind
        for name in self.WORDS:
            if isinstance(told := self.initial.get(name), list | tuple):
                self.initial[name] = " ".join(told)
        wanted = ("valid_from", *self.FIELDS[kind])
        for name in connections.SECRETS[kind]:
            self.fields[name].widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
            self.fields[name].help_text = (
                _("One is kept. Empty: it stays. It is never shown.")
                if name in kept
                else _("Kept encrypted and never shown.")
            )
        choices = {
            "identifier": [(one, one) for one in ("cardnumber", "userid")],
            "body": [("json", "JSON"), ("form", _("Form fields"))],
            "message": [("63", _("63, patron information")), ("23", _("23, patron status"))],
            "encoding": [(one.value, one.value.upper()) for one in Encoding],
            "terminator": [(one.value, one.value) for one in Terminator],
        }
        for name, offered in choices.items():
            if name in wanted:
                offer(self, name, offered)
        self.fields = {name: self.fields[name] for name in wanted}

    def folded(self) -> list[forms.BoundField]:
        return [self[name] for name in self.FOLDED if name in self.fields]

    def settings(self) -> dict[str, object]:
        """Everything but the day and the secrets."""
        apart = {"valid_from", *connections.SECRETS[self.kind]}
        return {name: value for name, value in self.cleaned_data.items() if name not in apart}

    def secrets(self) -> dict[str, str]:
        return {name: self.cleaned_data.get(name) or "" for name in connections.SECRETS[self.kind]}


class MappingForm(forms.Form):
    """Which field of the answer tells what. Empty: not told, counted as unknown."""

    stable_id = forms.CharField(
        label=gettext_lazy("Field of the lasting number"),
        required=False,
        max_length=60,
        widget=PLAIN,
        help_text=gettext_lazy(
            "A number of the person that stays when the card changes, for example patron_id. Empty: the card "
            "number is used, and whoever gets a new card is a new person here."
        ),
    )
    home = forms.CharField(
        label=gettext_lazy("Field of the home municipality"), required=False, max_length=60, widget=PLAIN
    )
    home_by = forms.ChoiceField(label=gettext_lazy("How it tells the municipality"))
    home_table = forms.CharField(
        label=gettext_lazy("Table of municipalities"),
        required=False,
        max_length=20_000,
        widget=TABLE,
        help_text=gettext_lazy("One a line: what the system says = municipality code. OUPK = 564"),
    )
    age = forms.CharField(
        label=gettext_lazy("Field of the age"),
        required=False,
        max_length=60,
        widget=PLAIN,
        help_text=gettext_lazy("Only the group is kept: child (under 15), young (15–17), adult."),
    )
    age_by = forms.ChoiceField(label=gettext_lazy("How it tells the age"))
    age_table = forms.CharField(
        label=gettext_lazy("Table of patron categories"),
        required=False,
        max_length=20_000,
        widget=TABLE,
        help_text=gettext_lazy("One a line: what the system says = child, young or adult. LAPSI = child"),
    )
    expires = forms.CharField(
        label=gettext_lazy("Field of the card's last day"),
        required=False,
        max_length=60,
        widget=PLAIN,
        help_text=gettext_lazy("In SIP2 often PA."),
    )
    language = forms.CharField(
        label=gettext_lazy("Field of the language"),
        required=False,
        max_length=60,
        widget=PLAIN,
        help_text=gettext_lazy("In SIP2 write language: it stands in the fixed part."),
    )
    blocked = forms.CharField(
        label=gettext_lazy("Field that tells that the card is blocked"),
        required=False,
        max_length=60,
        widget=PLAIN,
    )
    blocking_flags = forms.MultipleChoiceField(
        label=gettext_lazy("SIP2 marks that block"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, kind: Kind, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(self, "home_by", [(one.value, _(mapping.HOME_NAMES[one])) for one in HomeBy])
        offer(self, "age_by", [(one.value, _(mapping.AGE_NAMES[one])) for one in AgeBy])
        if kind is Kind.OIDC:
            self.fields["stable_id"].help_text = _(
                "Empty: the issuer's own subject, or the identity code where one is named. Another claim, "
                "for example library_user_id, only where the subject changes."
            )
        if kind in SIP2_KINDS:
            offer(self, "blocking_flags", [(one, _(name)) for one, name in mapping.FLAG_NAMES.items()])
        else:
            del self.fields["blocking_flags"]


AGE_WORDS: dict[str, str] = {
    AgeGroup.CHILD.value: noop("Child, under 15"),
    AgeGroup.YOUNG.value: noop("Young, 15–17"),
    AgeGroup.ADULT.value: noop("Adult"),
}


class TryForm(forms.Form):
    """A real card and PIN, typed by whoever owns them or may use a test card."""

    card = forms.CharField(label=gettext_lazy("Card number"), max_length=200, widget=PLAIN)
    pin = forms.CharField(
        label=gettext_lazy("PIN"),
        max_length=40,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
