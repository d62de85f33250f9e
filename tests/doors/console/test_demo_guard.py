"""The demo never comes into an installation's own data, as when somebody tries a backup with `run`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from kimppa.commons.members.models import Municipality
from kimppa.foundation.accounts.models import User

pytestmark = pytest.mark.django_db


def test_the_demo_is_not_loaded_where_real_people_work(home: Path) -> None:
    User.objects.create(email="aino@example.org", name="Aino", date_joined=datetime(2022, 1, 1, tzinfo=UTC))
    with pytest.raises(CommandError, match="KIMPPA_HOME"):
        call_command("demo")
    assert not Municipality.objects.exists()
    assert not User.objects.filter(is_demo=True).exists()
    assert not (home / "demo_signins.json").exists()
