"""Does it live, can it serve, how much does it do: for load balancers and monitoring. No personal data."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from kimppa.foundation.core import clock, jobs, secrets

LOOPBACK = frozenset({"127.0.0.1", "::1"})


@require_safe
@never_cache
def alive(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """Database, keys and workers: 200 when all can do their part, else 503 and which cannot."""
    parts = {"database": _database(), "keys": not secrets.missing() or settings.MODE != "serve"}
    parts["jobs"] = parts["database"] and jobs.load(clock.real_now()).oldest_seconds < 600
    good = all(parts.values())
    return JsonResponse({"ready": good, **parts}, status=200 if good else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus figures; for this machine itself, or with the token of KIMPPA_METRICS_TOKEN."""
    if not _may_read(request):
        raise Http404
    registry = CollectorRegistry()
    load = jobs.load(clock.real_now())
    by_status = Gauge("kimppa_jobs", "Jobs by status", ["status"], registry=registry)
    for status, count in load.by_status.items():
        by_status.labels(status).set(count)
    Gauge("kimppa_jobs_oldest_due_seconds", "How long the oldest due job has waited", registry=registry).set(
        load.oldest_seconds
    )
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    token = settings.ENV.metrics_token
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not forwarded
