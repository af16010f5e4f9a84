"""High retention risk: a member's score has come to a threshold."""

import datetime as dt

from django import forms
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.blocks import BlockForm, Params
from automations.models import Enrollment, Reason
from automations.triggers import membership
from automations.triggers.base import Edge, Occurrences, Trigger
from members.models import Club, Member, Visit
from members.rules.days import AwayClock
from members.rules.risk import TO_WATCH

SEEN_LATELY = 2
"""Who came within so many days is not written to, however high the score of the night before."""


class HighRetentionRiskForm(BlockForm):
    risk_score_threshold = forms.FloatField(
        label=gettext_lazy("Retention risk of at least"),
        initial=0.7,
        min_value=TO_WATCH,
        max_value=1,
        help_text=gettext_lazy("From 0.4 to 1. Each member's page says their risk and why."),
    )
    max_days = forms.IntegerField(
        label=gettext_lazy("and away fewer than (days)"),
        initial=60,
        min_value=3,
        max_value=3650,
        required=False,
        help_text=gettext_lazy("Whoever has been away for longer is left alone. Empty for no limit."),
    )


class HighRetentionRisk(Trigger):
    """Due: the score as of last night is at least the threshold.

    The occurrence is the time during which the member's score has been one to watch without a break, named by its first day: a score
    that only wavers about the threshold is followed up once, and one that was well below it in between counts anew.
    """

    kind = "high_retention_risk"
    prefix = "risk:"
    looks_back = False
    label = gettext_lazy("High retention risk")
    Form = HighRetentionRiskForm
    came_back = frozenset({Reason.ATTENDED_RECENTLY, Reason.LOW_RISK})
    lasts = True
    too_late = Reason.INACTIVE
    reads = (Visit,)
    once = gettext_lazy("once for as long as the risk stays")
    anew = gettext_lazy("a risk that comes back would count")

    def unless(self, member: Member) -> str:
        return _("unless %(name)s comes first") % {"name": member.first_name}

    def occurrences(
        self, club: Club, now: dt.datetime, params: Params, before: QuerySet[Enrollment]
    ) -> Occurrences:
        clock, threshold = AwayClock.of(club, now), params["risk_score_threshold"]
        kept_out = [
            *membership.kept_out(Reason.CANCELED, Reason.FROZEN),
            (Reason.ATTENDED_RECENTLY, Q(last_attended_at__gte=clock.away_for(SEEN_LATELY))),
            (Reason.LOW_RISK, Q(retention_risk__lt=threshold) | Q(retention_risk_since=None)),
        ]
        if params["max_days"]:
            kept_out.append((Reason.INACTIVE, self.is_too_late(clock, params)))
        return Occurrences(
            members=Member.objects.filter(club=club),
            kept_out=kept_out,
            key=Concat(Value(self.prefix), Cast("retention_risk_since", CharField())),
            fact_at=F("retention_risk_since"),
            may_be_due=Q(retention_risk__gte=threshold),
            only_at_entry=frozenset({Reason.INACTIVE}),
        )

    def edges(self, clock: AwayClock, params: Params) -> list[Edge]:
        threshold = params["risk_score_threshold"]

        def distance(score: float) -> tuple[int, str]:
            return round(abs(score - threshold) * 100), _("risk %(risk)s") % {"risk": _shown(score)}

        above, below = Q(retention_risk__gte=threshold), Q(retention_risk__lt=threshold, retention_risk__gt=0)
        due = frozenset({Reason.DUE, Reason.COOLDOWN})
        return [
            Edge(due, above, "retention_risk", distance, of="retention_risk"),
            Edge(frozenset({Reason.LOW_RISK}), below, "-retention_risk", distance, of="retention_risk"),
        ]

    def sentence(self, params: Params) -> str:
        return _("When a member's retention risk comes to %(risk)s") % {
            "risk": _shown(params["risk_score_threshold"])
        }

    def reason_text(self, reason: str, fact_at: dt.datetime | None, clock: AwayClock, params: Params) -> str:
        if said := membership.TEXTS.get(reason):
            return str(said)
        words = {
            "risk": _shown(params["risk_score_threshold"]),
            "day": clock.in_words(clock.day_of(fact_at)) if fact_at else "",
            "days": params["max_days"],
        }
        match reason:
            case Reason.ATTENDED_RECENTLY:
                return _("Came today or yesterday.")
            case Reason.LOW_RISK if fact_at:
                return _("At risk since %(day)s, but with less than %(risk)s.") % words
            case Reason.LOW_RISK:
                return _("Not at risk.")
            case Reason.INACTIVE:
                return _("At risk since %(day)s, and away for %(days)s days or more.") % words
            case _:
                return _("At risk since %(day)s, with %(risk)s or more.") % words

    def gates(
        self, member: Member, clock: AwayClock, params: Params
    ) -> list[tuple[tuple[Reason, ...], str, str]]:
        last_on = clock.day_of(member.last_attended_at) if member.last_attended_at else None
        last = clock.in_words(last_on) if last_on else _("never")
        gates: list[tuple[tuple[Reason, ...], str, str]] = [
            *membership.gates(member, Reason.CANCELED, Reason.FROZEN),
            ((Reason.ATTENDED_RECENTLY,), _("did not come today or yesterday"), last),
            (
                (Reason.LOW_RISK,),
                _("risk of %(risk)s or more") % {"risk": _shown(params["risk_score_threshold"])},
                _shown(member.retention_risk),
            ),
        ]
        if params["max_days"]:
            gates.append(((Reason.INACTIVE,), _("away fewer than %(max_days)s days") % params, last))
        return gates

    def next_chance_on(self, member: Member, clock: AwayClock, params: Params) -> dt.date | None:
        if member.last_attended_at is None:
            return clock.today
        return clock.day_when_away_for(SEEN_LATELY, clock.day_of(member.last_attended_at))


def _shown(score: float) -> str:
    return str(number_format(score, 2))
