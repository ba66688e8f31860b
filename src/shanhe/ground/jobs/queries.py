"""Reads about jobs: everybody sees their own."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from shanhe.ground.jobs.models import Job, Tick
from shanhe.ground.people.scope import Scope

__all__ = ["job_latest", "job_of", "jobs_of", "ticks"]


def jobs_of(scope: Scope) -> QuerySet[Job]:
    """The jobs one has asked for, all of them for the administrator; newest first."""
    rows = Job.objects.all() if scope.is_administrator else Job.objects.filter(created_by=scope.user_id)
    return rows if scope.is_administrator or scope.user_id is not None else rows.none()


def job_of(scope: Scope, uuid: UUID) -> Job | None:
    """One of them; None outside the scope, as if it were not there."""
    return jobs_of(scope).filter(uuid=uuid).first()


def job_latest(kind: str) -> Job | None:
    """The job of a kind that ended well last, whoever asked; for kinds whose result everybody may see."""
    done = Job.objects.filter(kind=kind, state=Job.State.DONE)
    return done.order_by("-ended_at", "-pk").first()


def ticks() -> QuerySet[Tick]:
    """When the periodic entries last ran, for whoever watches the server."""
    return Tick.objects.order_by("name")
