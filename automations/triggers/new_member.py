"""New member: somebody joined some days ago."""

import datetime as dt

from django import forms
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from automations.blocks import BlockForm, Params
from automations.models import Enrollment, Reason
from automations.triggers import membership
from automations.triggers.base import LOOKBACK, Edge, Occurrences, Trigger
from members.models import Club, Member
from members.rules.days import DAY, AwayClock, StartOfDay


class NewMemberForm(BlockForm):
    days_since_join = forms.IntegerField(
        label=gettext_lazy("Days after joining"),
        initial=1,
        min_value=0,
        max_value=365,
        help_text=gettext_lazy("0 is the day of joining itself, 1 the day after it."),
    )


class NewMember(Trigger):
    """Due: joined `days_since_join` calendar days ago in the club's zone, or so lately before that the patience bears it.

    The occurrence is the joining, named by its day.
    """

    kind = "new_member"
    prefix = "joined:"
    main_number = ("days_since_join", 0, 60)
    label = gettext_lazy("New member")
    Form = NewMemberForm
    reads = ()
    once = gettext_lazy("once for each joining")
    anew = gettext_lazy("joining again would count")

    def overlaps(self, params: Params, others: Params) -> bool:
        return bool(params["days_since_join"] == others["days_since_join"])

    def occurrences(
        self, club: Club, now: dt.datetime, params: Params, before: QuerySet[Enrollment]
    ) -> Occurrences:
        newest = club.today(now) - DAY * params["days_since_join"]
        return Occurrences(
            members=Member.objects.filter(club=club),
            kept_out=[
                *membership.kept_out(Reason.CANCELED, Reason.OTHER_STATUS),
                (Reason.NO_OCCASION, Q(joined_on=None) | Q(joined_on__lt=newest - LOOKBACK)),
                (Reason.TOO_NEW, Q(joined_on__gt=newest)),
            ],
            key=Concat(Value(self.prefix), Cast("joined_on", CharField())),
            fact_at=StartOfDay(F("joined_on"), club.zone),
            may_be_due=Q(joined_on__lte=newest, joined_on__gte=newest - LOOKBACK),
            only_at_entry=frozenset({Reason.NO_OCCASION}),
            lasts_for=DAY * (params["days_since_join"] + 1),
        )

    def edges(self, clock: AwayClock, params: Params) -> list[Edge]:
        newest = clock.today - DAY * params["days_since_join"]

        def late(fact: dt.datetime) -> tuple[int, str]:
            n = (newest - clock.day_of(fact)).days
            said = ngettext("%(n)s day later than that", "%(n)s days later than that", n) % {"n": n}
            return n, said if n else _("today is the day")

        def short(fact: dt.datetime) -> tuple[int, str]:
            n = (clock.day_of(fact) - newest).days
            return n, ngettext("%(n)s day short", "%(n)s days short", n) % {"n": n}

        return [
            Edge(frozenset({Reason.DUE, Reason.COOLDOWN}), Q(joined_on__lte=newest), "-joined_on", late),
            Edge(frozenset({Reason.MISSED}), Q(joined_on__lte=newest), "-joined_on", late),
            Edge(frozenset({Reason.TOO_NEW}), Q(joined_on__gt=newest), "joined_on", short),
        ]

    def sentence(self, params: Params) -> str:
        days = params["days_since_join"]
        if not days:
            return _("When somebody joins")
        return ngettext("%(n)s day after somebody joined", "%(n)s days after somebody joined", days) % {
            "n": days
        }

    def reason_text(self, reason: str, fact_at: dt.datetime | None, clock: AwayClock, params: Params) -> str:
        if said := membership.TEXTS.get(reason):
            return str(said)
        words = {
            "day": clock.in_words(clock.day_of(fact_at)) if fact_at else "",
            "days": params["days_since_join"],
        }
        match reason:
            case _ if fact_at is None:
                return _("Nobody knows the day of joining.")
            case Reason.TOO_NEW:
                return _("Joined on %(day)s; days to wait: %(days)s.") % words
            case _:
                return _("Joined on %(day)s.") % words

    def gates(
        self, member: Member, clock: AwayClock, params: Params
    ) -> list[tuple[tuple[Reason, ...], str, str]]:
        joined = clock.in_words(member.joined_on) if member.joined_on else _("not known")
        return [
            *membership.gates(member, Reason.CANCELED, Reason.OTHER_STATUS),
            ((Reason.NO_OCCASION,), _("joined not long ago"), joined),
            ((Reason.TOO_NEW,), _("joined at least %(days_since_join)s days ago") % params, joined),
        ]

    def next_chance_on(self, member: Member, clock: AwayClock, params: Params) -> dt.date | None:
        if member.joined_on is None:
            return None
        counts_on: dt.date = member.joined_on + DAY * params["days_since_join"]
        return max(counts_on, clock.today)
