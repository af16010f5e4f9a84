"""Every list of the admin with its searches, filters, sorts and a late page, and the queries that each may cost.

One place for the test that pins them on a few rows and for `python -m bench --only admin`, which measures them on millions.
A list, a filter or a sort that is new is found by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import User
from django.db import models
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import reverse

from members.admin.paging import Paged

SEARCHES = {
    "rare": "Last99983",
    "none": "Zzyzx",
    "common": "First",
    "everybody": "example.com",
    "two words": "First17 Last2017",
    "a number as it is spoken": "+1 415 009 99 83",
    "two letters": "zq",
}
SINCE, UNTIL = "2024-11-01", "2024-11-03"
"""A range of days long ago, as the bench's club has them."""

QUERIES = {
    "auth.group": 7,
    "auth.user": 8,
    "automations.alert": 7,
    "automations.decision": 14,
    "automations.enrollment": 15,
    "automations.jobrun": 10,
    "automations.segment": 14,
    "automations.steprun": 10,
    "automations.workflow": 17,
    "automations.workflowrun": 14,
    "django_celery_beat.clockedschedule": 7,
    "django_celery_beat.crontabschedule": 7,
    "django_celery_beat.intervalschedule": 7,
    "django_celery_beat.periodictask": 8,
    "django_celery_beat.solarschedule": 7,
    "members.agreement": 10,
    "members.booking": 10,
    "members.classsession": 10,
    "members.apikey": 10,
    "members.closure": 10,
    "members.club": 10,
    "members.creditentry": 14,
    "members.customfield": 10,
    "members.document": 11,
    "members.erasedmember": 10,
    "members.leave": 10,
    "members.member": 15,
    "members.offer": 14,
    "members.payment": 10,
    "members.stafftask": 17,
    "members.tag": 10,
    "members.visit": 10,
    "messaging.consentrecord": 10,
    "messaging.hold": 10,
    "messaging.inboundmessage": 10,
    "messaging.message": 11,
    "messaging.messageevent": 10,
    "messaging.messagetemplate": 10,
    "messaging.notice": 7,
    "messaging.sendingpace": 7,
    "messaging.sendingswitch": 8,
    "messaging.suppression": 10,
}
"""The most that any page of a list costs, whoever asks and however many rows there are; beside `ON_EVERY_PAGE`."""
ON_EVERY_PAGE = 1
"""Whether sending is paused for all clubs."""


@dataclass(frozen=True, eq=False)
class Page:
    model: type[models.Model]
    what: str
    asked: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        meta = self.model._meta
        plain = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        return f"{plain}?{urlencode(self.asked)}" if self.asked else plain


def lists() -> list[type[models.Model]]:
    return sorted(
        (model for model, own in admin.site._registry.items() if isinstance(own, Paged)),
        key=lambda model: model._meta.label_lower,
    )


def lists_for(person: User) -> list[type[models.Model]]:
    request = asked_by(person)
    return [model for model in lists() if admin.site._registry[model].has_view_permission(request)]


def asked_by(person: User) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = person
    return request


def pages_of(model: type[models.Model], person: User) -> Iterator[Page]:
    """The list as this person sees it, then with everything that it offers."""
    yield Page(model, "first page")
    shown: ChangeList = admin.site._registry[model].get_changelist_instance(asked_by(person))
    yield Page(model, "last page", {"p": "25000"})
    for what, text in SEARCHES.items() if shown.search_fields else ():
        yield Page(model, f"search, {what}", {"q": text})
    for column, name in enumerate(shown.list_display):
        if name in (shown.sortable_by or ()) and name != "action_checkbox":
            yield Page(model, f"by {name}", {"o": str(column)})
            yield Page(model, f"by {name}, down", {"o": f"-{column}"})
            yield Page(model, f"by {name}, last page", {"o": str(column), "p": "25000"})
    for spec in shown.filter_specs:
        for offered in spec.choices(shown):
            for asked in _values(offered):
                words = " ".join(asked.values())
                yield Page(model, f"{spec.title}: {words}", asked)


def _values(offered: dict[str, Any]) -> Iterator[dict[str, str]]:
    form = offered.get("form")
    fields = form.fields if form else {}
    ends = [name for name in fields if name.endswith(("_from", "_to"))]
    if len(ends) == 2:
        yield dict(zip(ends, (SINCE, UNTIL), strict=True))
        yield {ends[0]: SINCE}
        return
    for name, given in fields.items():
        for value in _choices(given):
            yield {name: value}


def _choices(given: Any) -> list[str]:
    """Of many a large one, a small one and one between; of rows that are searched for, the first thousand are many enough."""
    if (rows := getattr(given, "queryset", None)) is not None:
        values = [str(pk) for pk in rows.order_by("pk").values_list("pk", flat=True)[:1_000]]
    else:
        values = [str(value) for value, _ in getattr(given, "choices", ()) if str(value)]
    return values if len(values) <= 20 else [values[0], values[len(values) // 2], values[-1]]
