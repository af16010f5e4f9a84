"""What every trigger answers: whom it concerns, what keeps the others out, and how to say so."""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.expressions import Combinable
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from automations.blocks import Block, Params
from automations.models import Enrollment, Reason
from members.models import Club, Member
from members.rules.days import AwayClock

ANOTHER_TRIGGER = "another_trigger"
IN_WORDS = {ANOTHER_TRIGGER: gettext_lazy("the workflow looks for something else now")}
LOOKBACK = dt.timedelta(days=31)
"""So far back is looked for what happened, so that what nobody asked about in time is found and recorded as missed."""


@dataclass(frozen=True)
class Occurrences:
    """A question asked of the facts at one instant.

    `members`: everyone of the club. `kept_out`: what keeps some of them out, the first that applies first.
    `key`: the expression that names the event for each. `fact_at`: the instant that the answer counts from.
    `may_be_due`: true of everyone who is not kept out, for a database to find them by an index.
    `only_at_entry`: the reasons that keep somebody from entering, but end nothing for whoever is inside.
    `lasts_for`: how long something that happened goes on by itself, such as a birthday's day; what comes too late is
    counted from its end.
    """

    members: QuerySet[Member]
    kept_out: list[tuple[Reason, Q]]
    key: Combinable
    fact_at: Combinable
    may_be_due: Q = field(default_factory=Q)
    only_at_entry: frozenset[Reason] = frozenset()
    lasts_for: dt.timedelta = dt.timedelta()


@dataclass(frozen=True)
class Edge:
    """One side of a limit: whom it was decided for these `reasons`, where they lie, the nearest first.

    `distance`: from a member's `fact_at`, or what `of` names instead, how far from the limit she is, as a number and in words.
    """

    reasons: frozenset[Reason]
    where: Q
    nearest_first: str
    distance: Callable[[Any], tuple[int, str]]
    of: str = "fact"


def days_ago(clock: AwayClock) -> Callable[[dt.datetime], tuple[int, str]]:
    """The distance of something that happened."""

    def distance(fact: dt.datetime) -> tuple[int, str]:
        n = max((clock.today - clock.day_of(fact)).days, 0)
        return n, ngettext("%(n)s day ago", "%(n)s days ago", n) % {"n": n} if n else _("today")

    return distance


def since_days(clock: AwayClock) -> Callable[[dt.datetime], tuple[int, str]]:
    """The distance of the beginning of something that lasts."""

    def distance(fact: dt.datetime) -> tuple[int, str]:
        n = (clock.today - clock.day_of(fact)).days
        return n, ngettext("for %(n)s day", "for %(n)s days", n) % {"n": n} if n else _("since today")

    return distance


class Trigger(Block):
    prefix: ClassVar[str | tuple[str, ...]] = ""
    """What the names of its occurrences begin with, and no other trigger's; several where it has several kinds."""

    came_back: ClassVar[frozenset[Reason]] = frozenset()
    """The reasons that mean: what the member was enrolled for is over."""

    lasts: ClassVar[bool] = False
    """Whether an occurrence goes on from its `fact_at` until a later one, as an absence does until the next visit.

    Else it happened, as a birthday does: no later one ends it, and what the workflow's patience is too short for is missed.
    """

    too_late: ClassVar[Reason | None] = None
    """Why somebody who was due once is not any more if only time passes; None if that does not happen."""

    is_absence: ClassVar[bool] = False
    """Whether it counts from the last visit, so that the days since its `fact_at` are days away."""

    reads: ClassVar[tuple[type[models.Model], ...] | None] = None
    """The rows that its answer rests on besides the member's own: where only others changed, it is not asked at once. Of None,
    any."""

    several: ClassVar[bool] = False
    """Whether a member may have several occurrences at the same time; then one that was not followed up goes first."""

    looks_back: ClassVar[bool] = True
    """Whether it can be asked as of an earlier day: what it rests on is known of then."""

    main_number: ClassVar[tuple[str, int, int] | None] = None
    """The parameter that staff would try out first, and between which numbers."""

    usual_cooldown: ClassVar[int] = 7
    """What a new workflow of this kind begins with, in days."""

    once: ClassVar[str | Promise] = gettext_lazy("once for each occasion")
    anew: ClassVar[str | Promise] = gettext_lazy("a new occasion would count")

    def unless(self, member: Member) -> str:
        """What would keep a planned message from leaving, as the end of a sentence."""
        return _("if nothing changes before")

    def goes_on(self, params: Params) -> bool:
        """Whether somebody who comes back takes only the steps that she did not take the time before."""
        return False

    def afterthought(self, params: Params) -> str:
        """What it does besides leading to the steps, as a sentence of its own; empty if nothing."""
        return ""

    def asked_by(
        self, workflow_id: int | None, patience: dt.timedelta, asks_since: dt.datetime | None
    ) -> Params:
        """What it takes from the workflow that asks, beside the parameters.

        `asks_since`: when it first asked, where what became too late since then is to be recorded before all else.
        """
        return {}

    def occurrences(
        self, club: Club, now: dt.datetime, params: Params, before: QuerySet[Enrollment]
    ) -> Occurrences:
        """`before`: whom the workflow that asks has enrolled so far."""
        raise NotImplementedError

    def named(self, occurrences: Collection[str]) -> set[str]:
        """Those that it named itself: whoever was inside as the workflow's trigger was changed is there for another's."""
        return {occurrence for occurrence in occurrences if occurrence.startswith(self.prefix)}

    def over(
        self, club: Club, now: dt.datetime, params: Params, occurrences: Collection[str]
    ) -> dict[str, str]:
        """Which of these occurrences, all `named` by it, are over, such as a booking that was canceled, each with its reason;
        one query."""
        return {}

    def is_too_late(self, clock: AwayClock, params: Params) -> Q:
        """Who is kept out by `too_late` on the clock's day; away for `max_days` unless a trigger says otherwise."""
        return Q(last_attended_at__lt=clock.away_for(params["max_days"]))

    def slipped_through(self, after: dt.datetime, before: dt.datetime, clock: AwayClock, params: Params) -> Q:
        """Of those who are too late, who became so between the two instants and could not be due yet at the first.

        May name `fact`, from when on the others could be.
        """
        return Q(fact__gt=after) & self.is_too_late(clock.at(before), params)

    def overlaps(self, params: Params, others: Params) -> bool:
        """Whether one member can be due for both of two such questions, as far as their parameters tell."""
        return True

    def edges(self, clock: AwayClock, params: Params) -> list[Edge]:
        """Both sides of each of its limits; none if it has no limits that one can be near."""
        return []

    def handed_over(self, params: Params) -> frozenset[Reason]:
        """The reasons for which a person takes over and a staff task is opened, once per occurrence."""
        return frozenset()

    def hand_over_description(self, params: Params) -> str:
        """What that staff task says."""
        raise NotImplementedError

    def contexts(self, occurrences: Collection[str], clock: AwayClock) -> dict[str, dict[str, str]]:
        """The own values of each of these occurrences for the placeholders, none of one that it did not name; at most one
        query."""
        return {occurrence: {} for occurrence in occurrences}

    def reason_text(self, reason: str, fact_at: dt.datetime | None, clock: AwayClock, params: Params) -> str:
        """One sentence for the log: why, on the clock's day."""
        raise NotImplementedError

    def gates(
        self, member: Member, clock: AwayClock, params: Params
    ) -> list[tuple[tuple[Reason, ...], str, str]]:
        """The lines that explain `kept_out`, in its order: the reasons it covers, the question, and the value seen."""
        raise NotImplementedError

    def next_chance_on(self, member: Member, clock: AwayClock, params: Params) -> dt.date | None:
        """The first day from today on at which time alone could let the member through; None if it cannot."""
        return None
