"""Connections are dated, their settings checked field by field, their secrets written and never read out."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from tests.elibrary.patrons.counterparts import certificates
from tests.elibrary.patrons.test_sip2_system import BY, define

from kimppa.commons.members.models import Kimppa
from kimppa.elibrary.patrons import connected, connecting, connection_queries, connections
from kimppa.elibrary.patrons.asking import Code, Trouble
from kimppa.elibrary.patrons.connections import Kind
from kimppa.elibrary.patrons.models import LibrarySystem, SystemConnection
from kimppa.foundation.accounts.models import AuditEntry
from kimppa.foundation.core import secrets as core_secrets

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SIP2: dict[str, object] = {"host": "sip.example.fi", "user": "hub"}


def connect(valid_from: date | None = None, password: str = "salasana", **more: object) -> None:  # noqa: S107
    connecting.connect(
        by=BY,
        system="outi",
        kind="sip2",
        settings={**SIP2, **more},
        secrets={"login_password": password},
        mapping={},
        valid_from=valid_from,
        now=NOW,
    )


@pytest.mark.parametrize(
    ("kind", "raw", "field", "code"),
    [
        ("sip2", {}, "host", "setting-empty"),
        ("sip2", {"host": "https://sip.example.fi"}, "host", "setting-host"),
        ("sip2", {"host": "sip.example.fi:6001"}, "host", "setting-host"),
        ("sip2", {"host": "a", "port": "70000"}, "port", "setting-outside"),
        ("sip2", {"host": "a", "port": "six"}, "port", "setting-outside"),
        ("sip2", {"host": "a", "timeout": 300}, "timeout", "setting-outside"),
        ("sip2", {"host": "a", "encoding": "utf-16"}, "encoding", "setting-unknown"),
        ("sip2", {"host": "a", "institution": "A|AD"}, "institution", "setting-too-long"),
        ("sip2", {"host": "a", "tls": False}, "tls", "setting-plain"),
        ("sip2", {"host": "a", "ca": "nonsense"}, "ca", "setting-certificate"),
        ("sip2", {"host": "a", "ca": "-----BEGIN PRIVATE KEY-----"}, "ca", "setting-certificate"),
        ("koha", {"url": "http://koha.example.fi", "user": "x"}, "url", "setting-url"),
        ("koha", {"url": "https://a:b@koha.example.fi", "user": "x"}, "url", "setting-url"),
        ("koha", {"url": "https://koha.example.fi"}, "user", "setting-empty"),
        ("koha", {"url": "https://k.fi", "user": "x", "body": "?"}, "body", "setting-unknown"),
        ("sip2-https", {"url": "sip"}, "url", "setting-url"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_told_at_its_field(kind, raw, field, code):
    with pytest.raises(connections.BadSetting) as caught:
        connections.settings_of(Kind(kind), raw)
    assert (caught.value.params["field"], caught.value.code) == (field, code)


def test_settings_come_back_from_the_database_as_they_were():
    for kind, raw in (
        (Kind.SIP2, {**SIP2, "ca": certificates()[0], "terminator": "CRLF", "checksum": False}),
        (Kind.KOHA, {"url": "https://koha.example.fi/", "user": "x"}),
        (Kind.SIP2_HTTPS, {"url": "https://sip.example.fi/sip", "user": "x"}),
    ):
        settings = connections.settings_of(kind, raw)
        assert (
            connections.settings_of(kind, json.loads(json.dumps(connections.as_json(settings)))) == settings
        )


def test_a_new_connection_ends_the_one_before_and_each_day_has_its_own():
    define("outi", "001")
    system = LibrarySystem.objects.get()
    with pytest.raises(Trouble) as caught:
        connected.of_day(system, date(2026, 3, 1))
    assert caught.value.code is Code.NOT_CONNECTED
    connect(date(2026, 1, 1))
    connect(date(2026, 7, 1), port=6002)
    ports = [
        getattr(connected.of_day(system, day).settings, "port", None)
        for day in (date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1))
    ]
    assert ports == [6001, 6001, 6002]
    connect(date(2026, 7, 1), password="toinen", port=6003)
    assert SystemConnection.objects.count() == 2
    with pytest.raises(connecting.ConnectionEarlier):
        connect(date(2026, 6, 1))
    assert LibrarySystem.objects.get().kind == "sip2"


def test_a_secret_is_kept_for_the_same_server_only():
    define("outi", "001")
    connect()
    connect(password="", institution="OUTI")
    row = SystemConnection.objects.get()
    assert connected.opened_secrets(row) == {"login_password": "salasana"}
    for change in ({"host": "evil.example.fi"}, {"port": 6009}, {"tls": False, "private": True}):
        with pytest.raises(connections.SecretMissing):
            connect(password="", **change)
    assert SystemConnection.objects.get().settings["host"] == "sip.example.fi"


def test_secrets_stand_nowhere_readable():
    define("outi", "001")
    connect(password="erittäin-salainen")
    row = SystemConnection.objects.get()
    trail = repr(list(AuditEntry.objects.values()))
    assert "secrets_written" in trail
    assert "login_password" in trail
    shown = repr(connection_queries.connections_of("outi")) + repr(
        connected.of_day(row.system, date(2026, 3, 1))
    )
    for text in (trail, shown, repr(bytes(row.secrets)), repr(row.settings)):
        assert "erittäin-salainen" not in text
    assert connection_queries.connections_of("outi")[0].secrets == {"login_password"}


@pytest.mark.parametrize("pattern", ["(", "(a+)+", "(?=x)", "a**", "", ".*", "x" * 201, r"(a)\1"])
def test_a_pattern_that_could_run_for_ever_or_fits_anything_is_refused(pattern):
    if not pattern:
        define("outi", "001", card_pattern=pattern)
        return
    with pytest.raises(connecting.BadPattern):
        define("outi", "001", card_pattern=pattern)


def test_a_system_belongs_to_one_and_an_institution_id_names_one():
    kimppa = Kimppa.objects.create(slug="outi", name_fi="OUTI")
    define("a", "001", institution="OUTI")
    with pytest.raises(connecting.InstitutionTaken):
        define("b", "002", institution="OUTI")
    with pytest.raises(connecting.OwnerTaken):
        define("c", "001")
    for owner in (connecting.Owner(), connecting.Owner(kimppa=kimppa.slug, municipality="001")):
        with pytest.raises(connecting.OwnerNotOne):
            connecting.define_system(by=BY, slug="d", names=("D", "", ""), owner=owner, now=NOW)
    assert list(LibrarySystem.objects.values_list("slug", flat=True)) == ["a"]


def test_settings_that_no_longer_hold_ask_nobody():
    define("outi", "001")
    connect()
    SystemConnection.objects.update(settings={"host": ""})
    with pytest.raises(Trouble) as caught:
        connected.of_day(LibrarySystem.objects.get(), date(2026, 3, 1))
    assert caught.value.code is Code.BAD_SETTINGS


def test_secrets_are_sealed_anew_when_the_key_changes(settings, tmp_path):
    settings.ENV = replace(settings.ENV, keys=tmp_path / "keys")
    define("outi", "001")
    connect()
    core_secrets.add_key("secrets")
    assert (connecting.seal_anew(), connecting.seal_anew()) == (1, 0)
    core_secrets.drop_old_keys("secrets")
    assert connected.opened_secrets(SystemConnection.objects.get()) == {"login_password": "salasana"}
