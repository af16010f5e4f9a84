"""Follow-up status: a person has entered one of the fourteen."""

import datetime as dt

from django import forms
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.blocks import BlockForm, Params
from automations.models import Enrollment, Reason
from automations.triggers.base import Edge, Occurrences, Trigger, since_days
from members.models import Club, FollowUpStatus, Member
from members.rules.days import DAY, AwayClock, start_of_day

GO_ON, START_AGAIN = "go_on", "start_again"


class FollowUpStatusForm(BlockForm):
    status = forms.ChoiceField(label=gettext_lazy("When somebody becomes"), choices=FollowUpStatus.choices)
    within_days = forms.IntegerField(
        label=gettext_lazy("At most so many days ago"),
        initial=7,
        min_value=1,
        max_value=365,
        help_text=gettext_lazy(
            "Whoever has had the status for longer is left alone, such as everybody who has it when the workflow is "
            "switched on."
        ),
    )
    on_return = forms.ChoiceField(
        label=gettext_lazy("Who comes back to the status"),
        choices=[
            (GO_ON, gettext_lazy("goes on with the steps not taken yet")),
            (START_AGAIN, gettext_lazy("starts with the first step again")),
        ],
        initial=GO_ON,
    )


class FollowUpStatusEntered(Trigger):
    """Due: has the status since `within_days` calendar days of the club at most.

    The occurrence is the stay in the status, named by the instant at which it began. A stay that ends, ends what was
    planned for it.
    """

    kind = "follow_up_status"
    prefix = tuple(f"{status}:" for status in FollowUpStatus)
    main_number = ("within_days", 1, 30)
    label = gettext_lazy("Follow-up status")
    Form = FollowUpStatusForm
    reads = ()
    lasts = True
    too_late = Reason.TOO_LONG_AGO
    once = gettext_lazy("once per stay in the status")
    anew = gettext_lazy("coming back to the status later would count")

    def overlaps(self, params: Params, others: Params) -> bool:
        return bool(params["status"] == others["status"])

    def occurrences(
        self, club: Club, now: dt.datetime, params: Params, before: QuerySet[Enrollment]
    ) -> Occurrences:
        status, clock = params["status"], AwayClock(club.today(now), club.zone)
        too_late = self.is_too_late(clock, params)
        return Occurrences(
            members=Member.objects.filter(club=club),
            kept_out=[
                (Reason.OTHER_STATUS, ~Q(follow_up_status=status)),
                (Reason.TOO_LONG_AGO, too_late),
            ],
            key=Concat(Value(f"{status}:"), Cast("follow_up_status_since", CharField())),
            fact_at=F("follow_up_status_since"),
            may_be_due=Q(follow_up_status=status, follow_up_status_since__gte=_since(clock, params)),
            only_at_entry=frozenset({Reason.TOO_LONG_AGO}),
        )

    def is_too_late(self, clock: AwayClock, params: Params) -> Q:
        return Q(follow_up_status_since__lt=_since(clock, params))

    def unless(self, member: Member) -> str:
        return _("unless the status changes before")

    def goes_on(self, params: Params) -> bool:
        return bool(params["on_return"] == GO_ON)

    def edges(self, clock: AwayClock, params: Params) -> list[Edge]:
        status, since = params["status"], _since(clock, params)

        return [
            Edge(
                frozenset({Reason.DUE, Reason.COOLDOWN}),
                Q(follow_up_status=status, follow_up_status_since__gte=since),
                "follow_up_status_since",
                since_days(clock),
            ),
            Edge(
                frozenset({Reason.TOO_LONG_AGO}),
                Q(follow_up_status=status, follow_up_status_since__lt=since),
                "-follow_up_status_since",
                since_days(clock),
            ),
        ]

    def sentence(self, params: Params) -> str:
        return _("When somebody becomes “%(status)s”") % {"status": FollowUpStatus(params["status"]).label}

    def afterthought(self, params: Params) -> str:
        if self.goes_on(params):
            return ""
        return _("Who comes back to the status starts with the first step again.")

    def reason_text(self, reason: str, fact_at: dt.datetime | None, clock: AwayClock, params: Params) -> str:
        words = {
            "status": FollowUpStatus(params["status"]).label,
            "day": clock.in_words(clock.day_of(fact_at)) if fact_at else "",
            "days": params["within_days"],
        }
        match reason:
            case Reason.OTHER_STATUS if fact_at:
                return _("Has had another follow-up status than “%(status)s” since %(day)s.") % words
            case Reason.OTHER_STATUS:
                return _("Has no follow-up status yet.")
            case Reason.TOO_LONG_AGO:
                return _("“%(status)s” since %(day)s, which is more than %(days)s days ago.") % words
            case _:
                return _("“%(status)s” since %(day)s.") % words

    def gates(
        self, member: Member, clock: AwayClock, params: Params
    ) -> list[tuple[tuple[Reason, ...], str, str]]:
        wanted = FollowUpStatus(params["status"]).label
        since = member.follow_up_status_since
        return [
            (
                (Reason.OTHER_STATUS,),
                _("follow-up status “%(status)s”") % {"status": wanted},
                member.get_follow_up_status_display() or _("none yet"),
            ),
            (
                (Reason.TOO_LONG_AGO,),
                _("for %(days)s days at most") % {"days": params["within_days"]},
                _("since %(day)s") % {"day": clock.in_words(clock.day_of(since))}
                if since
                else _("no status yet"),
            ),
        ]

    def next_chance_on(self, member: Member, clock: AwayClock, params: Params) -> dt.date | None:
        return clock.today


def _since(clock: AwayClock, params: Params) -> dt.datetime:
    return start_of_day(clock.today - DAY * params["within_days"], clock.zone)
