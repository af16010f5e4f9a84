"""Every page of the admin, found through what is registered, with one row of each kind to open it with."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.apps import apps
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group
from django.db.models import Model
from django.urls import NoReverseMatch, reverse
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from automations.models import Alert, JobRun
from messaging.models import SendingPace, SendingSwitch
from tests.factories import NOW, UserFactory
from tests.members.admin.world import one_of_everything
from tests.notice_factories import NoticeFactory

Rows = dict[type[Model], Any]
ADMINS: dict[type[Model], ModelAdmin] = dict(admin.site._registry)
ASIDE = {"session"}


class Page(NamedTuple):
    """An address of one admin; `of_row` where it names one row."""

    model: type[Model]
    name: str
    url: str
    of_row: bool

    def __str__(self) -> str:
        return self.name


def rows_of_everything(name: str) -> Rows:
    """One club's rows, and one of each kind that concerns the whole installation."""
    interval = IntervalSchedule.objects.create(every=5, period="minutes")
    own = [
        UserFactory(username=f"{name}-user", first_name=name),
        Group.objects.create(name=f"{name} group"),
        interval,
        CrontabSchedule.objects.create(),
        SolarSchedule.objects.create(event="sunset", latitude="1.0", longitude="2.0"),
        ClockedSchedule.objects.create(clocked_time=NOW),
        PeriodicTask.objects.create(name=f"{name} job", task="celery.ping", interval=interval),
        JobRun.objects.create(name=f"{name} job", started_at=NOW),
        Alert.objects.create(kind="job_late", subject=f"{name} job", opened_at=NOW, seen_at=NOW),
        SendingPace.objects.create(channel="sms", free_at=NOW),
        SendingSwitch.objects.create(),
        NoticeFactory(kind=f"{name} notice"),
    ]
    return one_of_everything(name) | {type(row): row for row in own}


def pages(rows: Rows) -> Iterator[Page]:
    """All that the registered admins answer to, their own addresses and their actions' among them."""
    for model, own in ADMINS.items():
        row = rows[model]
        for pattern in own.get_urls():
            if pattern.name is None:
                continue
            wanted = pattern.pattern.regex.groups
            args = [quote(row.pk), *_versions(row)][:wanted]
            args += [quote(row.pk)] * (wanted - len(args))
            try:
                url = reverse(f"admin:{pattern.name}", args=args)
            except NoReverseMatch:
                url = reverse(f"admin:{pattern.name}", args=[quote(row.pk), *["1"] * (wanted - 1)])
            yield Page(model, pattern.name, url, bool(wanted))


def _versions(row: Any) -> list[int]:
    history = getattr(row, "history", None)
    return [history.first().pk] if history is not None and history.exists() else []


def everything_stored() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables but the sessions, to see whether something changed."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values_list())
        for model in apps.get_models(include_auto_created=True)
        if model._meta.model_name not in ASIDE and model._meta.managed
    }
