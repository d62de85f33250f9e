"""Logs say what happened and where; never the path, which may be a secret or somebody's reading."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog
from django.test import Client

from kimppa.foundation.core import logs


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the configured logging writes; the run's own logging is put back."""
    told = io.StringIO()
    monkeypatch.setattr(sys, "stderr", told)
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    logs.configure("INFO")
    yield told
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "route"),
    [
        ("/en/connect/guide/a-secret-of-the-technician/", "gateway:guide"),
        ("/en/titles/987654321/", "portal:title"),
        ("/no-such-a-secret/", None),
    ],
)
def test_a_page_that_is_not_there_is_logged_by_its_route_alone(written, address, route):
    assert Client().get(address).status_code == 404
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    (line,) = [one for one in lines if one["logger"] == "django.request"]
    assert (line["event"], line["status"], line.get("route")) == ("Not Found", 404, route)
    for secret in ("secret", "987654321"):
        assert secret not in written.getvalue()


def test_the_values_of_our_own_records_stay_and_those_of_people_go(written):
    structlog.get_logger("kimppa.test").info("happened", name="watch", card="1234")
    logging.getLogger("kimppa.other").info("done %s of %s", 3, 5)
    first, second = (json.loads(line) for line in written.getvalue().splitlines())
    assert (first["event"], first["name"], first.get("card")) == ("happened", "watch", None)
    assert second["event"] == "done 3 of 5"
    assert "positional_args" not in second
