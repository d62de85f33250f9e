"""Every job that comes again, in one place. Times are Finnish local time."""

from __future__ import annotations

from kimppa.foundation.core.recurrences import Recurring


def daily(hour: int, minute: int) -> str:
    return f"FREQ=DAILY;BYHOUR={hour};BYMINUTE={minute};BYSECOND=0"


ALL = (
    Recurring(name="watch", rule="FREQ=MINUTELY;BYSECOND=0", job="kimppa.commons.health.jobs.watch"),
    Recurring(
        name="roll-up-health",
        rule="FREQ=HOURLY;BYMINUTE=2;BYSECOND=0",
        job="kimppa.commons.health.jobs.roll_up",
    ),
    Recurring(
        name="probe-library-systems",
        rule="FREQ=MINUTELY;INTERVAL=2;BYSECOND=0",
        job="kimppa.elibrary.patrons.jobs.probe",
    ),
    Recurring(
        name="settle-usage",
        rule="FREQ=HOURLY;BYMINUTE=12;BYSECOND=0",
        job="kimppa.commons.usage.jobs.settle_live",
    ),
    Recurring(name="plan-harvest", rule=daily(5, 10), job="kimppa.commons.usage.jobs.plan_harvest"),
    Recurring(
        name="harvest-usage",
        rule="FREQ=MINUTELY;INTERVAL=5;BYSECOND=30",
        job="kimppa.commons.usage.jobs.harvest",
    ),
    Recurring(name="purge-health", rule=daily(3, 45), job="kimppa.commons.health.jobs.purge"),
    Recurring(name="purge-jobs", rule=daily(3, 5), job="kimppa.foundation.core.jobs.purge"),
    Recurring(name="purge-accounts", rule=daily(3, 10), job="kimppa.foundation.accounts.jobs.purge"),
    Recurring(name="purge-files", rule=daily(3, 15), job="kimppa.foundation.files.jobs.purge"),
    Recurring(name="purge-outbox", rule=daily(3, 25), job="kimppa.foundation.outbox.jobs.purge"),
    Recurring(name="purge-loans", rule=daily(3, 30), job="kimppa.elibrary.circulation.jobs.purge"),
    Recurring(name="purge-patrons", rule=daily(3, 35), job="kimppa.elibrary.patrons.jobs.purge"),
    Recurring(name="purge-access", rule=daily(3, 38), job="kimppa.elibrary.access.jobs.purge"),
    Recurring(name="purge-feedback", rule=daily(3, 40), job="kimppa.consortium.communications.jobs.purge"),
    Recurring(name="remind-of-deadlines", rule=daily(6, 30), job="kimppa.consortium.agreements.jobs.remind"),
)
