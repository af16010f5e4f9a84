"""Milestone: so many classes attended, or so many years since joining."""

import datetime as dt
from collections.abc import Collection

from django import forms
from django.db.models import Case, CharField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Concat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from automations.blocks import BlockForm, Params
from automations.models import Enrollment, Reason
from automations.triggers import membership
from automations.triggers.base import LOOKBACK, Edge, Occurrences, Trigger, days_ago
from members.models import Club, Member, Visit
from members.rules.days import DAY, AwayClock, StartOfDay, start_of_day
from members.rules.yearly import falls_on, last_fell_on, years_since

CLASSES, ANNIVERSARY = "classes_attended", "anniversary"
BELONGS = (Reason.CANCELED, Reason.OTHER_STATUS)


class MilestoneForm(BlockForm):
    type = forms.ChoiceField(
        label=gettext_lazy("What is counted"),
        choices=[
            (CLASSES, gettext_lazy("visits")),
            (ANNIVERSARY, gettext_lazy("years since joining")),
        ],
        initial=CLASSES,
    )
    value = forms.IntegerField(
        label=gettext_lazy("How many"),
        initial=100,
        min_value=1,
        max_value=10_000,
        help_text=gettext_lazy("For example 100 visits, or 1 year. Each visit on record counts."),
    )

    def clean(self) -> Params:
        cleaned: Params = super().clean() or self.cleaned_data
        if cleaned.get("type") == ANNIVERSARY and cleaned.get("value", 0) > 100:
            self.add_error("value", _("That is more than a hundred years."))
        return cleaned


class Milestone(Trigger):
    """Due: made the visit of that number, or joined that many years ago, so lately that the workflow's patience bears it.

    Who joined on 29 February celebrates on 28 February in other years. The occurrence is the number reached, so that a visit taken
    back and made again is not celebrated twice; of an anniversary its day as well.
    """

    kind = "milestone"
    prefix = (f"{CLASSES}:", f"{ANNIVERSARY}:")
    main_number = ("value", 1, 100)
    label = gettext_lazy("Milestone")
    Form = MilestoneForm
    reads = (Visit,)
    once = gettext_lazy("once for each milestone")
    anew = gettext_lazy("another milestone would count")

    def overlaps(self, params: Params, others: Params) -> bool:
        return params == others

    def occurrences(
        self, club: Club, now: dt.datetime, params: Params, before: QuerySet[Enrollment]
    ) -> Occurrences:
        today, value = club.today(now), params["value"]
        sight = start_of_day(today, club.zone) - LOOKBACK
        members = Member.objects.filter(club=club)
        if params["type"] == CLASSES:
            reached = Visit.objects.filter(member=OuterRef("pk"), attended_at__lte=now).order_by(
                "attended_at"
            )
            # Only of those who came lately is counted how often they did.
            members = members.annotate(
                reached_at=Case(
                    When(
                        last_attended_at__gte=sight,
                        then=Subquery(reached.values("attended_at")[value - 1 : value]),
                    )
                )
            )
            return Occurrences(
                members=members,
                kept_out=[
                    *membership.kept_out(*BELONGS),
                    (Reason.NO_OCCASION, Q(reached_at=None) | Q(reached_at__lt=sight)),
                ],
                key=Value(f"{CLASSES}:{value}", output_field=CharField()),
                fact_at=F("reached_at"),
                may_be_due=Q(last_attended_at__gte=sight),
                only_at_entry=frozenset({Reason.NO_OCCASION}),
                lasts_for=DAY,
            )
        fell_on = last_fell_on("joined_on", today)
        fact = StartOfDay(fell_on, club.zone)
        nothing = Q(joined_on=None) | ~Q(years=value) | Q(celebrated_at__lt=sight)
        return Occurrences(
            members=members.annotate(celebrated_at=fact, years=years_since("joined_on", today)),
            kept_out=[*membership.kept_out(*BELONGS), (Reason.NO_OCCASION, nothing)],
            key=Concat(Value(f"{ANNIVERSARY}:{value}:"), fell_on),
            fact_at=fact,
            may_be_due=Q(
                joined_on__lte=falls_on(today, today.year - value) + 2 * DAY,
                joined_on__gte=falls_on(today, today.year - value) - LOOKBACK - 2 * DAY,
            ),
            only_at_entry=frozenset({Reason.NO_OCCASION}),
            lasts_for=DAY,
        )

    def contexts(self, occurrences: Collection[str], clock: AwayClock) -> dict[str, dict[str, str]]:
        names = {CLASSES: "classes_attended", ANNIVERSARY: "years"}
        numbers = {key: key.split(":") for key in self.named(occurrences)}
        return {key: {names[kind]: number} for key, (kind, number, *_day) in numbers.items()}

    def edges(self, clock: AwayClock, params: Params) -> list[Edge]:
        def to_come(fact: dt.datetime) -> tuple[int, str]:
            last = clock.day_of(fact)
            n = (falls_on(last, last.year + 1) - clock.today).days
            return n, ngettext("in %(n)s day", "in %(n)s days", n) % {"n": n}

        edges = [
            Edge(frozenset({Reason.DUE, Reason.COOLDOWN}), Q(), "-fact", days_ago(clock)),
            Edge(frozenset({Reason.MISSED}), Q(), "-fact", days_ago(clock)),
        ]
        if params["type"] == ANNIVERSARY:
            soon = Q(joined_on__isnull=False, years=params["value"] - 1)
            edges.append(Edge(frozenset({Reason.NO_OCCASION}), soon, "fact", to_come))
        return edges

    def sentence(self, params: Params) -> str:
        value = params["value"]
        if params["type"] == CLASSES:
            return _("When a member makes visit number %(n)s") % {"n": value}
        return ngettext(
            "On the day on which a member joined %(n)s year ago",
            "On the day on which a member joined %(n)s years ago",
            value,
        ) % {"n": value}

    def reason_text(self, reason: str, fact_at: dt.datetime | None, clock: AwayClock, params: Params) -> str:
        if said := membership.TEXTS.get(reason):
            return str(said)
        words = {"n": params["value"], "day": clock.in_words(clock.day_of(fact_at)) if fact_at else ""}
        match reason:
            case Reason.NO_OCCASION if params["type"] == CLASSES:
                return _("Did not make visit number %(n)s lately.") % words
            case Reason.NO_OCCASION if fact_at is None:
                return _("Nobody knows the day of joining.")
            case Reason.NO_OCCASION:
                return (
                    _("The last anniversary of joining was on %(day)s, and not number %(n)s lately.") % words
                )
            case _ if params["type"] == CLASSES:
                return _("Made visit number %(n)s on %(day)s.") % words
            case _:
                return _("Anniversary number %(n)s of joining was on %(day)s.") % words

    def gates(
        self, member: Member, clock: AwayClock, params: Params
    ) -> list[tuple[tuple[Reason, ...], str, str]]:
        if params["type"] == CLASSES:
            made = member.visits.count()
            asked = _("made visit number %(value)s lately") % params
            seen = ngettext("%(n)s visit on record", "%(n)s visits on record", made) % {"n": made}
        else:
            asked = _("joined %(value)s years ago") % params
            seen = clock.in_words(member.joined_on) if member.joined_on else _("not known")
        return [
            *membership.gates(member, *BELONGS),
            ((Reason.NO_OCCASION,), asked, seen),
        ]

    def next_chance_on(self, member: Member, clock: AwayClock, params: Params) -> dt.date | None:
        if params["type"] == CLASSES:
            return clock.today
        if member.joined_on is None:
            return None
        return max(falls_on(member.joined_on, member.joined_on.year + params["value"]), clock.today)
