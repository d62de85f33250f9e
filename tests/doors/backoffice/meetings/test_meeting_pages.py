"""Meetings through the door: a whole e-mail meeting and a meeting in a room, and who may do what."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.consortium.governance.conftest import (
    AFTER,
    DURING,
    OPENS,
    PLANNED,
    Body,
    Held,
    called,
    make_body,
    participant,
    plan,
    user,
)

from kimppa.consortium.governance import agenda, meetings
from kimppa.consortium.governance.models import (
    AgendaItem,
    Ballot,
    Decision,
    Meeting,
    Minutes,
    Paper,
    Participant,
    Proposal,
)
from kimppa.consortium.governance.rules import MeetingKind
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core import clock
from kimppa.foundation.outbox.models import Message

pytestmark = pytest.mark.django_db
BASE = "/en/backoffice/meetings/"


@pytest.fixture
def body(db: None) -> Body:
    return make_body()


def at(moment: datetime) -> None:
    clock.set_offset(moment - clock.real_now() + timedelta(seconds=1))


def signed_in(who: User) -> Client:
    client = Client()
    client.force_login(who)
    return client


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(BASE + path)
    assert response.status_code == status, path
    return response.content.decode()


def send(client: Client, path: str, status: int = 302, **told: object) -> str:
    response = client.post(BASE + path, told)
    assert response.status_code == status, response.content.decode()
    return response.content.decode()


def test_a_whole_e_mail_meeting_from_the_plan_to_the_minutes(body: Body) -> None:
    at(PLANNED)
    runner = signed_in(body.runner)
    told = {
        "group": "directors-days",
        "kind": "e-mail",
        "title_fi": "Maksu 2023",
        "starts_at": "2022-11-14T09:00",
        "ends_at": "2022-11-14T09:00",
        "chair": body.directors[0].pk,
        "secretary": body.runner.pk,
        "quorum_percent": "40",
    }
    assert "The closing time must be after the opening time" in send(runner, "new/", 422, **told)
    send(runner, "new/", **told | {"ends_at": "2022-11-18T16:00"})
    meeting = Meeting.objects.get()
    here = f"{meeting.pk}/"
    send(runner, f"{here}edit/", **told | {"ends_at": "2022-11-18T16:00", "title_sv": "Avgift 2023"})
    send(runner, f"{here}do/item/", kind="decision", title_fi="Asukaskohtainen maksu 2023")
    item = AgendaItem.objects.get()
    propose = f"{here}items/{item.pk}/do/propose/"
    rate = {"words": "Maksu on 0,80 €.", "effect": "rate", "year": "2023"}
    assert "needs the year and the euros" in send(runner, propose, 422, **rate)
    send(runner, propose, **rate, rate="0,80")
    file = SimpleUploadedFile("liite.pdf", b"%PDF-1.7 x")
    send(runner, f"{here}do/paper/", title="Liite", item=item.pk, file=file)
    send(runner, f"{here}do/call/")
    assert Message.objects.count() == 5
    assert f"http://testserver/en/backoffice/meetings/{meeting.pk}/" in str(Message.objects.first().params)  # type: ignore[union-attr]

    at(DURING)
    proposal = Proposal.objects.get()
    for director in body.directors[:2]:
        client = signed_in(director)
        assert "Answer the e-mail meeting before" in client.get("/en/backoffice/").content.decode()
        html = page(client, f"{here}answer/")
        assert "Yes: I support the proposal" in html
        send(client, f"{here}answer/", **{f"vote{item.pk}": f"for:{proposal.pk}", f"words{item.pk}": "Kyllä"})
        assert "Answer the e-mail meeting" not in client.get("/en/backoffice/").content.decode()
    assert Ballot.objects.filter(proposal=proposal).count() == 2
    assert "2 of 5 have answered." in page(runner, here)

    at(AFTER)
    late = signed_in(body.directors[2])
    html = send(late, f"{here}answer/", 422, **{f"vote{item.pk}": "against", f"words{item.pk}": ""})
    assert "Your answer came too late and was not recorded" in html
    settle = f"{here}items/{item.pk}/do/settle/"
    assert "needs a diary number" in send(runner, settle, 422, outcome="vote")
    send(runner, settle, outcome="vote", diary_number="E/7/2022", text_fi="Päätettiin.")
    html = page(runner, here)
    effect = f"/en/backoffice/money/2023/decide/?item={item.pk}"
    assert effect in html
    assert "has not been given its effect yet" in html
    form = runner.get(effect).content.decode()
    for seen in ('value="0.80"', 'value="E/7/2022"', 'value="2022-11-18"', "Asukaskohtainen maksu 2023"):
        assert seen in form, seen
    assert not Decision.objects.exists()
    assert runner.get(f"{BASE}{here}draft/sv/").content[:5] == b"%PDF-"
    page(runner, f"{here}draft/de/", 404)
    assert "Name those who sign" in send(
        runner, f"{here}do/minutes/", 422, language="fi", signers="\x01\n \x02"
    )
    send(runner, f"{here}do/minutes/", language="fi", signers="Aino\nKaisa")
    kept = late.get(f"{BASE}{here}minutes/1/")
    assert kept.content[:5] == b"%PDF-"
    assert "attachment" in kept["Content-Disposition"]
    send(runner, f"{here}do/correct/", language="fi", correction="Läsnä oli myös Ulla.")
    assert Minutes.objects.count() == 2
    assert "Läsnä oli myös Ulla." in page(late, here)
    page(late, f"{here}minutes/3/", 404)


def test_a_meeting_in_a_room_is_opened_attended_voted_settled_and_closed(body: Body) -> None:
    at(OPENS)
    held = called(body, MeetingKind.IN_PERSON)
    runner, here = signed_in(body.runner), f"{held.meeting}/"
    send(runner, f"{here}do/open/")
    people = [participant(held, number) for number in range(5)]
    told = {f"how{pk}": "present" for pk in people} | {f"proxy{pk}": "" for pk in people}
    html = send(runner, f"{here}do/attendance/", 422, **told | {f"how{people[4]}": "proxy"})
    assert "Say who stood in for Ulla" in html
    send(runner, f"{here}do/attendance/", **told | {f"how{people[4]}": "proxy", f"proxy{people[4]}": "Sanna"})
    eero, ilona = signed_in(body.directors[1]), signed_in(body.directors[2])
    send(eero, f"{here}items/{held.item}/do/propose/", words="Lopetetaan.", effect="other")
    counter = Proposal.objects.get(words="Lopetetaan.")
    assert "Second it" not in page(eero, here)
    assert "Second it" in page(ilona, here)
    send(ilona, f"{here}proposals/{counter.pk}/second/")
    votes = f"{here}items/{held.item}/do/votes/"
    assert "Sanna" in page(runner, votes)
    send(runner, votes, **{f"vote{people[0]}": f"for:{held.base}", f"vote{people[4]}": f"for:{held.base}"})
    send(eero, f"{here}answer/", **{f"vote{held.item}": f"for:{counter.pk}", f"words{held.item}": ""})
    send(runner, f"{here}items/{held.item}/do/settle/", outcome="vote", diary_number="E/8/2022")
    html = page(ilona, here)
    for seen in ("E/8/2022", "Aino, Ulla", "Decided by vote", "5 of 5 are recorded as present"):
        assert seen in html, seen
    decision = f"/en/backoffice/money/decisions/{Decision.objects.get().pk}/"
    assert decision in html
    assert f'href="/en/backoffice/meetings/{held.meeting}/"' in runner.get(decision).content.decode()
    send(runner, f"{here}do/close/")
    assert "Adopt the minutes" in page(runner, here)


def test_the_agenda_is_edited_moved_and_thinned_before_the_call(body: Body) -> None:
    at(PLANNED)
    runner = signed_in(body.runner)
    meeting = meetings.plan_meeting(by=body.runner, plan=plan(body), now=PLANNED)
    here = f"{meeting}/"
    for title in ("Eka", "Toka"):
        send(runner, f"{here}do/item/", kind="information", title_fi=title)
    first, last = AgendaItem.objects.order_by("number")
    send(runner, f"{here}items/{last.pk}/up/")
    assert [i.title_fi for i in AgendaItem.objects.order_by("number")] == ["Toka", "Eka"]
    send(runner, f"{here}items/{first.pk}/do/edit/", kind="discussion", title_fi="Uusi")
    send(runner, f"{here}items/{last.pk}/do/remove/")
    (left,) = AgendaItem.objects.all()
    assert (left.number, left.kind, left.title_fi) == (1, "discussion", "Uusi")
    send(runner, f"{here}do/paper/", item="", title="", file=SimpleUploadedFile("a.pdf", b"%PDF-1.7"))
    paper = Paper.objects.get()
    assert runner.get(f"{BASE}papers/{paper.pk}/").content == b"%PDF-1.7"
    send(runner, f"{here}papers/{paper.pk}/withdraw/")
    page(runner, f"papers/{paper.pk}/", 404)
    send(runner, f"{here}do/cancel/")
    assert "Cancelled" in page(runner, here)


def test_a_proposal_is_withdrawn_on_the_page_only_by_those_who_may(body: Body) -> None:
    at(DURING)
    held = called(body)
    ilona = signed_in(body.directors[2])
    path = f"{held.meeting}/proposals/{held.base}/withdraw/"
    response = ilona.post(BASE + path, follow=True)
    assert "Only the one who made a proposal can withdraw it" in response.content.decode()
    send(signed_in(body.runner), path)
    assert Proposal.objects.get().withdrawn_at is not None


def test_the_list_shows_the_next_meeting_first_and_exports(body: Body) -> None:
    at(PLANNED)
    called(body, title_fi="Myöhempi", starts_at=OPENS + timedelta(days=9), ends_at=OPENS + timedelta(days=10))
    called(body, title_fi="Seuraava")
    html = page(signed_in(body.directors[0]), "")
    assert html.index("Seuraava") < html.index("Myöhempi")
    assert "New meeting" not in html
    export = signed_in(body.runner).get(f"{BASE}?export=csv").content.decode("utf-8-sig")
    assert len(export.splitlines()) == 3


def test_a_meeting_goes_into_a_calendar_with_its_times(body: Body) -> None:
    at(PLANNED)
    held = called(body, MeetingKind.IN_PERSON)
    response = signed_in(body.directors[0]).get(f"{BASE}{held.meeting}/calendar.ics")
    text = response.content.decode()
    for seen in ("DTSTART:20221114T070000Z", "DTEND:20221118T140000Z", "LOCATION:Oulu", "TRANSP:OPAQUE"):
        assert seen in text, seen


@pytest.fixture
def roles(body: Body) -> tuple[Held, dict[str, Client]]:
    at(DURING)
    held = called(body)
    clients = {
        "coordinator": signed_in(body.runner),
        "responsible-person": signed_in(user("Veikko", "responsible-person")),
        "director": signed_in(body.directors[0]),
        "finance": signed_in(user("Taneli", "finance")),
        "library-staff": signed_in(user("Utu", "library-staff")),
    }
    return held, clients


def test_every_role_sees_and_does_what_the_table_says(roles: tuple[Held, dict[str, Client]]) -> None:
    held, clients = roles
    here = f"{held.meeting}/"
    runs = {"coordinator", "responsible-person"}
    for role, client in clients.items():
        assert (role, client.get(BASE).status_code) == (role, 200)
        seen = 404 if role == "library-staff" else 200
        for path in (here, f"{here}answer/", f"{here}calendar.ics"):
            assert (role, path, client.get(BASE + path).status_code) == (role, path, seen)
        for path in ("new/", f"{here}edit/", f"{here}papers/", f"{here}draft/fi/", f"{here}do/call/"):
            wanted = 200 if role in runs else 403
            assert (role, path, client.get(BASE + path).status_code) == (role, path, wanted)
        if role not in runs:
            for path in (f"{here}do/cancel/", f"{here}do/minutes/", f"{here}items/{held.item}/do/settle/"):
                assert (role, path, client.post(BASE + path).status_code) == (role, path, 403)
            assert client.post(f"{BASE}{here}items/{held.item}/up/").status_code == 403
    assert Meeting.objects.get().cancelled_at is None
    assert AgendaItem.objects.get().settled_at is None
    vote = {f"vote{held.item}": "against", f"words{held.item}": ""}
    for role in ("coordinator", "finance"):
        assert "Only those who were called" in send(clients[role], f"{here}answer/", 422, **vote)
    assert not Ballot.objects.exists()


def test_library_staff_in_a_group_take_part_in_its_meetings_only(
    roles: tuple[Held, dict[str, Client]],
) -> None:
    held, clients = roles
    Participant.objects.create(meeting_id=held.meeting, user=User.objects.get(name="Utu"))
    other = called(held.body, title_fi="Toinen")
    staff = clients["library-staff"]
    page(staff, f"{held.meeting}/")
    send(staff, f"{held.meeting}/answer/", **{f"vote{held.item}": "abstain", f"words{held.item}": ""})
    page(staff, f"{other.meeting}/", 404)
    assert Ballot.objects.get().choice == "abstain"


def test_nobody_gets_in_without_signing_in_and_nothing_unknown_answers(body: Body) -> None:
    held = called(body)
    for path in ("", f"{held.meeting}/", f"{held.meeting}/answer/"):
        assert Client().get(BASE + path).status_code == 302
    runner = signed_in(body.runner)
    for path in (
        "999999/",
        "999999/papers/",
        f"{held.meeting}/do/explode/",
        f"{held.meeting}/items/9/do/edit/",
    ):
        page(runner, path, 404)


def test_hostile_words_are_shown_as_words(body: Body) -> None:
    at(DURING)
    evil = "<script>alert(1)</script>{{7*7}}"
    held = called(body, title_fi=evil)
    agenda.propose(by=body.directors[1], item=held.item, words=evil, now=DURING)
    client = signed_in(body.directors[0])
    send(client, f"{held.meeting}/answer/", **{f"vote{held.item}": "", f"words{held.item}": evil})
    for path in ("", f"{held.meeting}/", f"{held.meeting}/answer/"):
        assert "<script>alert" not in page(client, path)


def test_groups_are_read_by_those_who_see_members_and_changed_by_those_who_may(body: Body) -> None:
    at(DURING)
    runner, director = signed_in(body.runner), signed_in(body.directors[0])
    base = "/en/backoffice/groups/"
    assert "Esimiespäivät" in director.get(base).content.decode()
    new = user("Uusi", "director")
    told = {"user": new.pk, "valid_from": "2022-01-01", "valid_to": ""}
    here = f"{base}directors-days/"
    assert director.post(here, told).status_code == 403
    assert runner.post(here, told).status_code == 302
    assert runner.post(here, told).status_code == 422
    assert "Uusi" in director.get(here).content.decode()
    assert "Uusi" not in director.get(f"{here}?on=2021-06-01").content.decode()
    row = new.groups_in.get()
    end = f"{here}members/{row.pk}/end/"
    assert director.get(end).status_code == 403
    assert runner.post(end, {"valid_to": "2021-01-01"}).status_code == 422
    assert runner.post(end, {"valid_to": "2022-12-31"}).status_code == 302
    assert runner.get(f"{base}nobody/").status_code == 404
