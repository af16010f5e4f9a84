"""Membership expiring: an agreement ends soon, and nothing follows it."""

import datetime as dt
from collections.abc import Collection
from typing import ClassVar

from django import forms
from django.db.models import (
    CharField,
    DateField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from automations.blocks import BlockForm, Params
from automations.models import Enrollment, Reason
from automations.triggers.base import LOOKBACK, Edge, Occurrences, Trigger
from members.models import Agreement, Club, Member
from members.rules.days import DAY, AwayClock, StartOfDay

RENEWED = "membership_renewed"
IN_WORDS = {RENEWED: gettext_lazy("the membership goes on")}


class MembershipExpiringForm(BlockForm):
    days_before = forms.IntegerField(
        label=gettext_lazy("At most so many days before the end"),
        initial=14,
        min_value=1,
        max_value=365,
        help_text=gettext_lazy(
            "Whoever has a later agreement is left alone, and so is whoever renews meanwhile."
        ),
    )


class MembershipExpiring(Trigger):
    """Due: the last of a member's active agreements ends within `days_before` days, today included.

    An agreement with a successor, or without an end, is none that ends; trials are left aside. The occurrence is the agreement with
    its end, and it is over when it is renewed or canceled.
    """

    kind = "membership_expiring"
    prefix: ClassVar[str] = "agreement:"
    main_number = ("days_before", 1, 60)
    label = gettext_lazy("Membership expiring")
    Form = MembershipExpiringForm
    reads = (Agreement,)
    too_late = Reason.TOO_LONG_AGO
    once = gettext_lazy("once for each agreement and end")
    anew = gettext_lazy("another end would count")

    def unless(self, member: Member) -> str:
        return _("unless %(name)s renews before") % {"name": member.first_name}

    def occurrences(
        self, club: Club, now: dt.datetime, params: Params, before: QuerySet[Enrollment]
    ) -> Occurrences:
        today, window = club.today(now), DAY * params["days_before"]
        last = _active(Agreement.objects.filter(member=OuterRef("pk"))).order_by(
            F("ends_on").desc(nulls_first=True), "-pk"
        )
        return Occurrences(
            members=Member.objects.filter(club=club).annotate(
                ending=Subquery(last.values("pk")[:1], output_field=IntegerField()),
                ends_on=Subquery(last.values("ends_on")[:1], output_field=DateField()),
            ),
            kept_out=[
                (
                    Reason.NO_OCCASION,
                    Q(ends_on=None) | Q(ends_on__gt=today + window) | Q(ends_on__lt=today - LOOKBACK),
                ),
                # Nobody is told that something ends soon once it has ended.
                (Reason.TOO_LONG_AGO, self.is_too_late(AwayClock(today, club.zone), params)),
            ],
            key=Concat(
                Value(self.prefix), Cast("ending", CharField()), Value(":"), Cast("ends_on", CharField())
            ),
            fact_at=StartOfDay(F("ends_on"), club.zone) - window,
            may_be_due=Q(
                Exists(
                    _active(
                        Agreement.objects.filter(
                            member=OuterRef("pk"), ends_on__range=(today, today + window)
                        )
                    )
                )
            ),
            only_at_entry=frozenset({Reason.NO_OCCASION, Reason.TOO_LONG_AGO}),
            lasts_for=window + LOOKBACK + DAY,
        )

    def is_too_late(self, clock: AwayClock, params: Params) -> Q:
        return Q(ends_on__lt=clock.today)

    def over(
        self, club: Club, now: dt.datetime, params: Params, occurrences: Collection[str]
    ) -> dict[str, str]:
        ends = self._parsed(occurrences)
        after = _active(Agreement.objects.filter(member=OuterRef("member"))).filter(
            Q(ends_on=None) | Q(ends_on__gt=OuterRef("ends_on"))
        )
        agreements = {
            agreement.pk: agreement
            for agreement in Agreement.objects.filter(
                club=club, pk__in={pk for pk, _day in ends.values()}
            ).annotate(has_successor=Exists(after))
        }
        over: dict[str, str] = {}
        for key, (pk, day) in ends.items():
            agreement = agreements.get(pk)
            if agreement is None or agreement.alert == Agreement.Alert.CANCELED:
                over[key] = Reason.CANCELED
            elif agreement.has_successor or agreement.ends_on is None or agreement.ends_on > day:
                over[key] = RENEWED
        return over

    def contexts(self, occurrences: Collection[str], clock: AwayClock) -> dict[str, dict[str, str]]:
        return {
            key: {"ends_on": clock.in_words(day), "days_left": str(max((day - clock.today).days, 0))}
            for key, (_pk, day) in self._parsed(occurrences).items()
        }

    def _parsed(self, occurrences: Collection[str]) -> dict[str, tuple[int, dt.date]]:
        """The agreement and its end by occurrence."""
        parts = {key: key.removeprefix(self.prefix).split(":") for key in self.named(occurrences)}
        return {key: (int(number), dt.date.fromisoformat(day)) for key, (number, day) in parts.items()}

    def edges(self, clock: AwayClock, params: Params) -> list[Edge]:
        def left(fact: dt.datetime) -> tuple[int, str]:
            n = (self._ends_on(fact, clock, params) - clock.today).days
            return n, ngettext("ends in %(n)s day", "ends in %(n)s days", n) % {"n": n} if n else _(
                "ends today"
            )

        def within(fact: dt.datetime) -> tuple[int, str]:
            n, said = left(fact)
            return params["days_before"] - n, said

        def short(fact: dt.datetime) -> tuple[int, str]:
            n, said = left(fact)
            return n - params["days_before"], said

        def gone(fact: dt.datetime) -> tuple[int, str]:
            n = (clock.today - self._ends_on(fact, clock, params)).days
            return n, ngettext("ended %(n)s day ago", "ended %(n)s days ago", n) % {"n": n}

        due, far = frozenset({Reason.DUE, Reason.COOLDOWN}), clock.today + DAY * params["days_before"]
        return [
            Edge(due, Q(ends_on__range=(clock.today, far)), "-ends_on", within),
            Edge(due, Q(ends_on__range=(clock.today, far)), "ends_on", left),
            Edge(frozenset({Reason.NO_OCCASION}), Q(ends_on__gt=far), "ends_on", short),
            Edge(frozenset({Reason.TOO_LONG_AGO}), Q(ends_on__lt=clock.today), "-ends_on", gone),
        ]

    def sentence(self, params: Params) -> str:
        days = params["days_before"]
        return ngettext(
            "%(n)s day before a membership ends that nothing follows",
            "%(n)s days before a membership ends that nothing follows",
            days,
        ) % {"n": days}

    def reason_text(self, reason: str, fact_at: dt.datetime | None, clock: AwayClock, params: Params) -> str:
        if fact_at is None:
            return _("Has no agreement with an end.")
        ends_on = self._ends_on(fact_at, clock, params)
        words = {"day": clock.in_words(ends_on), "days": params["days_before"]}
        if reason != Reason.NO_OCCASION:
            return _("The membership ends on %(day)s, and nothing follows it.") % words
        if ends_on < clock.today:
            return _("The membership ended on %(day)s.") % words
        return _("The membership ends on %(day)s, which is more than %(days)s days ahead.") % words

    def gates(
        self, member: Member, clock: AwayClock, params: Params
    ) -> list[tuple[tuple[Reason, ...], str, str]]:
        ends_on = _last_end(member)
        seen = _("ends on %(day)s") % {"day": clock.in_words(ends_on)} if ends_on else _("no end")
        asked = _("the last agreement ends within %(days_before)s days") % params
        return [((Reason.NO_OCCASION,), asked, seen), ((Reason.TOO_LONG_AGO,), _("has not ended yet"), seen)]

    def next_chance_on(self, member: Member, clock: AwayClock, params: Params) -> dt.date | None:
        ends_on = _last_end(member)
        if ends_on is None or ends_on < clock.today:
            return None
        counts_from: dt.date = ends_on - DAY * params["days_before"]
        return max(counts_from, clock.today)

    def _ends_on(self, fact: dt.datetime, clock: AwayClock, params: Params) -> dt.date:
        return clock.day_of(fact + DAY * params["days_before"])


def _active(agreements: QuerySet[Agreement]) -> QuerySet[Agreement]:
    return agreements.filter(status=Agreement.Status.ACTIVE, is_trial=False)


def _last_end(member: Member) -> dt.date | None:
    ends = list(_active(member.agreements.all()).values_list("ends_on", flat=True))
    return None if None in ends or not ends else max(end for end in ends if end)
