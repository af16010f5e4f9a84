"""What stands above the form on a member's page: what matters, what may be done, what happened."""

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from members.admin.actions import address_of_action, offered_to
from members.admin.away import away_in_words
from members.admin.columns import label, link_to, when
from members.admin.custom_fields import facts_of as custom_facts_of
from members.admin.panels import (
    REGISTRY,
    Fact,
    TimelineEntry,
    TimelineSource,
    add_timeline_source,
    timeline,
)
from members.admin.staff_tasks import STATUS_COLORS as TASK_COLORS
from members.models import Member, StaffTask
from members.rules.wording import day_in_words

STATUS_COLORS = {"active": "success", "frozen": "info", "canceled": "danger"}
OPEN_TASKS_SHOWN = 5
VERSIONS_READ = 200
"""Each visit makes a version as well; a change further back than this lies below a full timeline."""
OF_THE_MEMBERSHIP = {
    "membership_status": gettext_lazy("Membership"),
    "membership_level": gettext_lazy("Level"),
    "is_recurring": gettext_lazy("Recurring"),
    "stage": gettext_lazy("Stage"),
}


def page_of(request: HttpRequest, member: Member, now: dt.datetime) -> dict[str, Any]:
    """Only what the person asking may see."""
    facts = [*_own_facts(request, member, now)]
    for more in REGISTRY.facts:
        facts += more(request, member, now)
    story = timeline(request, member)
    return {
        "member": member,
        "status": membership(member),
        "facts": facts,
        "actions": [
            {"action": action, "address": address_of_action(action.name, member)}
            for action in offered_to(request, member)
        ],
        "panels": [shown for panel in REGISTRY.panels if (shown := panel(request, member, now))],
        "timeline": [_row(entry, member) for entry in story.entries],
        "is_cut": story.is_cut,
        "lists": story.lists,
    }


def membership(member: Member) -> SafeString:
    """The status in its color, with the level and whether it renews by itself."""
    status = label(member.get_membership_status_display(), STATUS_COLORS[member.membership_status])
    more = [member.membership_level, _("recurring") if member.is_recurring else ""]
    return format_html("{} {}", status, ", ".join(part for part in more if part))


def _own_facts(request: HttpRequest, member: Member, now: dt.datetime) -> Iterator[Fact]:
    yield Fact(_("Away"), away_in_words(member, now))
    yield Fact(
        _("Phone"),
        member.phone or _("none"),
        _("no network could connect it") if member.phone and not member.phone_is_dialable else "",
    )
    yield Fact(_("E-mail"), member.email or _("none"))
    if member.trainer:
        yield Fact(_("Trainer"), str(member.trainer))
    for name, value in custom_facts_of(member):
        yield Fact(name, value)
    if request.user.has_perm("members.view_stafftask"):
        tasks = list(member.staff_tasks.filter(status__in=StaffTask.OPEN)[: OPEN_TASKS_SHOWN + 1])
        shown = format_html_join(
            SafeString("<br>"), "{}", ((link_to(task),) for task in tasks[:OPEN_TASKS_SHOWN])
        )
        more = _("and more") if len(tasks) > OPEN_TASKS_SHOWN else ""
        yield Fact(ngettext("Open task", "Open tasks", len(tasks)), shown if tasks else _("none"), more)


def _row(entry: TimelineEntry, member: Member) -> dict[str, Any]:
    return {"entry": entry, "when": when(entry.at, member.club)}


# --- What happened, as far as the facts know ---------------------------------------------------
def _visits(request: HttpRequest, member: Member, limit: int) -> Iterator[TimelineEntry]:
    may_undo = request.user.has_perm("members.delete_visit")
    undo = address_of_action("take-back-visit", member)
    for visit in member.visits.order_by("-attended_at")[:limit]:
        yield TimelineEntry(
            visit.attended_at,
            _("Visit"),
            icon="login",
            undo=f"{undo}?visit={visit.pk}" if may_undo else "",
        )


def _tasks(request: HttpRequest, member: Member, limit: int) -> Iterator[TimelineEntry]:
    for task in member.staff_tasks.select_related("assignee").order_by("-opened_at", "-pk")[:limit]:
        said = _("%(what)s For %(who)s, due on %(day)s.") % {
            "what": _sentence(task.description),
            "day": day_in_words(task.due_on, member.club.locale),
            "who": task.assignee or _("nobody in particular"),
        }
        link = reverse("admin:members_stafftask_change", args=[task.pk])
        state = label(task.get_status_display(), TASK_COLORS[task.status])
        yield TimelineEntry(task.opened_at, _("Task opened"), said, "add_task", state, link)
        if task.closed_at:
            yield TimelineEntry(
                task.closed_at, _("Task closed"), task.note or task.description, "task_alt", state, link
            )


def _changes(request: HttpRequest, member: Member, limit: int) -> Iterator[TimelineEntry]:
    """Each version of the member beside the one before it, as far as the membership goes."""
    versions = member.history.select_related("history_user").order_by("-history_date", "-history_id")
    read = list(versions[: VERSIONS_READ + 1])
    for after, before in pairwise(read):
        changed = [
            _("%(what)s: %(before)s, now %(after)s.")
            % {"what": name, "before": _shown(before, field), "after": _shown(after, field)}
            for field, name in OF_THE_MEMBERSHIP.items()
            if getattr(after, field) != getattr(before, field)
        ]
        if changed:
            why = _("Because: %(why)s.") % {"why": reason} if (reason := after.history_change_reason) else ""
            yield TimelineEntry(
                after.history_date,
                _("Membership changed"),
                " ".join(part for part in (*changed, why, _by(after.history_user)) if part),
                "card_membership",
            )


def _shown(version: Any, field: str) -> str:
    value = getattr(version, field)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    shown = getattr(version, f"get_{field}_display", lambda: value)()
    return str(shown) if shown else _("none")


def _by(person: Any) -> str:
    return _("By %(who)s.") % {"who": person} if person else ""


def _sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else f"{words}."


for source in (
    TimelineSource(
        "members.view_visit", _visits, "admin:members_visit_changelist", gettext_lazy("All visits")
    ),
    TimelineSource(
        "members.view_stafftask", _tasks, "admin:members_stafftask_changelist", gettext_lazy("All tasks")
    ),
    TimelineSource("members.view_member", _changes),
):
    add_timeline_source(source)
