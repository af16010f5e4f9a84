"""Low engagement: a member has come less often within some days than they should."""

import datetime as dt

from django import forms
from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When, Window
from django.db.models.functions import Cast, Coalesce, Concat, Lead, TruncDate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from automations.blocks import BlockForm, Params
from automations.models import Enrollment, Reason
from automations.triggers import membership
from automations.triggers.base import Edge, Occurrences, Trigger, since_days
from members.models import Club, Member, Visit
from members.rules.days import DAY, AwayClock, StartOfDay

REMEMBERED = 400 * DAY
"""Who did not come often enough in so long is taken never to have done so since joining."""


class LowEngagementForm(BlockForm):
    inactive_days = forms.IntegerField(
        label=gettext_lazy("Within the last (days)"),
        initial=30,
        min_value=2,
        max_value=365,
        help_text=gettext_lazy(
            "Days on which the club was shut do not count. Who joined within them is not judged."
        ),
    )
    min_activity_level = forms.IntegerField(
        label=gettext_lazy("came fewer times than"),
        initial=2,
        min_value=1,
        max_value=100,
        help_text=gettext_lazy("2 means: not at all or once. Each visit on record counts."),
    )
    max_days = forms.IntegerField(
        label=gettext_lazy("and was away fewer than (days)"),
        initial=60,
        min_value=2,
        max_value=3650,
        required=False,
        help_text=gettext_lazy("Whoever has been away for longer is left alone. Empty for no limit."),
    )


class LowEngagement(Trigger):
    """Due: fewer than `min_activity_level` visits within the last `inactive_days` open days, today included.

    The occurrence is the spell, which lasts until the member has come often enough again. It is named by the day of the first of the
    last visits that were often enough: they do not change before it is over, whoever comes now and then in between.
    """

    kind = "low_engagement"
    prefix = "often:"
    main_number = ("min_activity_level", 1, 10)
    label = gettext_lazy("Low engagement")
    Form = LowEngagementForm
    came_back = frozenset({Reason.ACTIVE_ENOUGH})
    lasts = True
    too_late = Reason.INACTIVE
    reads = (Visit,)
    once = gettext_lazy("once until the member comes often enough again")
    anew = gettext_lazy("after that, coming less again would count")

    def unless(self, member: Member) -> str:
        return _("unless %(name)s comes often enough before") % {"name": member.first_name}

    def occurrences(
        self, club: Club, now: dt.datetime, params: Params, before: QuerySet[Enrollment]
    ) -> Occurrences:
        clock, level = AwayClock.of(club, now), params["min_activity_level"]
        days = DAY * params["inactive_days"]
        since = clock.away_for(params["inactive_days"])
        came = _came(level, since)
        kept_out = [
            *membership.kept_out(Reason.CANCELED, Reason.FROZEN, Reason.OTHER_STATUS),
            (Reason.TOO_NEW, Q(joined_on__gt=clock.today - days)),
            (Reason.ACTIVE_ENOUGH, came),
        ]
        if params["max_days"]:
            kept_out.append((Reason.INACTIVE, self.is_too_late(clock, params)))
        return Occurrences(
            # The long way back only for those whom it concerns.
            members=Member.objects.filter(club=club).annotate(
                often_at=Case(
                    When(came, then=_first_that_counts(level, since)),
                    default=Coalesce(
                        _last_often_enough(level, days, now), StartOfDay("joined_on", club.zone)
                    ),
                )
            ),
            kept_out=kept_out,
            key=Concat(
                Value(self.prefix),
                Coalesce(Cast(TruncDate("often_at", tzinfo=club.zone), CharField()), Value("never")),
            ),
            fact_at=F("often_at") + days,
            only_at_entry=frozenset({Reason.TOO_NEW, Reason.INACTIVE}),
        )

    def edges(self, clock: AwayClock, params: Params) -> list[Edge]:
        def to_go(fact: dt.datetime) -> tuple[int, str]:
            n = max((clock.day_of(fact) - clock.today).days, 1)
            return n, ngettext("%(n)s day left to come again", "%(n)s days left to come again", n) % {"n": n}

        return [
            Edge(frozenset({Reason.DUE, Reason.COOLDOWN}), Q(), "-fact", since_days(clock)),
            Edge(frozenset({Reason.ACTIVE_ENOUGH}), Q(), "fact", to_go),
        ]

    def sentence(self, params: Params) -> str:
        level = params["min_activity_level"]
        return ngettext(
            "When a member has come fewer than %(n)s time within %(days)s days",
            "When a member has come fewer than %(n)s times within %(days)s days",
            level,
        ) % {"n": level, "days": params["inactive_days"]}

    def reason_text(self, reason: str, fact_at: dt.datetime | None, clock: AwayClock, params: Params) -> str:
        if said := membership.TEXTS.get(reason):
            return str(said)
        words = {
            "n": params["min_activity_level"],
            "days": params["inactive_days"],
            "max": params["max_days"],
            "day": clock.in_words(clock.day_of(fact_at)) if fact_at else "",
        }
        match reason:
            case Reason.TOO_NEW:
                return _("Joined within the last %(days)s days, which is too short to judge.") % words
            case Reason.ACTIVE_ENOUGH:
                return _("Came often enough within the last %(days)s days: needed are %(n)s visits.") % words
            case Reason.INACTIVE:
                return _("Away for %(max)s days or more, which is too long for a message.") % words
            case _ if fact_at:
                return _("Fewer than %(n)s visits within %(days)s days, since %(day)s.") % words
            case _:
                return _("Fewer than %(n)s visits within %(days)s days.") % words

    def gates(
        self, member: Member, clock: AwayClock, params: Params
    ) -> list[tuple[tuple[Reason, ...], str, str]]:
        made = member.visits.filter(attended_at__gte=clock.away_for(params["inactive_days"])).count()
        gates: list[tuple[tuple[Reason, ...], str, str]] = [
            *membership.gates(member, Reason.CANCELED, Reason.FROZEN, Reason.OTHER_STATUS),
            (
                (Reason.TOO_NEW,),
                _("joined at least %(inactive_days)s days ago") % params,
                clock.in_words(member.joined_on) if member.joined_on else _("not known"),
            ),
            (
                (Reason.ACTIVE_ENOUGH,),
                _("fewer than %(min_activity_level)s visits within %(inactive_days)s days") % params,
                ngettext("%(n)s visit on record", "%(n)s visits on record", made) % {"n": made},
            ),
        ]
        if params["max_days"]:
            last = member.last_attended_at
            seen = clock.in_words(clock.day_of(last)) if last else _("never")
            gates.append(((Reason.INACTIVE,), _("away fewer than %(max_days)s days") % params, seen))
        return gates

    def next_chance_on(self, member: Member, clock: AwayClock, params: Params) -> dt.date | None:
        days, level = params["inactive_days"], params["min_activity_level"]
        joined = member.joined_on + DAY * days if member.joined_on else clock.today
        visits = member.visits.order_by("-attended_at").values_list("attended_at", flat=True)
        nth = visits[level - 1 : level].first() if level > 1 else member.last_attended_at
        leaves = clock.day_when_away_for(days, clock.day_of(nth)) if nth else clock.today
        return max(joined, leaves, clock.today)


def _came(level: int, since: dt.datetime) -> Q:
    """At least `level` times since then; a last visit that only a file knew is one."""
    came = Q(last_attended_at__isnull=False, last_attended_at__gte=since)
    return came if level == 1 else came & Q(Exists(_others(level, since)))


def _first_that_counts(level: int, since: dt.datetime) -> Subquery | F:
    """The last visit but so many, of somebody who came at least `level` times since then."""
    return F("last_attended_at") if level == 1 else Subquery(_others(level, since).values("attended_at"))


def _others(level: int, since: dt.datetime) -> QuerySet[Visit]:
    """The visit that makes the last one number `level`, if it was since then."""
    visits = Visit.objects.filter(
        member=OuterRef("pk"), attended_at__gte=since, attended_at__lt=OuterRef("last_attended_at")
    )
    return visits.order_by("-attended_at")[level - 2 : level - 1]


def _last_often_enough(level: int, days: dt.timedelta, now: dt.datetime) -> Subquery | F:
    """The first of the last `level` visits that lie within so many days of one another."""
    if level == 1:
        return F("last_attended_at")
    visits = (
        Visit.objects.filter(member=OuterRef("pk"), attended_at__gt=now - REMEMBERED, attended_at__lte=now)
        .annotate(nth=Window(Lead("attended_at", offset=level - 1), order_by="attended_at"))
        .filter(nth__lt=F("attended_at") + days)
        .order_by("-attended_at")
    )
    return Subquery(visits.values("attended_at")[:1])
