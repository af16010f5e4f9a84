"""What the apps above add to the member's page and list: facts, panels, what happened, actions, and filters."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from heapq import nlargest
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from members.models import Member

ON_THE_TIMELINE = 50

Words = str | Promise | SafeString


@dataclass(frozen=True)
class TimelineEntry:
    at: dt.datetime
    kind: Words
    words: Words = ""
    icon: str = ""
    state: SafeString | str = ""
    link: str = ""
    undo: str = ""
    """The address of the question that takes it back; empty if nothing can."""


@dataclass(frozen=True)
class TimelineSource:
    """Tells what happened to a member, to those with `permission`; `entries` gives the newest so many, in any order."""

    permission: str
    entries: Callable[[HttpRequest, Member, int], Iterable[TimelineEntry]]
    full_list: str = ""
    """The name of the admin page that lists all of it, filtered by member."""
    list_label: Words = ""


@dataclass(frozen=True)
class Timeline:
    entries: list[TimelineEntry]
    is_cut: bool
    lists: list[tuple[Words, str]]


@dataclass(frozen=True)
class Fact:
    """One line at the top of the member's page."""

    label: Words
    value: Words
    note: Words = ""


@dataclass(frozen=True)
class ListAction:
    """Something to be done to those who were chosen in the list; `ask` answers both POSTs, the question and the deed."""

    name: str
    label: Words
    permission: str
    ask: Callable[[HttpRequest, QuerySet[Member]], HttpResponse]


Panel = Callable[[HttpRequest, Member, dt.datetime], SafeString | str]
Facts = Callable[[HttpRequest, Member, dt.datetime], list[Fact]]


@dataclass
class _Registry:
    panels: list[Panel] = field(default_factory=list)
    facts: list[Facts] = field(default_factory=list)
    sources: list[TimelineSource] = field(default_factory=list)
    filters: list[Any] = field(default_factory=list)
    actions: list[ListAction] = field(default_factory=list)


REGISTRY = _Registry()


def add_member_panel(panel: Panel) -> None:
    """Let an app above show a part of its own; an empty answer shows nothing. It asks for permissions itself."""
    REGISTRY.panels.append(panel)


def add_member_facts(facts: Facts) -> None:
    """Let an app above add lines to what matters on top. It asks for permissions itself."""
    REGISTRY.facts.append(facts)


def add_timeline_source(source: TimelineSource) -> None:
    REGISTRY.sources.append(source)


def add_member_filter(list_filter: Any) -> None:
    """Let an app above add a filter to the list of members."""
    REGISTRY.filters.append(list_filter)


def add_list_action(action: ListAction) -> None:
    """Let an app above add something to be done to those who were chosen in the list of members."""
    REGISTRY.actions.append(action)


def timeline(request: HttpRequest, member: Member) -> Timeline:
    """The newest of all that this person may see, and where to find the rest."""
    sources = [source for source in REGISTRY.sources if request.user.has_perm(source.permission)]
    found = [entry for source in sources for entry in source.entries(request, member, ON_THE_TIMELINE + 1)]
    newest = nlargest(ON_THE_TIMELINE, found, key=lambda entry: entry.at)
    lists = [
        (source.list_label, f"{reverse(source.full_list)}?member__id__exact={member.pk}")
        for source in sources
        if source.full_list
    ]
    return Timeline(newest, len(found) > ON_THE_TIMELINE, lists)
