"""JSON for e-services' servers: is this card good, is this ticket new? The shape never changes."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from kimppa.doors.gateway.credentials import key
from kimppa.doors.gateway.issuer import issuer
from kimppa.doors.web.errors import problem
from kimppa.doors.web.limits import address_of
from kimppa.elibrary.access import checking, opening
from kimppa.elibrary.access.outcomes import Outcome
from kimppa.elibrary.access.rules import Way
from kimppa.foundation.core import clock, storage
from kimppa.foundation.core.errors import Invalid, KimppaError
from kimppa.foundation.core.text import noop

LONGEST_BODY = 4096
FINE = frozenset({Outcome.OK, Outcome.TEST_OK})


class BadQuestion(Invalid):
    code = "bad-question"
    status = 400
    sentence = noop(
        "The body must be a JSON object of texts: card and pin, and institution where it is known."
    )


@sensitive_variables()
@csrf_exempt
@require_POST
@storage.unflushed()
def card(request: HttpRequest) -> HttpResponse:
    """`{"card", "pin", "institution"}` → a verdict of constant shape."""
    client_id, secret = key(request)
    try:
        asked = _texts(request, ("card", "pin"), ("institution", "address"))
        verdict = checking.validate(
            client_id=client_id,
            secret=secret,
            card=asked["card"],
            pin=asked["pin"],
            institution=asked["institution"],
            person_address=asked["address"],
            address=address_of(request),
            now=clock.real_now(),
            today=clock.today(),
        )
    except BadQuestion as error:
        return _unread(request, Way.JSON, error)
    except KimppaError as error:
        return _refused(error)
    return _answer(
        {
            "valid": verdict.valid,
            "entitled": verdict.entitled,
            "reason": None if verdict.outcome in FINE else str(verdict.outcome),
            "subject": verdict.subject,
            "age_group": verdict.age_group,
            "municipality": verdict.municipality,
        }
    )


@csrf_exempt
@require_POST
@storage.unflushed()
def ticket(request: HttpRequest) -> HttpResponse:
    """`{"ticket"}` → whether it is ours, for the asker, in time and new."""
    client_id, secret = key(request)
    try:
        asked = _texts(request, ("ticket",), ())
        verdict = opening.spend_ticket(
            client_id=client_id,
            secret=secret,
            ticket=asked["ticket"],
            issuer=issuer(request),
            address=address_of(request),
            now=clock.real_now(),
        )
    except BadQuestion as error:
        return _unread(request, Way.TICKET, error)
    except KimppaError as error:
        return _refused(error)
    return _answer(
        {
            "valid": verdict.valid,
            "entitled": verdict.entitled,
            "reason": None if verdict.valid else str(verdict.outcome),
            "subject": verdict.subject,
            "age_group": verdict.age_group,
            "municipality": verdict.municipality,
        }
    )


@sensitive_variables()
def _texts(request: HttpRequest, needed: tuple[str, ...], more: tuple[str, ...]) -> dict[str, str]:
    if len(request.body) > LONGEST_BODY:
        raise BadQuestion()
    try:
        given: object = json.loads(request.body)
    except (ValueError, RecursionError):
        raise BadQuestion() from None
    if not isinstance(given, dict):
        raise BadQuestion()
    found = {name: given.get(name, "" if name in more else None) for name in (*needed, *more)}
    texts = {name: value for name, value in found.items() if isinstance(value, str) and _is_text(value)}
    if len(texts) != len(found):
        raise BadQuestion()
    return texts


def _is_text(value: str) -> bool:
    """JSON can spell half a character (\\ud800), which no encoding can write down."""
    return not any("\ud800" <= letter <= "\udfff" for letter in value)


def _answer(document: dict[str, object]) -> HttpResponse:
    response = JsonResponse(document)
    response["Cache-Control"] = "no-store"
    return response


def _unread(request: HttpRequest, way: Way, error: BadQuestion) -> HttpResponse:
    """The asker reads what is wrong and the technician finds it in the log, if the secret is right."""
    client_id, secret = key(request)
    try:
        checking.refuse(
            client_id=client_id, secret=secret, way=way, address=address_of(request), now=clock.real_now()
        )
    except KimppaError as refused:
        return _refused(refused)
    return _refused(error)


def _refused(error: KimppaError) -> HttpResponse:
    response = problem(error)
    response["Cache-Control"] = "no-store"
    if error.status == 401:
        response["WWW-Authenticate"] = 'Basic realm="kimppa", charset="UTF-8"'
    if error.status == 429:
        response["Retry-After"] = "60"
    return response
