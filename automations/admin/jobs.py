"""The job log with each job's health, and the schedule; superusers only."""

import zoneinfo
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
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
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from automations.models import JobRun
from automations.reports.job_health import job_health
from members.admin.columns import label
from members.admin.scoping import ReadOnly, SuperusersOnly
from members.rules.wording import short_instant

JOB_COLORS = {"running": "info", "succeeded": "success", "failed": "danger"}


@admin.register(JobRun)
class JobRunAdmin(ReadOnly, SuperusersOnly, ModelAdmin):
    list_display = ["name", "started", "state", "seconds_taken", "records", "counted", "error_line"]
    list_filter = [("status", ChoicesDropdownFilter)]
    list_filter_submit = True
    search_fields = ["name"]
    list_per_page = 50
    show_full_result_count = False
    list_before_template = "admin/automations/job_health.html"
    fields = ["name", "state", "started", "seconds_taken", "records", "counted", "error"]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        jobs = job_health(timezone.now())
        return super().changelist_view(request, {"jobs": jobs, **(extra_context or {})})

    @admin.display(description=_("started (UTC)"), ordering="id")
    def started(self, run: JobRun) -> str:
        return short_instant(run.started_at, zoneinfo.ZoneInfo("UTC"))

    @admin.display(description=_("status"), ordering="status")
    def state(self, run: JobRun) -> SafeString:
        return label(run.get_status_display(), JOB_COLORS[run.status])

    @admin.display(description=_("seconds"))
    def seconds_taken(self, run: JobRun) -> str:
        return "" if run.seconds is None else f"{run.seconds:.1f}"

    @admin.display(description=_("counts"))
    def counted(self, run: JobRun) -> str:
        return ", ".join(f"{what.replace('_', ' ')} {number:,}" for what, number in run.counts.items())

    @admin.display(description=_("error"))
    def error_line(self, run: JobRun) -> str:
        return run.error.strip().splitlines()[-1][:120] if run.error else ""


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


@admin.register(IntervalSchedule, CrontabSchedule, SolarSchedule)
class ScheduleAdmin(SuperusersOnly, ModelAdmin):
    pass


@admin.register(ClockedSchedule)
class ClockedScheduleAdmin(SuperusersOnly, BeatClockedScheduleAdmin, ModelAdmin):
    pass
