"""The first page: who is due, who was left to a person, what was sent, what is to be settled, and whether the jobs run."""

import contextlib
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone

from automations.admin.clock_words import ClockWords
from automations.admin.jobs import jobs_context
from automations.admin.tomorrow import may_see_tomorrow
from automations.reports.job_health import job_health
from config.dashboard.alerts import open_alerts, standing_still, waiting_for_a_person
from config.dashboard.checklist import checklist
from config.dashboard.clubs import chosen_clubs
from config.dashboard.due import due_now
from config.dashboard.in_person import to_say_today
from config.dashboard.left import left_to_a_person
from config.dashboard.log import latest_messages, latest_runs
from config.dashboard.sending import sending
from config.dashboard.statuses import statuses


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Only for the clubs that this person sees, and only what she may view."""
    with _without_compiling():
        return context | _shown(request)


@contextlib.contextmanager
def _without_compiling() -> Iterator[None]:
    """PostgreSQL would take longer to compile these queries than to run them."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        yield


def _shown(request: HttpRequest) -> dict[str, Any]:
    now = timezone.now()
    may = request.user.has_perm
    choice = chosen_clubs(request)
    clubs = choice.clubs
    ids = [club.pk for club in clubs]
    context: dict[str, Any] = {"choice": choice, "has_clubs": bool(clubs)}
    if may("members.view_member") and may("automations.view_workflow"):
        context |= due_now(ids, now)
    if may("members.view_member") and may("automations.view_decision"):
        context["left"] = left_to_a_person(request, clubs, now, context.get("left_next", ()))
    context |= to_say_today(request, clubs, now)
    if may("members.view_member"):
        context["statuses"] = statuses(choice, now)
    if may("messaging.view_message"):
        context |= {"sending": sending(clubs, now), "log": latest_messages(ids)}
        context["may_see_tomorrow"] = may_see_tomorrow(request)
    if may("automations.view_workflowrun"):
        context["runs"] = latest_runs(ids)
    jobs = job_health(now)
    if may("members.change_club"):
        context["checks"] = checklist(request, clubs, jobs)
    context["alerts"] = [
        *standing_still(request, jobs, now),
        *waiting_for_a_person(request, clubs),
        *open_alerts(request, clubs),
    ]
    words = ClockWords.of(clubs)
    if as_of := context.get("due_as_of"):
        context["due_as_of"] = words.written(as_of)
    for part in ("sending", "statuses", "left"):
        if counted_at := (context.get(part) or {}).get("counted_at"):
            context[f"{part}_as_of"] = words.written(counted_at)
    return context | jobs_context(jobs, words, may_run=request.user.is_superuser)
