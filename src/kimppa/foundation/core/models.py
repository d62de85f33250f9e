"""Rows that the plain ground keeps for itself."""

from __future__ import annotations

from django.db import models


class ClockOffset(models.Model):
    """One row at most: how far domain time is from real time, in seconds (see core.clock)."""

    seconds = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="core_one_clock_offset"),
        ]


class JobStatus(models.TextChoices):
    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


OPEN = (JobStatus.READY, JobStatus.RUNNING)


class Job(models.Model):
    """One piece of work for later. Written by core.jobs only; others read it through `jobs.view`."""

    name = models.CharField(max_length=200, help_text="dotted name of a function in a jobs module")
    arguments = models.JSONField(default=dict)
    asked_by = models.CharField(max_length=80, blank=True)
    unique_key = models.CharField(max_length=200, null=True)
    status = models.CharField(max_length=8, choices=JobStatus.choices, default=JobStatus.READY)
    run_after = models.DateTimeField()
    attempt = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveIntegerField(default=5)
    created = models.DateTimeField()
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)
    heartbeat = models.DateTimeField(null=True)
    worker = models.CharField(max_length=120, blank=True)
    again = models.BooleanField(default=False, help_text="asked for anew while it ran")
    stop_asked = models.BooleanField(default=False)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    state = models.JSONField(default=dict)
    error_code = models.CharField(max_length=80, blank=True)
    error_params = models.JSONField(default=dict)
    trace = models.TextField(blank=True, help_text="for whoever keeps the machine; never shown on pages")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unique_key"],
                condition=models.Q(status__in=["ready", "running"]),
                name="core_one_open_job_a_key",
            ),
            models.CheckConstraint(
                condition=models.Q(max_attempts__gte=1), name="core_job_runs_once_at_least"
            ),
        ]
        indexes = [
            models.Index(
                fields=["run_after", "id"], condition=models.Q(status="ready"), name="core_job_ready"
            ),
            models.Index(fields=["status", "finished"]),
        ]

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"


class Recurrence(models.Model):
    """A job that comes again by rule; the list itself stands in code (doors/console/recurrences.py)."""

    name = models.CharField(max_length=80, unique=True)
    rule = models.CharField(max_length=200, help_text="RRULE in Finnish local time")
    job = models.CharField(max_length=200)
    active = models.BooleanField(default=True)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Tick(models.Model):
    """That a recurrence was due at a moment and its job enqueued: once, however many workers look."""

    recurrence = models.ForeignKey(Recurrence, on_delete=models.CASCADE)
    due_at = models.DateTimeField()
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recurrence", "due_at"], name="core_one_tick_a_moment"),
        ]
