"""What is wrong now: each open alert in a sentence, with what to do and where to go."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from automations.models import Alert
from automations.reports.alert_words import advice, in_a_sentence
from automations.reports.findings import held_runs, paused_workflows
from automations.reports.job_health import JobHealth
from members.models import Club

SHOWN = 10
TOLD_AT_ONCE = (Alert.Kind.RUN_HELD, Alert.Kind.PAUSED)
STANDS_STILL = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class Told:
    words: str
    advice: str
    link: str
    link_words: str


def open_alerts(request: HttpRequest, clubs: Sequence[Club]) -> list[Told]:
    """Those of the installation, and of the clubs that the page is about; oldest first."""
    concerned = Q(club=None) | Q(club__in=clubs)
    alerts = (
        Alert.objects.filter(concerned, resolved_at=None)
        .exclude(kind__in=TOLD_AT_ONCE)
        .select_related("club")
        .order_by("pk")[:SHOWN]
    )
    return [Told(in_a_sentence(alert), advice(alert), *_where(request, alert)) for alert in alerts]


def standing_still(request: HttpRequest, jobs: Sequence[JobHealth], now: dt.datetime) -> Iterator[Told]:
    """Told by the page itself: where nothing runs any more, nothing raises an alert either."""
    if not settings.REDIS_URL:
        return  # A first look without servers: there is no schedule that could stand still.
    last = max((job.last_run_at for job in jobs if job.last_run_at), default=None)
    if last and any(job.is_late for job in jobs) and now - last > STANDS_STILL:
        link, link_words = _jobs(request)
        yield Told(
            _("No scheduled job has run for %(n)s minutes.") % {"n": int((now - last).total_seconds() // 60)},
            _("Nothing is sent meanwhile, and nothing is lost. Please tell whoever looks after Rollcall."),
            link,
            link_words,
        )


def waiting_for_a_person(request: HttpRequest, clubs: Sequence[Club]) -> list[Told]:
    """Held runs and paused workflows, told by the page itself: they are true at once, not from the next check on."""
    ours = {club.pk: club for club in clubs}
    told = []
    for finding in [*held_runs(clubs=ours), *paused_workflows(clubs=ours)]:
        alert = Alert(
            kind=finding.kind,
            subject=finding.subject,
            club=ours[finding.club_id or 0],
            numbers=dict(finding.numbers),
        )
        told.append(Told(in_a_sentence(alert), advice(alert), *_where(request, alert)))
    return told[:SHOWN]


def _jobs(request: HttpRequest) -> tuple[str, str]:
    jobs = reverse("admin:automations_jobrun_changelist")
    return (jobs, _("See the jobs")) if request.user.is_superuser else ("", "")


def _where(request: HttpRequest, alert: Alert) -> tuple[str, str]:
    """An address that this person may open, and what it is called; both empty if there is none."""
    if alert.kind == Alert.Kind.JOB_LATE:
        return _jobs(request)
    if alert.kind in TOLD_AT_ONCE:
        page = reverse("admin:automations_workflow_change", args=[alert.numbers["workflow"]])
        may = request.user.has_perm("automations.view_workflow")
        return (page, _("Look at it and decide")) if may else ("", "")
    if alert.subject == "enrollments":
        under_way = reverse("admin:automations_enrollment_changelist")
        may = request.user.has_perm("automations.view_enrollment")
        return (under_way, _("See who is under way")) if may else ("", "")
    if not request.user.has_perm("messaging.view_message"):
        return "", ""
    shown = {"status__exact": "queued"}
    if alert.kind == Alert.Kind.REFUSALS:
        shown = {
            "status__exact": "failed",
            "channel__exact": alert.subject,
            "club__id__exact": str(alert.club_id),
        }
    log = reverse("admin:messaging_message_changelist")
    return f"{log}?{urlencode(shown)}", _("See these messages")
