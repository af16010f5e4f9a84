"""The job log with each job's health, and the schedule; superusers only."""

import datetime as dt
import logging
import zoneinfo
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet, Value
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_celery_beat.admin import ClockedScheduleAdmin as BeatClockedScheduleAdmin
from django_celery_beat.admin import PeriodicTaskAdmin as BeatPeriodicTaskAdmin
from django_celery_beat.admin import PeriodicTaskForm, TaskSelectWidget
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from kombu.exceptions import OperationalError as BrokerSilent
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import DropdownFilter
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from automations.admin.clock_words import ClockWords
from automations.jobs import JOBS
from automations.models import JobRun
from automations.operations.job_runs import AskedAlready, ask_for, not_handed_over, running
from automations.reports.job_health import OURS, JobHealth, job_health
from automations.reports.job_words import PURPOSES, done_in_words, duration_in_words, title_of, wrong_in_words
from members.admin.columns import label
from members.admin.questions import NotDone, asked
from members.admin.scoping import ReadOnly, SuperusersOnly

logger = logging.getLogger(__name__)

JOB_COLORS = {"queued": "info", "running": "info", "succeeded": "success", "failed": "danger"}


class JobFilter(DropdownFilter):
    title = _("job")
    parameter_name = "job"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, title_of(name)) for name in JOBS]

    def queryset(self, request: HttpRequest, rows: QuerySet[JobRun]) -> QuerySet[JobRun]:
        return rows.filter(name=self.value()) if self.value() else rows


class WorthFilter(DropdownFilter):
    """Most runs find nothing to do."""

    title = _("what happened")
    parameter_name = "worth"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("did", _("Did something")), ("failed", _("Failed")), ("running", _("Running"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[JobRun]) -> QuerySet[JobRun]:
        match self.value():
            case "did":
                return rows.filter(records__gt=0)
            case "failed" | "running":
                return rows.filter(status=self.value())
        return rows


@admin.register(JobRun)
class JobRunAdmin(ReadOnly, SuperusersOnly, ModelAdmin):
    list_display = ["title", "started", "state", "took", "came_of_it"]
    list_filter = [JobFilter, WorthFilter]
    list_filter_submit = True
    list_per_page = 50
    show_full_result_count = False
    list_before_template = "admin/automations/job_health.html"
    fields = ["title", "state", "started", "took", "came_of_it", "details"]

    def get_fields(self, request: HttpRequest, obj: JobRun | None = None) -> list[str]:
        return [field for field in self.fields if field != "details" or (obj and obj.error)]

    def get_urls(self) -> list[URLPattern]:
        run_now = self.admin_site.admin_view(self.run_now)
        return [path("run/<slug:name>/", run_now, name="automations_jobrun_run_now"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        extra = jobs_context(job_health(timezone.now()), ClockWords.for_request(request), may_run=True)
        return super().changelist_view(request, {**extra, **(extra_context or {})})

    def run_now(self, request: HttpRequest, name: str) -> HttpResponse:
        """Asks, then runs the job as the schedule would: here, or by a worker where there is one."""
        if not request.user.is_superuser:
            raise PermissionDenied
        if name not in JOBS:
            raise Http404
        return asked(
            request,
            title=_("Run “%(job)s” now?") % {"job": title_of(name)},
            explains=_("%(purpose)s Nothing is sent twice by it.") % {"purpose": PURPOSES.get(name, "")},
            button=gettext("Run now"),
            deed=lambda _cleaned: run_job_now(name, ClockWords.for_request(request)),
            back=reverse("admin:automations_jobrun_changelist"),
        )

    @admin.display(description=_("job"), ordering="name")
    def title(self, run: JobRun) -> str:
        return title_of(run.name)

    def get_queryset(self, request: HttpRequest) -> QuerySet[JobRun]:
        words = ClockWords.for_request(request)
        # What writes a column sees only its row.
        return super().get_queryset(request).annotate(zone=Value(words.zone.key), locale=Value(words.locale))  # type: ignore[no-any-return]

    @admin.display(description=_("started"), ordering="id")
    def started(self, run: JobRun) -> str:
        words = ClockWords(zoneinfo.ZoneInfo(run.zone), run.locale)  # type: ignore[attr-defined]
        return words.written(run.started_at)

    @admin.display(description=_("status"), ordering="status")
    def state(self, run: JobRun) -> SafeString:
        return label(run.get_status_display(), JOB_COLORS[run.status])

    @admin.display(description=_("took"))
    def took(self, run: JobRun) -> str:
        return duration_in_words(run)

    @admin.display(description=_("what came of it"))
    def came_of_it(self, run: JobRun) -> str:
        return done_in_words(run) or wrong_in_words(run)

    @admin.display(description=_("details"))
    def details(self, run: JobRun) -> SafeString:
        return format_html(
            '<details class="rollcall-fold"><summary>{}</summary><pre class="rollcall-words rollcall-source">{}</pre>'
            "</details>",
            _("For whoever looks into it"),
            run.error,
        )


def run_job_now(name: str, words: ClockWords) -> str:
    """What `run_job NAME` does, through the worker's queue where there is one; answers with what to tell."""
    now = timezone.now()
    if going_on := running(name, now=now):
        raise NotDone(_is_running(going_on, words))
    try:
        asked_for = ask_for(name, now=now)
    except AskedAlready as already:
        run = already.run
        raise NotDone(
            _is_running(run, words)
            if run and run.status == JobRun.Status.RUNNING
            else gettext("Somebody has just asked for it already; it begins as soon as a worker is free.")
        ) from None
    try:
        JOBS[name].delay()  # type: ignore[attr-defined]
    except BrokerSilent:
        not_handed_over(asked_for)
        raise NotDone(gettext("The queue did not answer, so nothing was started.")) from None
    except Exception:
        # Kept with the run, which is what the person is told of.
        logger.exception("%s failed when run by hand", name)
    asked_for.refresh_from_db()
    match asked_for.status:
        case JobRun.Status.FAILED:
            raise NotDone(gettext("It failed: %(why)s") % {"why": wrong_in_words(asked_for)})
        case JobRun.Status.SUCCEEDED:
            return gettext("Done. %(what)s") % {"what": done_in_words(asked_for)}
    return gettext("Handed to a worker; the list below says what becomes of it.")


def _is_running(run: JobRun, words: ClockWords) -> str:
    return gettext("It is running already, since %(at)s.") % {"at": words.written(run.started_at)}


def jobs_context(jobs: list[JobHealth], words: ClockWords, *, may_run: bool) -> dict[str, Any]:
    """What the table of jobs shows, here and on the dashboard.

    Where no worker has ever run, as in a practice installation, that is said once and no job is called late. Without a
    broker none ever does: what ran was asked for by hand.
    """
    never = bool(jobs) and not (settings.REDIS_URL and any(job.last_run_at for job in jobs))
    hour_ago = timezone.now() - dt.timedelta(hours=1)
    lately = any(job.last_run_at and job.last_run_at > hour_ago for job in jobs)
    rows = [
        {
            "job": job,
            "title": title_of(job.name),
            "purpose": PURPOSES.get(job.name, ""),
            "last": words.written(job.last_run_at),
            "next": gettext("overdue") if job.is_late else words.written(job.next_run_at),
            "is_running": job.last_status == JobRun.Status.RUNNING,
            "wrong": wrong_in_words(job.last_run) if job.last_run else "",
            "run_now": reverse("admin:automations_jobrun_run_now", args=[job.name])
            if may_run and job.name in JOBS
            else "",
        }
        for job in jobs
    ]
    return {
        "jobs": rows,
        "zone": words.zone.key.replace("_", " "),
        "has_never_run": never and any(job.is_late for job in jobs),
        "is_nothing_running": not never and not lately and any(job.is_late for job in jobs),
        "may_run_jobs": may_run,
    }


class StyledTaskSelectWidget(UnfoldAdminSelectWidget, TaskSelectWidget):
    pass


class StyledPeriodicTaskForm(PeriodicTaskForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task"].widget = UnfoldAdminTextInputWidget()
        self.fields["regtask"].widget = StyledTaskSelectWidget()


for model in (PeriodicTask, IntervalSchedule, CrontabSchedule, SolarSchedule, ClockedSchedule):
    admin.site.unregister(model)


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(SuperusersOnly, BeatPeriodicTaskAdmin, ModelAdmin):
    form = StyledPeriodicTaskForm
    list_display = ["titled", "is_on", "how_often"]
    list_select_related = ["interval", "crontab", "solar", "clocked"]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        @admin.display(description=_("last started"), ordering="last_run_at")
        def ran(task: PeriodicTask) -> str:
            return ClockWords.for_request(request).written(task.last_run_at) or gettext("not yet")

        return [*self.list_display, ran]

    @admin.display(description=_("name"), ordering="name")
    def titled(self, task: PeriodicTask) -> str:
        name = task.task.removeprefix(OURS)
        return title_of(name) if name in JOBS else task.name

    @admin.display(description=_("state"), ordering="enabled")
    def is_on(self, task: PeriodicTask) -> SafeString:
        return label(_("On"), "success") if task.enabled else label(_("Off"))

    @admin.display(description=_("how often"))
    def how_often(self, task: PeriodicTask) -> str:
        return task.crontab.human_readable if task.crontab else str(task.scheduler)


@admin.register(IntervalSchedule, CrontabSchedule, SolarSchedule)
class ScheduleAdmin(SuperusersOnly, ModelAdmin):
    pass


@admin.register(ClockedSchedule)
class ClockedScheduleAdmin(SuperusersOnly, BeatClockedScheduleAdmin, ModelAdmin):
    pass
