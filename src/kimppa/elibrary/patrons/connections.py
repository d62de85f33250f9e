"""How a library system can be connected: kinds, and each kind's settings with their rules. Pure.

Settings come as plain JSON objects, from a form or from the database, and are narrowed here. Each error
names its field. Unencrypted SIP2 is only for a machine of the house's own network, and only when said.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias, TypeVar
from urllib.parse import urlsplit

from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.text import noop
from kimppa.foundation.protocols.sip2 import Dialect, Encoding, Terminator

HOST = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
HOST_AND_PORT = re.compile(HOST.pattern + r"(:[1-9][0-9]{0,4})?")
WORD = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
CLAIM = re.compile(r"[A-Za-z0-9_.:/-]{1,60}")
MOST_WORDS = 20
CA_LONGEST = 60_000
TIMEOUT_LEAST, TIMEOUT_MOST = 1, 30
AT_ONCE_MOST = 50


class Kind(StrEnum):
    """How a system is asked."""

    LOCAL = "local"
    SIP2 = "sip2"
    SIP2_HTTPS = "sip2-https"
    KOHA_SUOMI = "koha-suomi"
    KOHA_SUOMI_STATUS = "koha-suomi-status"
    KOHA = "koha"
    OIDC = "oidc"


KIND_NAMES: dict[Kind, str] = {
    Kind.LOCAL: noop("Cards kept here (no library system)"),
    Kind.SIP2: noop("SIP2"),
    Kind.SIP2_HTTPS: noop("SIP2 over HTTPS"),
    Kind.KOHA_SUOMI: noop("Koha-Suomi, card check"),
    Kind.KOHA_SUOMI_STATUS: noop("Koha-Suomi, borrower's status (newer)"),
    Kind.KOHA: noop("Koha (international)"),
    Kind.OIDC: noop("OpenID Connect (a city's own sign-in)"),
}


class BadSetting(Invalid):
    """`field` in the params is the setting's name."""


class SettingEmpty(BadSetting):
    code = "setting-empty"
    sentence = noop("This has to be filled in.")


class SettingTooLong(BadSetting):
    code = "setting-too-long"
    sentence = noop("This is longer than %(limit)s characters, or has characters that are not text.")


class SettingOutside(BadSetting):
    code = "setting-outside"
    sentence = noop("This has to be a whole number from %(least)s to %(most)s.")


class SettingUnknown(BadSetting):
    code = "setting-unknown"
    sentence = noop("This has to be one of the choices offered.")


class BadHost(BadSetting):
    code = "setting-host"
    sentence = noop("This is not the name of a server. Write it without https:// and without a port.")


class BadUrl(BadSetting):
    code = "setting-url"
    sentence = noop("This has to be an address that begins with https:// and has no user name in it.")


class BadWords(BadSetting):
    code = "setting-words"
    sentence = noop("Write names with spaces between them, without quotation marks; at most %(most)s.")


class BadCertificate(BadSetting):
    code = "setting-certificate"
    sentence = noop(
        "This cannot be read as certificates. Paste the whole text, from -----BEGIN CERTIFICATE----- "
        "to its end."
    )


class PlainForbidden(BadSetting):
    code = "setting-plain"
    sentence = noop(
        "Without encryption a card and its PIN could be read on the way. It is allowed only to a server "
        "of our own network: say that too, or use encryption."
    )


class SecretMissing(BadSetting):
    code = "setting-secret"
    sentence = noop("Write the password here. It has to be written again when the server's address changes.")


@dataclass(frozen=True, slots=True)
class Sip2Settings:
    """SIP2 over a socket. Secrets: `login_password` (CO), `terminal_password` (AC).

    private: the server is in our own network. ca: certificates to trust, instead of the public ones.
    message: `63` patron information or `23` patron status. status_first: 99 is sent after the login.
    """

    host: str
    port: int
    tls: bool
    private: bool
    ca: str
    tls_name: str
    user: str
    location: str
    institution: str
    message: str
    status_first: bool
    encoding: Encoding
    terminator: Terminator
    checksum: bool
    timeout: int
    at_once: int

    @property
    def dialect(self) -> Dialect:
        return Dialect(self.encoding, self.terminator, self.checksum)


@dataclass(frozen=True, slots=True)
class Sip2HttpsSettings:
    """One SIP2 message a POST. Secrets: `login_password` of HTTP Basic for `user`, `terminal_password`."""

    url: str
    media_type: str
    private: bool
    ca: str
    user: str
    institution: str
    message: str
    encoding: Encoding
    terminator: Terminator
    checksum: bool
    timeout: int
    at_once: int

    @property
    def dialect(self) -> Dialect:
        return Dialect(self.encoding, self.terminator, self.checksum)


@dataclass(frozen=True, slots=True)
class KohaSettings:
    """Koha's REST interface under `url`. Secret: `client_secret` of the OAuth2 client `user`.

    identifier: the key in which the card is sent (Koha-Suomi's card check: userid or cardnumber).
    body: how the newer Koha-Suomi form wants the question, `json` or `form`.
    """

    kind: Kind
    url: str
    private: bool
    ca: str
    user: str
    identifier: str
    body: str
    timeout: int
    at_once: int


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """A city's own sign-in, by OpenID Connect; nobody types a card or PIN here. Secret: `client_secret`.

    issuer: exactly as the provider calls itself. hosts: other servers that its addresses may be on.
    acr_values: levels that are asked for, one of which it must confirm. strong: the claim that holds a
    personal identity code, where the sign-in is a strong identification; only its HMAC goes further.
    """

    issuer: str
    user: str
    scopes: tuple[str, ...]
    acr_values: tuple[str, ...]
    strong: str
    userinfo: bool
    hosts: tuple[str, ...]
    private: bool
    ca: str
    timeout: int
    at_once: int


Settings: TypeAlias = Sip2Settings | Sip2HttpsSettings | KohaSettings | OidcSettings
Chosen = TypeVar("Chosen", bound=StrEnum)
SECRETS: dict[Kind, tuple[str, ...]] = {
    Kind.LOCAL: (),
    **dict.fromkeys((Kind.SIP2, Kind.SIP2_HTTPS), ("login_password", "terminal_password")),
    **dict.fromkeys((Kind.KOHA_SUOMI, Kind.KOHA_SUOMI_STATUS, Kind.KOHA, Kind.OIDC), ("client_secret",)),
}


def settings_of(kind: Kind, raw: Mapping[str, object]) -> Settings | None:
    """The settings of a kind; None for a local directory. Raises BadSetting."""
    given = _Given(raw)
    if kind is Kind.LOCAL:
        return None
    if kind is Kind.SIP2:
        return _sip2(given)
    if kind is Kind.SIP2_HTTPS:
        return _sip2_https(given)
    if kind is Kind.OIDC:
        return _oidc(given)
    return KohaSettings(
        kind=kind,
        url=given.url("url"),
        private=given.flag("private"),
        ca=given.certificates("ca"),
        user=given.text("user", needed=True),
        identifier=given.one_of("identifier", ("cardnumber", "userid"), "cardnumber"),
        body=given.one_of("body", ("json", "form"), "json"),
        timeout=given.number("timeout", TIMEOUT_LEAST, TIMEOUT_MOST, 8),
        at_once=given.number("at_once", 1, AT_ONCE_MOST, 10),
    )


def _sip2(given: _Given) -> Sip2Settings:
    settings = Sip2Settings(
        host=given.host("host", needed=True),
        port=given.number("port", 1, 65_535, 6001),
        tls=given.flag("tls", default=True),
        private=given.flag("private"),
        ca=given.certificates("ca"),
        tls_name=given.host("tls_name"),
        user=given.text("user"),
        location=given.text("location"),
        institution=given.text("institution"),
        message=given.one_of("message", ("63", "23"), "63"),
        status_first=given.flag("status_first"),
        encoding=given.chosen("encoding", Encoding.UTF_8),
        terminator=given.chosen("terminator", Terminator.CR),
        checksum=given.flag("checksum", default=True),
        timeout=given.number("timeout", TIMEOUT_LEAST, TIMEOUT_MOST, 8),
        at_once=given.number("at_once", 1, AT_ONCE_MOST, 10),
    )
    if not settings.tls and not settings.private:
        raise PlainForbidden(field="tls")
    return settings


def _sip2_https(given: _Given) -> Sip2HttpsSettings:
    return Sip2HttpsSettings(
        url=given.url("url"),
        media_type=given.text("media_type") or "text/plain",
        private=given.flag("private"),
        ca=given.certificates("ca"),
        user=given.text("user"),
        institution=given.text("institution"),
        message=given.one_of("message", ("63", "23"), "63"),
        encoding=given.chosen("encoding", Encoding.UTF_8),
        terminator=given.chosen("terminator", Terminator.CR),
        checksum=given.flag("checksum", default=True),
        timeout=given.number("timeout", TIMEOUT_LEAST, TIMEOUT_MOST, 8),
        at_once=given.number("at_once", 1, AT_ONCE_MOST, 10),
    )


def _oidc(given: _Given) -> OidcSettings:
    return OidcSettings(
        issuer=given.url("issuer", exact=True),
        user=given.text("user", needed=True),
        scopes=given.words("scopes", WORD),
        acr_values=given.words("acr_values", WORD),
        strong=given.words("strong", CLAIM, most=1)[0] if given.text("strong") else "",
        userinfo=given.flag("userinfo"),
        hosts=given.words("hosts", HOST_AND_PORT),
        private=given.flag("private"),
        ca=given.certificates("ca"),
        timeout=given.number("timeout", TIMEOUT_LEAST, TIMEOUT_MOST, 8),
        at_once=given.number("at_once", 1, AT_ONCE_MOST, 10),
    )


def as_json(settings: Settings | None) -> dict[str, object]:
    """What is stored: every setting by name, in plain values."""
    if settings is None:
        return {}
    lists = {name: list(v) for name, v in asdict(settings).items() if isinstance(v, tuple)}
    return {name: str(v) if isinstance(v, StrEnum) else v for name, v in asdict(settings).items()} | lists


def place_of(raw: Mapping[str, object]) -> tuple[str, ...]:
    """What says to whom secrets go; when it changes, they are asked for anew."""
    names = ("host", "port", "url", "tls", "tls_name", "ca", "issuer", "hosts")
    return tuple(str(raw.get(name) or "") for name in names)


class _Given:
    """A plain object read setting by setting."""

    def __init__(self, raw: Mapping[str, object]) -> None:
        self._raw = raw

    def text(self, name: str, *, needed: bool = False, longest: int = 200) -> str:
        value = self._raw.get(name)
        text = "" if value is None else str(value).strip()
        if needed and not text:
            raise SettingEmpty(field=name)
        if len(text) > longest or any(ord(letter) < 0x20 or letter == "|" for letter in text):
            raise SettingTooLong(field=name, limit=longest)
        return text

    def number(self, name: str, least: int, most: int, default: int) -> int:
        value = self._raw.get(name)
        if value is None or value == "":
            return default
        text = str(value).strip()
        if not re.fullmatch(r"[0-9]{1,6}", text) or not least <= int(text) <= most:
            raise SettingOutside(field=name, least=least, most=most)
        return int(text)

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self._raw.get(name)
        return default if value is None else value in (True, "true", "on", "1", 1)

    def one_of(self, name: str, choices: tuple[str, ...], default: str) -> str:
        value = self.text(name) or default
        if value not in choices:
            raise SettingUnknown(field=name)
        return value

    def chosen(self, name: str, default: Chosen) -> Chosen:
        return type(default)(self.one_of(name, tuple(type(default)), default.value))

    def host(self, name: str, *, needed: bool = False) -> str:
        text = self.text(name, needed=needed, longest=253).rstrip(".").lower()
        if text and not HOST.fullmatch(text):
            raise BadHost(field=name)
        return text

    def words(self, name: str, pattern: re.Pattern[str], *, most: int = MOST_WORDS) -> tuple[str, ...]:
        """Several words with spaces between, from a form; or the list that was stored."""
        value = self._raw.get(name)
        told = [str(one) for one in value] if isinstance(value, list | tuple) else self.text(name).split()
        if len(told) > most or any(len(one) > 200 or not pattern.fullmatch(one) for one in told):
            raise BadWords(field=name, most=MOST_WORDS)
        return tuple(dict.fromkeys(told))

    def url(self, name: str, *, exact: bool = False) -> str:
        """`exact`: a name too, in which a slash at the end counts."""
        text = self.text(name, needed=True, longest=500)
        text = text if exact else text.rstrip("/")
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            raise BadUrl(field=name) from None
        wrong = parts.scheme != "https" or parts.username is not None or port == 0
        if wrong or parts.query or parts.fragment or not HOST.fullmatch(parts.hostname or ""):
            raise BadUrl(field=name)
        return text

    def certificates(self, name: str) -> str:
        value = self._raw.get(name)
        text = "" if value is None else str(value).replace("\r\n", "\n").strip()
        if not text:
            return ""
        if len(text) > CA_LONGEST:
            raise SettingTooLong(field=name, limit=CA_LONGEST)
        if "PRIVATE KEY" in text:
            raise BadCertificate(field=name)
        if not _readable(text):
            raise BadCertificate(field=name)
        return text


@lru_cache(maxsize=64)
def _readable(certificates: str) -> bool:
    """Asked of the same text at every question, and slow to find out."""
    try:
        ssl.create_default_context(cadata=certificates)
    except (ssl.SSLError, ValueError):
        return False
    return True
