"""Forms of agreements, and reading an uploaded document."""

from __future__ import annotations

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.commons.members.queries import member_codes_on
from kimppa.consortium.agreements import authority, contracts
from kimppa.consortium.agreements.contracts import ContractDetail
from kimppa.consortium.agreements.drafts import Draft
from kimppa.consortium.agreements.rules import (
    BINDS_NAMES,
    CLASS_NAMES,
    DOCUMENT_NAMES,
    KIND_NAMES,
    RELATION_NAMES,
    AgreementKind,
    Binds,
    DocumentRole,
    PartyRole,
    Relation,
)
from kimppa.consortium.agreements.terms import (
    SHAPES,
    SHARE_VAT_NAMES,
    TERM_NAMES,
    Shape,
    TermKind,
)
from kimppa.consortium.governance import queries as governance
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.money_decide import DAY
from kimppa.doors.web.forms import offer
from kimppa.foundation.core import clock
from kimppa.foundation.files.rules import MAX_BYTES, MEGABYTE
from kimppa.foundation.files.services import FileTooLarge, FileTypeRefused

# What a document may be: by its first bytes, never by what the sender calls it.
SIGNS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def read_upload(upload: UploadedFile[bytes]) -> tuple[bytes, str]:
    """Bytes and media type of a document. Raises FileTypeRefused, FileTooLarge before all is read."""
    head = upload.read(8)
    media_type = next((kind for sign, kind in SIGNS if head.startswith(sign)), "")
    if head.startswith(b"PK\x03\x04") and (upload.name or "").lower().endswith(".xlsx"):
        media_type = XLSX
    size, limit = upload.size or 0, MAX_BYTES.get(media_type, MAX_BYTES["application/pdf"])
    if size > limit:
        raise FileTooLarge(size=-(-size // MEGABYTE), limit=limit // MEGABYTE)
    if not media_type:
        raise FileTypeRefused(type=(upload.name or "").rpartition(".")[2][:20] or "?")
    upload.seek(0)
    return upload.read(), media_type


class AgreementForm(forms.Form):
    """What an agreement is, between whom and for how long."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"))
    diary_number = forms.CharField(label=gettext_lazy("Diary number"), max_length=60)
    title_fi = forms.CharField(label=gettext_lazy("Title in Finnish"), max_length=300)
    title_sv = forms.CharField(label=gettext_lazy("Title in Swedish"), max_length=300, required=False)
    title_en = forms.CharField(label=gettext_lazy("Title in English"), max_length=300, required=False)
    valid_from = forms.DateField(label=gettext_lazy("First day"), widget=DAY)
    valid_to = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=DAY,
        required=False,
        help_text=gettext_lazy("Without options. Empty: until further notice."),
    )
    coordinators = forms.MultipleChoiceField(
        label=gettext_lazy("Signed by the coordinating cities"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    binds = forms.ChoiceField(
        label=gettext_lazy("Whom the signature binds"),
        help_text=gettext_lazy("Each member needs a mandate that holds on the day of signature."),
    )
    members = forms.MultipleChoiceField(
        label=gettext_lazy("Members it is signed for"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )
    vendor = forms.CharField(label=gettext_lazy("Vendor"), max_length=200, required=False)
    funder = forms.CharField(label=gettext_lazy("Funder"), max_length=200, required=False)
    retention_years = forms.IntegerField(
        label=gettext_lazy("Kept for years after it has ended"), min_value=1, max_value=100, initial=10
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        today = clock.today()
        cities = authority.coordinating_codes(today)
        codes = member_codes_on(today)
        places = [party for party in authority.parties() if party.code in codes or party.code in cities]
        offer(self, "kind", [(k.value, _(KIND_NAMES[k])) for k in AgreementKind])
        offer(self, "binds", [(b.value, _(BINDS_NAMES[b])) for b in Binds])
        offer(self, "coordinators", [(str(p.id), p.name) for p in places if p.code in cities])
        offer(self, "members", [(str(p.id), p.name) for p in places])

    def draft(self) -> Draft:
        said = self.cleaned_data
        cities = [int(one) for one in said["coordinators"]]
        parties = [(one, PartyRole.COORDINATOR) for one in cities]
        parties += [(int(one), PartyRole.MEMBER) for one in said["members"] if int(one) not in cities]
        return Draft(
            kind=AgreementKind(said["kind"]),
            diary_number=said["diary_number"],
            title_fi=said["title_fi"],
            title_sv=said["title_sv"],
            title_en=said["title_en"],
            valid_from=said["valid_from"],
            valid_to=said["valid_to"],
            parties=tuple(parties),
            vendor=said["vendor"],
            funder=said["funder"],
            binds=Binds(said["binds"]),
            retention_years=said["retention_years"],
            example=clock.offset().total_seconds() != 0,
        )


def initial(detail: ContractDetail) -> dict[str, object]:
    """What the form of an existing agreement begins with."""

    def of(role: PartyRole) -> list[str]:
        return [str(party.party_id) for party in detail.parties if party.role is role]

    def named(role: PartyRole) -> str:
        return next((party.name for party in detail.parties if party.role is role), "")

    row = detail.row
    return {
        "kind": row.kind.value,
        "diary_number": row.diary_number,
        "title_fi": row.title_fi,
        "title_sv": row.title_sv,
        "title_en": row.title_en,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "coordinators": of(PartyRole.COORDINATOR),
        "members": of(PartyRole.MEMBER),
        "vendor": named(PartyRole.VENDOR),
        "funder": named(PartyRole.FUNDER),
        "binds": detail.binds,
        "retention_years": detail.retention_years,
    }


class SignForm(forms.Form):
    signed_on = forms.DateField(label=gettext_lazy("Day of signature"), widget=DAY)


class TermForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("Term"))
    value = forms.CharField(label=gettext_lazy("Value"), max_length=300)
    clause = forms.CharField(label=gettext_lazy("Clause"), max_length=60, required=False)
    quote = forms.CharField(
        label=gettext_lazy("What the agreement says, word for word"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    valid_from = forms.DateField(
        label=gettext_lazy("From"),
        widget=DAY,
        required=False,
        help_text=gettext_lazy("Empty: for the whole time of the agreement."),
    )
    valid_to = forms.DateField(label=gettext_lazy("To"), widget=DAY, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        # How shares stand to VAT has a page of its own, after the signature too.
        kinds = [k for k in TermKind if SHAPES[k] is not Shape.VAT]
        offer(self, "kind", [(k.value, _(TERM_NAMES[k])) for k in kinds])


class ShareVatForm(forms.Form):
    """From which day on the shares of a cost class are taxed, and how."""

    cost_class = forms.ChoiceField(label=gettext_lazy("Cost class"))
    treatment = forms.ChoiceField(label=gettext_lazy("VAT on shares"))
    valid_from = forms.DateField(
        label=gettext_lazy("From"), widget=DAY, help_text=gettext_lazy("The first day of a month.")
    )
    clause = forms.CharField(label=gettext_lazy("Clause or ruling"), max_length=60, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(self, "cost_class", [(c.value, _(name)) for c, name in CLASS_NAMES.items()])
        offer(self, "treatment", [(word, _(name)) for word, name in SHARE_VAT_NAMES.items()])


class DocumentForm(forms.Form):
    role = forms.ChoiceField(label=gettext_lazy("What it is"))
    title = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)
    file = forms.FileField(
        label=gettext_lazy("File"), help_text=gettext_lazy("PDF, XLSX, PNG or JPEG, at most 50 MB.")
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(self, "role", [(r.value, _(DOCUMENT_NAMES[r])) for r in DocumentRole])


class RelationForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("How they are related"))
    target = forms.ChoiceField(label=gettext_lazy("The other agreement"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        shown = tables.language()
        rows = contracts.contracts(on=clock.today())
        offer(self, "kind", [(r.value, _(RELATION_NAMES[r])) for r in Relation])
        named = [(str(r.id), f"{r.diary_number} {r.title(shown)}") for r in rows]
        offer(self, "target", [("", "–"), *named])


class OptionForm(forms.Form):
    used_on = forms.DateField(label=gettext_lazy("Used on"), widget=DAY)
    decision = forms.ChoiceField(label=gettext_lazy("Decision"), required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        shown = tables.language()
        rows = [(str(d.id), f"{d.diary_number} {d.title(shown)}") for d in governance.decisions()]
        offer(self, "decision", [("", "–"), *rows])


class NoticeForm(forms.Form):
    given_on = forms.DateField(label=gettext_lazy("Notice given on"), widget=DAY)
    ends_on = forms.DateField(label=gettext_lazy("The agreement ends on"), widget=DAY)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)


class VersionForm(forms.Form):
    diary_number = forms.CharField(label=gettext_lazy("Diary number"), max_length=60)
    valid_from = forms.DateField(label=gettext_lazy("First day"), widget=DAY)
