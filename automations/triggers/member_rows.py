"""What has happened to a row of a member's, such as a booking or a payment: the part that is the same for each such trigger."""

import datetime as dt
from collections.abc import Collection
from typing import Any, ClassVar

from django.db import models
from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.blocks import Params
from automations.models import Decision, Enrollment, Reason
from automations.triggers.base import LOOKBACK, Edge, Occurrences, Trigger, days_ago
from members.models import Club, Member
from members.rules.days import AwayClock, start_of_day

GONE, MOVED = "row_gone", "row_moved"
AHEAD = dt.timedelta(days=1)
"""Known so long before it is so, such as who came to a class that is not over; nothing is done before it is."""


class MemberRowTrigger(Trigger):
    """Due: something happened lately to a row of the member's that still counts.

    One row is one occurrence, and a member may have several. Offered is the oldest that nobody acted upon and that is not too
    late, else the latest, so that the answer to it explains the member. What became too late
    without an answer since the workflow first asked goes before them where the answers are kept.
    """

    several = True
    usual_cooldown = 0
    Row: ClassVar[type[models.Model]]
    relation: ClassVar[str]
    """What a member calls her rows."""
    prefix: ClassVar[str]
    """The key of the row follows."""
    happened: ClassVar[str | Promise]
    """Like “Booked a class on %(day)s.”"""
    never: ClassVar[str | Promise]
    """Like “Has booked no class in the last %(days)s days.”"""
    asks: ClassVar[str | Promise]
    """What an explanation asks, like “booked a class in the last %(days)s days”."""

    # --- What each of them says about its rows, by their fields behind `at` --------------------------
    def of_club(self, club: Club, params: Params) -> dict[str, Any]:
        """Whose rows; a column of the row where it has one."""
        return {"club": club}

    def lately(self, clock: AwayClock, params: Params) -> dict[str, Any]:
        """Conditions on the row's own columns, for an index; true of every row that can count."""
        raise NotImplementedError

    def counts(self, now: dt.datetime, params: Params) -> Q:
        """What else must be true of a row."""
        return Q()

    def happened_at(self, at: str, clock: AwayClock, params: Params) -> Combinable:
        raise NotImplementedError

    def name_of(self, at: str) -> Combinable:
        """Of the occurrence; where a part of the row is in it, another value there is another occurrence."""
        return Concat(Value(self.prefix), Cast(f"{at}pk", CharField()), output_field=CharField())

    def key_of(self, at: str, clock: AwayClock, params: Params) -> Combinable:
        """Names the occurrence; begins with `name_of`, behind which may stand which of several it is."""
        return self.name_of(at)

    def is_too_late_for(self, now: dt.datetime, clock: AwayClock, params: Params) -> Q:
        """Of a row annotated with `happened_at`, whether nothing is done about it any more."""
        return Q(happened_at__lt=now - params.get("patience", LOOKBACK))

    def endings(self, now: dt.datetime, params: Params) -> list[tuple[str, Q]]:
        """When a row that counted does not any more, each with its reason."""
        return []

    def values_of(self, row: Any, clock: AwayClock) -> dict[str, str]:
        """A row's own values for the placeholders."""
        return {}

    related: ClassVar[tuple[str, ...]] = ()
    """What `values_of` reads besides the row."""

    # --- What the engine asks ------------------------------------------------------------------------
    def asked_by(
        self, workflow_id: int | None, patience: dt.timedelta, asks_since: dt.datetime | None
    ) -> Params:
        return {"workflow": workflow_id, "patience": patience, "asks_since": asks_since}

    def occurrences(
        self, club: Club, now: dt.datetime, params: Params, before: QuerySet[Enrollment]
    ) -> Occurrences:
        clock = AwayClock.of(club, now)
        too_late = self.is_too_late_for(now, clock, params)
        acted_upon = Exists(before.filter(member=OuterRef("member"), occurrence=OuterRef("name_of_it")))
        rows = self._rows(now, clock, params).filter(**self.of_club(club, params))
        offered = (
            rows.filter(member=OuterRef("pk"))
            .annotate(name_of_it=self.key_of("", clock, params))
            .annotate(
                is_passed=Case(
                    When(too_late, then=Value(True)),
                    When(acted_upon, then=Value(True)),
                    default=Value(False),
                )
            )
            .annotate(turn=Case(When(is_passed=False, then=F("happened_at"))))
            .order_by(F("turn").asc(nulls_last=True), "-happened_at", "-pk")
        )
        if asks_since := params.get("asks_since"):
            decided_about = Exists(
                Decision.objects.filter(
                    workflow=params["workflow"], member=OuterRef("member"), fact_at=OuterRef("happened_at")
                )
            )
            since_asked = Q(happened_at__gte=asks_since - params["patience"])
            missed = too_late & since_asked & ~Q(acted_upon) & ~Q(decided_about)
            offered = offered.annotate(missed_at=Case(When(missed, then=F("happened_at")))).order_by(
                F("missed_at").asc(nulls_last=True), *offered.query.order_by
            )
        # By equality PostgreSQL puts each member's rows in order once, to have a key to join by; by IN it would do so again for
        # each of the rows, which of members with many costs several times as much.
        own = self.of_club(club, params) | self.lately(clock, params)
        own["pk"] = Subquery(offered.values("pk")[:1])
        row = FilteredRelation(
            self.relation, condition=Q(**{f"{self.relation}__{name}": value for name, value in own.items()})
        )
        members = Member.objects.filter(club=club).annotate(row=row).annotate(row_key=F("row__pk"))
        return Occurrences(
            members=members,
            kept_out=[(Reason.NO_OCCASION, Q(row_key=None))],
            key=self.key_of("row__", clock, params),
            fact_at=self.happened_at("row__", clock, params),
            may_be_due=Q(pk__in=rows.order_by().values("member")),
            only_at_entry=frozenset({Reason.NO_OCCASION}),
        )

    def _rows(self, now: dt.datetime, clock: AwayClock, params: Params) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.Row._default_manager.filter(
            self.counts(now, params), **self.lately(clock, params)
        )
        rows = rows.annotate(happened_at=self.happened_at("", clock, params))
        return rows.filter(happened_at__gte=since(clock), happened_at__lte=now + AHEAD)

    def over(
        self, club: Club, now: dt.datetime, params: Params, occurrences: Collection[str]
    ) -> dict[str, str]:
        keys = self._keys(occurrences)
        rows = self.Row._default_manager.filter(pk__in=keys.values())
        endings = [When(condition, then=Value(reason)) for reason, condition in self.endings(now, params)]
        found = {
            pk: (name, ending)
            for pk, name, ending in rows.annotate(
                name_of_it=self.name_of(""),
                ending=Case(*endings, default=Value(""), output_field=CharField()),
            ).values_list("pk", "name_of_it", "ending")
        }
        over = {}
        for occurrence in occurrences:
            name, ending = found.get(keys.get(occurrence, 0), ("", GONE))
            if ending or not self.is_named(occurrence, name):
                over[occurrence] = ending or MOVED
        return over

    def is_named(self, occurrence: str, name: str) -> bool:
        """Whether an occurrence is still what its row is called."""
        return occurrence == name

    def contexts(self, occurrences: Collection[str], clock: AwayClock) -> dict[str, dict[str, str]]:
        keys = self._keys(occurrences)
        rows = self.Row._default_manager.select_related(*self.related).in_bulk(set(keys.values()))
        return {
            occurrence: self.values_of(rows[keys[occurrence]], clock) if keys.get(occurrence) in rows else {}
            for occurrence in occurrences
        }

    def _keys(self, occurrences: Collection[str]) -> dict[str, int]:
        """The row's key by occurrence, without those that another trigger named."""
        named = {one: one.removeprefix(self.prefix).partition(":")[0] for one in self.named(occurrences)}
        return {one: int(key) for one, key in named.items() if key.isdecimal()}

    # --- Its words -----------------------------------------------------------------------------------
    def unless(self, member: Member) -> str:
        return _("unless it is called off before")

    def edges(self, clock: AwayClock, params: Params) -> list[Edge]:
        lately = self.Row._default_manager.filter(member=OuterRef("pk"), **self.lately(clock, params))
        where = Q(Exists(lately))
        return [
            Edge(frozenset({Reason.DUE, Reason.COOLDOWN}), where, "-fact", days_ago(clock)),
            Edge(frozenset({Reason.MISSED}), where, "-fact", days_ago(clock)),
        ]

    def reason_text(self, reason: str, fact_at: dt.datetime | None, clock: AwayClock, params: Params) -> str:
        if reason == Reason.NO_OCCASION or fact_at is None:
            return str(self.never) % self.words(params)
        return str(self.happened) % {**self.words(params), "day": clock.in_words(clock.day_of(fact_at))}

    def words(self, params: Params) -> dict[str, Any]:
        """What its sentences name."""
        return {"days": LOOKBACK.days}

    def gates(
        self, member: Member, clock: AwayClock, params: Params
    ) -> list[tuple[tuple[Reason, ...], str, str]]:
        rows = self.Row._default_manager.filter(member=member, **self.lately(clock, params)).annotate(
            happened_at=self.happened_at("", clock, params)
        )
        latest = rows.order_by("-happened_at", "-pk").values_list("happened_at", flat=True).first()
        seen = clock.in_words(clock.day_of(latest)) if latest else _("nothing of the kind")
        return [((Reason.NO_OCCASION,), str(self.asks) % self.words(params), seen)]

    def next_chance_on(self, member: Member, clock: AwayClock, params: Params) -> dt.date | None:
        return clock.today


def since(clock: AwayClock) -> dt.datetime:
    """So far back is looked."""
    return start_of_day(clock.today - LOOKBACK, clock.zone)


IN_WORDS = {
    GONE: gettext_lazy("what it was about is gone"),
    MOVED: gettext_lazy("what it was about has changed"),
}
"""Why something planned is over; those of each trigger beside these."""
