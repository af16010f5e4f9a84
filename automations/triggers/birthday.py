"""Birthday: a member has one today."""

import datetime as dt

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from automations.blocks import Params
from automations.models import Enrollment, Reason
from automations.triggers import membership
from automations.triggers.base import LOOKBACK, Edge, Occurrences, Trigger, days_ago
from members.models import Club, Member
from members.rules.days import DAY, AwayClock, StartOfDay, start_of_day
from members.rules.yearly import last_fell_on, next_on


class Birthday(Trigger):
    """Due: the member's birthday is today in the club's zone, or was so lately that the workflow's patience bears it.

    29 February falls on 28 February in other years. The occurrence is named by the day, so that each year counts anew.
    """

    kind = "birthday"
    prefix = "birthday:"
    label = gettext_lazy("Birthday")
    reads = ()
    once = gettext_lazy("once for each birthday")
    anew = gettext_lazy("the next birthday would count")

    def occurrences(
        self, club: Club, now: dt.datetime, params: Params, before: QuerySet[Enrollment]
    ) -> Occurrences:
        today = club.today(now)
        fell_on = last_fell_on("birthday_on", today)
        # The expression itself, since what is compared with it must be an instant in both databases.
        fact = StartOfDay(fell_on, club.zone)
        return Occurrences(
            members=Member.objects.filter(club=club).annotate(celebrated_at=fact),
            kept_out=[
                *membership.kept_out(Reason.CANCELED),
                (
                    Reason.NO_OCCASION,
                    Q(birthday_on=None) | Q(celebrated_at__lt=start_of_day(today, club.zone) - LOOKBACK),
                ),
            ],
            key=Concat(Value(self.prefix), fell_on),
            fact_at=fact,
            may_be_due=Q(birthday_on__isnull=False),
            only_at_entry=frozenset({Reason.NO_OCCASION}),
            lasts_for=DAY,
        )

    def edges(self, clock: AwayClock, params: Params) -> list[Edge]:
        def to_come(fact: dt.datetime) -> tuple[int, str]:
            n = (next_on(clock.day_of(fact), clock.today) - clock.today).days
            return n, ngettext("in %(n)s day", "in %(n)s days", n) % {"n": n}

        known = Q(birthday_on__isnull=False)
        return [
            Edge(frozenset({Reason.DUE, Reason.COOLDOWN}), known, "-fact", days_ago(clock)),
            Edge(frozenset({Reason.MISSED}), known, "-fact", days_ago(clock)),
            Edge(frozenset({Reason.NO_OCCASION}), known, "fact", to_come),
        ]

    def sentence(self, params: Params) -> str:
        return _("On a member's birthday")

    def reason_text(self, reason: str, fact_at: dt.datetime | None, clock: AwayClock, params: Params) -> str:
        if said := membership.TEXTS.get(reason):
            return str(said)
        if fact_at is None:
            return _("Nobody knows the birthday.")
        return _("The last birthday was on %(day)s.") % {"day": clock.in_words(clock.day_of(fact_at))}

    def gates(
        self, member: Member, clock: AwayClock, params: Params
    ) -> list[tuple[tuple[Reason, ...], str, str]]:
        day = next_on(member.birthday_on, clock.today) if member.birthday_on else None
        return [
            *membership.gates(member, Reason.CANCELED),
            (
                (Reason.NO_OCCASION,),
                _("has a birthday"),
                _("the next one on %(day)s") % {"day": clock.in_words(day)} if day else _("not known"),
            ),
        ]

    def next_chance_on(self, member: Member, clock: AwayClock, params: Params) -> dt.date | None:
        if member.birthday_on is None:
            return None
        coming = next_on(member.birthday_on, clock.today - LOOKBACK)
        return max(coming, clock.today)
