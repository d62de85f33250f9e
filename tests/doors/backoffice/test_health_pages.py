"""Health in the back office: from watching something new to a claim for a month that missed its promise."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from kimppa.commons.health import passive, watching
from kimppa.commons.health.models import Day, Incident, Maintenance, Probe, Receiver, Rolled, Target
from kimppa.commons.members.models import RoleAssignment
from kimppa.commons.members.roles import Role
from kimppa.commons.platforms.models import Platform
from kimppa.consortium.agreements import claims
from kimppa.consortium.agreements.claim_models import AvailabilityClaim, AvailabilityPromise
from kimppa.consortium.agreements.models import Agreement, Term
from kimppa.elibrary.patrons import services as patrons
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.accounts.models import AuditEntry, User
from kimppa.foundation.core import clock, secrets

pytestmark = pytest.mark.django_db
BY = Operator("test")
KEY = "platform:ellibs"
OCTOBER = date(2026, 10, 1)
LATER = datetime(2026, 11, 3, 8, tzinfo=UTC)


@pytest.fixture
def staff(client: Client) -> Client:
    user = User.objects.create(
        email="koordinaattori@example.org",
        name="K",
        is_demo=True,
        date_joined=datetime(2022, 1, 1, tzinfo=UTC),
    )
    RoleAssignment.objects.create(user=user, role=Role.COORDINATOR, scope_kind="consortium")
    client.force_login(user)
    return client


@pytest.fixture
def target() -> Target:
    made = datetime(2026, 9, 1, tzinfo=UTC)
    return Target.objects.create(key=KEY, kind="platform", name_fi="Ellibs", public=True, created=made)


def test_something_new_is_watched_and_asked(staff: Client) -> None:
    patrons.define_local_system(
        by=BY, slug="outi", name_fi="OUTI", name_sv="", name_en="", demo=True, now=clock.real_now()
    )
    told = {"kind": "library-system", "short": "outi", "name_fi": "OUTI-kirjastot", "order": "3"}
    made = staff.post("/fi/backoffice/health/targets/add/", {**told, "every_minutes": "5", "watched": "on"})
    assert made.status_code == 302, made.content.decode()
    probe = {"kind": "sip2", "address": "sip.example.fi:6001", "active": "on", "tls": "on"}
    probe |= {"expected_status": "200", "warn_days": "21", "login": "kimppa", "secret": "s3cret-of-ours"}
    made = staff.post("/fi/backoffice/health/targets/library-system:outi/probes/add/", probe)
    assert made.status_code == 302, made.content.decode()
    row = Probe.objects.get()
    assert secrets.decrypt(bytes(row.secret or b"")) == b"s3cret-of-ours"
    assert Target.objects.get().due is not None
    # It is shown nowhere, and an empty field keeps it.
    for page in ("targets/library-system:outi/", f"probes/{row.pk}/"):
        assert "s3cret" not in staff.get(f"/fi/backoffice/health/{page}").content.decode()
    assert staff.post(f"/fi/backoffice/health/probes/{row.pk}/", {**probe, "secret": ""}).status_code == 302
    assert secrets.decrypt(bytes(Probe.objects.get().secret or b"")) == b"s3cret-of-ours"
    assert "s3cret" not in str(list(AuditEntry.objects.values_list("before", "after")))


@pytest.mark.parametrize(
    ("kind", "short"), [("platform", "0"), ("platform", "elibs"), ("library-system", "outi")]
)
def test_a_key_that_joins_no_traffic_is_refused_at_its_field(staff: Client, kind: str, short: str) -> None:
    Platform.objects.create(slug="ellibs", name="Ellibs")
    told = {"kind": kind, "short": short, "name_fi": "X", "order": "0", "every_minutes": "5"}
    answer = staff.post("/en/backoffice/health/targets/add/", told)
    assert answer.status_code == 422
    assert answer.context["form"].errors == {
        "short": [f"“{kind}:{short}” is the key of no e-service and no library system. Nothing was changed."]
    }
    assert not Target.objects.exists()
    good = {**told, "kind": "platform", "short": "ellibs"}
    assert staff.post("/en/backoffice/health/targets/add/", good).status_code == 302
    again = staff.post("/en/backoffice/health/targets/add/", good)
    assert list(again.context["form"].errors) == ["short"]
    other = {**told, "kind": "other", "short": "ovi"}
    assert staff.post("/en/backoffice/health/targets/add/", other).status_code == 302


def test_a_refused_probe_of_sip2_names_the_address_as_it_was_written(staff: Client, target: Target) -> None:
    told = {"kind": "sip2", "address": "127.0.0.1:6001", "active": "on", "tls": "on"}
    told |= {"expected_status": "200", "warn_days": "21"}
    staff.post(f"/fi/backoffice/health/targets/{KEY}/probes/add/", told)
    row = Probe.objects.get()
    page = staff.post(f"/en/backoffice/health/probes/{row.pk}/try/", follow=True).content.decode()
    assert "The address 127.0.0.1:6001 may not be called from here." in page
    assert "https://127.0.0.1" not in page


def test_a_probe_of_the_inside_is_refused_and_said(staff: Client, target: Target) -> None:
    told = {"kind": "http", "address": "https://127.0.0.1/", "active": "on"}
    told |= {"expected_status": "200", "warn_days": "21"}
    staff.post(f"/fi/backoffice/health/targets/{KEY}/probes/add/", told)
    row = Probe.objects.get()
    page = staff.post(f"/en/backoffice/health/probes/{row.pk}/try/", follow=True).content.decode()
    assert "The address https://127.0.0.1/ may not be called from here." in page


@pytest.mark.parametrize(
    ("field", "value"),
    [("address", "file:///etc/passwd"), ("address", "http://plain.example/"), ("kind", "ftp")],
)
def test_a_probe_that_cannot_be_asked_is_not_added(
    staff: Client, target: Target, field: str, value: str
) -> None:
    told = {"kind": "http", "address": "https://a.example/", "expected_status": "200", "warn_days": "21"}
    page = staff.post(f"/fi/backoffice/health/targets/{KEY}/probes/add/", {**told, field: value})
    assert page.status_code == 422
    assert Probe.objects.count() == 0


def test_an_incident_is_told_of_and_closed(staff: Client, target: Target) -> None:
    now = clock.real_now()
    for ago in (2, 1):
        passive.report(key=KEY, ok=False, took_ms=1, code="not-reached", now=now - timedelta(minutes=ago))
    watching.judge(now=now)
    row = Incident.objects.get()
    address = f"/fi/backoffice/health/incidents/{row.pk}/"
    assert staff.post(address, {"text_fi": ""}).status_code == 422
    assert staff.post(address, {"text_fi": "Korjattu.", "close": "on"}).status_code == 302
    row.refresh_from_db()
    assert row.closed is not None
    assert "Korjattu." in staff.get(address).content.decode()
    # Sent again it is told once, and it is said that it still does not work.
    again = staff.post(address.replace("/fi/", "/en/"), {"text_fi": "Korjattu."}, follow=True)
    assert "This update was published already. Nothing was told twice." in again.content.decode()
    assert row.updates.count() == 1
    for page in (f"incidents/{row.pk}", f"targets/{KEY}"):
        told = staff.get(f"/en/backoffice/health/{page}/").content.decode()
        assert "No new one opens before it has worked again, at the latest" in told
    assert "Korjattu." in staff.get("/fi/status/").content.decode()


def test_maintenance_is_announced_and_called_off(staff: Client, target: Target) -> None:
    start = clock.real_now() + timedelta(days=2)
    told = {
        "keys": [KEY],
        "starts": f"{start:%Y-%m-%dT%H:%M}",
        "ends": f"{start + timedelta(hours=2):%Y-%m-%dT%H:%M}",
        "text_fi": "Uusi versio",
    }
    assert staff.post("/fi/backoffice/health/maintenance/", told).status_code == 302
    row = Maintenance.objects.get()
    assert "Uusi versio" in staff.get("/fi/backoffice/health/maintenance/").content.decode()
    assert staff.post(f"/fi/backoffice/health/maintenance/{row.pk}/end/").status_code == 302
    assert Maintenance.objects.get().cancelled is not None
    backwards = {**told, "ends": told["starts"]}
    assert staff.post("/fi/backoffice/health/maintenance/", backwards).status_code == 422


def test_a_webhooks_secret_is_shown_once(staff: Client) -> None:
    told = {"kind": "webhook", "address": "https://alerts.example/kimppa", "language": "fi"}
    page = staff.post("/fi/backoffice/health/receivers/", told).content.decode()
    secret = secrets.decrypt(bytes(Receiver.objects.get().secret or b"")).decode()
    assert secret in page
    assert secret not in staff.get("/fi/backoffice/health/receivers/").content.decode()
    assert staff.post("/fi/backoffice/health/receivers/", told).status_code == 422
    refused = {**told, "address": "http://plain.example/"}
    assert staff.post("/fi/backoffice/health/receivers/", refused).status_code == 422
    row = Receiver.objects.get()
    assert staff.post(f"/fi/backoffice/health/receivers/{row.pk}/stop/").status_code == 302
    row.refresh_from_db()
    assert (row.active, row.secret) == (False, None)


def october(target: Target, *, down: int) -> AvailabilityPromise:
    """A whole October of 31 days and one more hour, all of it known."""
    for number in range(31):
        long = 1500 if number == 24 else 1440
        bad = down if number == 10 else 0
        Day.objects.create(
            target=target,
            day=OCTOBER + timedelta(days=number),
            up=long - bad,
            down=bad,
            planned=0,
            signals=1,
            took_ms=1,
        )
    Rolled.objects.create(pk=1, upto=LATER)
    agreement = Agreement.objects.create(kind="vendor", diary_number="D/1/2026", title_fi="Ellibs-sopimus")
    Term.objects.create(agreement=agreement, kind="service-level", number=9950)
    number = claims.record_promise(
        by=BY, agreement_id=agreement.pk, key=KEY, credit=("5 % kuukausimaksusta", "", ""), now=LATER
    )
    return AvailabilityPromise.objects.get(pk=number)


def test_a_month_that_missed_its_promise_is_claimed_in_three_languages(staff: Client, target: Target) -> None:
    promise = october(target, down=447)
    page = staff.get("/en/backoffice/health/availability/?month=2026-10").content.decode()
    # 31 × 1440 + 60 = 44,700 minutes; 447 of them are one per cent.
    assert "Missed" in page
    draft = f"/fi/backoffice/health/promises/{promise.pk}/draft/?month=2026-10"
    staff.post(draft)
    again = staff.post(draft, follow=True).content.decode()
    row = AvailabilityClaim.objects.get()
    assert (row.promised, row.availability, row.coverage) == (Decimal("99.5"), Decimal(99), Decimal(100))
    assert (row.up, row.down, row.planned, row.unknown) == (44_253, 447, 0, 0)
    assert "Mitattu käytettävyys: 99,000 %" in row.text_fi
    assert "5 % kuukausimaksusta" in row.text_fi
    assert "Uppmätt tillgänglighet: 99,000 %" in row.text_sv
    assert "Availability measured: 99.000 %" in row.text_en
    assert "Ei toiminut: 447 min" in again


def test_nothing_is_claimed_where_the_promise_was_kept_or_the_month_goes_on(target: Target) -> None:
    promise = october(target, down=100)
    with pytest.raises(claims.NothingMissed):
        claims.draft_claim(by=BY, promise_id=promise.pk, month=OCTOBER, now=LATER)
    with pytest.raises(claims.MonthNotCounted):
        claims.draft_claim(by=BY, promise_id=promise.pk, month=date(2026, 11, 1), now=LATER)
    Term.objects.all().delete()
    with pytest.raises(claims.NoServiceLevel):
        claims.draft_claim(by=BY, promise_id=promise.pk, month=OCTOBER, now=LATER)
    assert AvailabilityClaim.objects.count() == 0


def test_a_thinly_known_month_says_so_in_its_draft(target: Target) -> None:
    promise = october(target, down=447)
    Day.objects.filter(day__gte=date(2026, 10, 15)).delete()
    claims.draft_claim(by=BY, promise_id=promise.pk, month=OCTOBER, now=LATER)
    row = AvailabilityClaim.objects.get()
    assert row.unknown == 44_700 - 14 * 1440
    assert "Mittaus on aukkoinen" in row.text_fi


def test_the_months_table_can_be_taken_along(staff: Client, target: Target) -> None:
    october(target, down=447)
    address = "/fi/backoffice/health/availability/?month=2026-10"
    page = staff.get(address).content.decode()
    link = next(part for part in page.split('"') if part.startswith("?") and "csv" in part)
    told = staff.get(address.partition("?")[0] + link.replace("&amp;", "&")).content.decode("utf-8-sig")
    assert told.splitlines()[1] == "Ellibs,99.000,44253,447,0,0,100.000"
