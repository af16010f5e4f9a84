"""Missed class: a member who used to come has stayed away for some days."""

import datetime as dt
from collections.abc import Collection
from typing import ClassVar

from django import forms
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat, TruncDate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from automations.blocks import BlockForm, Params
from automations.models import Enrollment, Reason
from automations.triggers import membership
from automations.triggers.base import Edge, Occurrences, Trigger
from members.models import Club, Member, Visit
from members.rules.days import AwayClock


class MissedClassForm(BlockForm):
    min_days = forms.IntegerField(
        label=gettext_lazy("Away for at least (days)"),
        initial=7,
        min_value=1,
        max_value=3650,
        help_text=gettext_lazy("Days on which the club was shut do not count."),
    )
    max_days = forms.IntegerField(
        label=gettext_lazy("and fewer than (days)"),
        initial=35,
        min_value=2,
        max_value=3650,
        help_text=gettext_lazy("From then on nobody is messaged."),
    )
    hand_over = forms.BooleanField(
        label=gettext_lazy("Open a staff task for recurring members who are away longer"),
        initial=True,
        required=False,
    )

    def clean(self) -> Params:
        cleaned: Params = super().clean() or self.cleaned_data
        if "min_days" in cleaned and "max_days" in cleaned and cleaned["min_days"] >= cleaned["max_days"]:
            self.add_error("max_days", _("Must be more than the days in the line above."))
        return cleaned


class MissedClass(Trigger):
    """Due: last attended at least `min_days` and fewer than `max_days` ago, neither frozen nor canceled.

    Days are calendar days in the club's zone without those on which it was shut. The occurrence is the absence,
    named by the day of the last visit, so that one absence is followed up once.
    """

    kind = "missed_class"
    prefix: ClassVar[str] = "absence:"
    label = gettext_lazy("Missed class")
    Form = MissedClassForm
    came_back = frozenset({Reason.ATTENDED_RECENTLY})
    lasts = is_absence = True
    too_late = Reason.INACTIVE
    reads = (Visit,)
    main_number = ("min_days", 1, 30)
    once = gettext_lazy("once per absence")
    anew = gettext_lazy("a new absence would count")

    def unless(self, member: Member) -> str:
        return _("unless %(name)s comes first") % {"name": member.first_name}

    def occurrences(
        self, club: Club, now: dt.datetime, params: Params, before: QuerySet[Enrollment]
    ) -> Occurrences:
        clock = AwayClock.of(club, now)
        since, until = clock.away_for(params["min_days"]), clock.away_for(params["max_days"])
        too_long = self.is_too_late(clock, params)
        return Occurrences(
            members=Member.objects.filter(club=club),
            kept_out=[
                *membership.kept_out(Reason.CANCELED, Reason.FROZEN),
                (Reason.NEVER_ATTENDED, Q(last_attended_at=None)),
                (Reason.ATTENDED_RECENTLY, Q(last_attended_at__gte=since)),
                (Reason.INACTIVE_RECURRING, too_long & Q(is_recurring=True)),
                (Reason.INACTIVE, too_long),
            ],
            key=Concat(
                Value(self.prefix), Cast(TruncDate("last_attended_at", tzinfo=club.zone), CharField())
            ),
            fact_at=F("last_attended_at"),
            may_be_due=Q(last_attended_at__lt=since, last_attended_at__gte=until),
        )

    def slipped_through(self, after: dt.datetime, before: dt.datetime, clock: AwayClock, params: Params) -> Q:
        not_yet = Q(last_attended_at__gte=clock.at(after).away_for(params["min_days"]))
        return not_yet & self.is_too_late(clock.at(before), params)

    def overlaps(self, params: Params, others: Params) -> bool:
        return bool(params["min_days"] < others["max_days"] and others["min_days"] < params["max_days"])

    def edges(self, clock: AwayClock, params: Params) -> list[Edge]:
        enough, too_long = params["min_days"], params["max_days"]
        since, until = clock.away_for(enough), clock.away_for(too_long)
        qualifies = frozenset({Reason.DUE, Reason.COOLDOWN})
        between = Q(last_attended_at__lt=since, last_attended_at__gte=until)

        def days_away(last: dt.datetime) -> int:
            return clock.days_away(clock.day_of(last))

        def said(last: dt.datetime, words: str) -> str:
            n = days_away(last)
            return ngettext("%(n)s day away: %(words)s", "%(n)s days away: %(words)s", n) % {
                "n": n,
                "words": words,
            }

        def beyond(last: dt.datetime) -> tuple[int, str]:
            days = days_away(last) - enough
            more = ngettext("%(n)s more than needed", "%(n)s more than needed", days) % {"n": days}
            return days, said(last, more if days else _("just long enough"))

        def left(last: dt.datetime) -> tuple[int, str]:
            days = too_long - 1 - days_away(last)
            more = ngettext(
                "%(n)s day left before it is too long", "%(n)s days left before it is too long", days
            ) % {"n": days}
            return days, said(last, more if days else _("the last day before it is too long"))

        def short(last: dt.datetime) -> tuple[int, str]:
            days = enough - days_away(last)
            return days, said(last, ngettext("%(n)s day short", "%(n)s days short", days) % {"n": days})

        def beyond_the_end(last: dt.datetime) -> tuple[int, str]:
            days = days_away(last) - too_long + 1
            over = ngettext("%(n)s day too long", "%(n)s days too long", days) % {"n": days}
            return days, said(last, over)

        gone = frozenset({Reason.INACTIVE_RECURRING, Reason.INACTIVE})
        return [
            Edge(qualifies, between, "-last_attended_at", beyond),
            Edge(qualifies, between, "last_attended_at", left),
            Edge(
                frozenset({Reason.ATTENDED_RECENTLY}),
                Q(last_attended_at__gte=since),
                "last_attended_at",
                short,
            ),
            Edge(gone, Q(last_attended_at__lt=until), "-last_attended_at", beyond_the_end),
        ]

    def sentence(self, params: Params) -> str:
        return (
            _("When a member has stayed away for %(min_days)s days or more, but fewer than %(max_days)s")
            % params
        )

    def afterthought(self, params: Params) -> str:
        if not params.get("hand_over"):
            return ""
        return _("Recurring members who stay away longer are left to a person, with a staff task.")

    def contexts(self, occurrences: Collection[str], clock: AwayClock) -> dict[str, dict[str, str]]:
        last_on = {
            key: dt.date.fromisoformat(key.removeprefix(self.prefix)) for key in self.named(occurrences)
        }
        return {key: {"days_away": str(clock.days_away(day))} for key, day in last_on.items()}

    def handed_over(self, params: Params) -> frozenset[Reason]:
        return frozenset({Reason.INACTIVE_RECURRING}) if params.get("hand_over") else frozenset()

    def hand_over_description(self, params: Params) -> str:
        return _(
            "Away for %(days)s days or more with a recurring membership: please get in touch in person."
        ) % {"days": params["max_days"]}

    def reason_text(self, reason: str, fact_at: dt.datetime | None, clock: AwayClock, params: Params) -> str:
        if said := membership.TEXTS.get(reason):
            return str(said)
        if fact_at is None:
            away = ""
        else:
            last_on = clock.day_of(fact_at)
            days = clock.days_away(last_on)
            away = ngettext(
                "Last came on %(day)s, %(days)s day away", "Last came on %(day)s, %(days)s days away", days
            ) % {
                "day": clock.in_words(last_on),
                "days": days,
            } + clock.not_counted(last_on)
        match reason:
            case Reason.NEVER_ATTENDED:
                return _("Has never attended, so there is nothing to miss.")
            case Reason.ATTENDED_RECENTLY:
                return _("%(away)s, needs %(days)s.") % {"away": away, "days": params["min_days"]}
            case Reason.INACTIVE_RECURRING:
                return _("%(away)s: %(days)s or more with a recurring membership is left to a person.") % {
                    "away": away,
                    "days": params["max_days"],
                }
            case Reason.INACTIVE:
                return _("%(away)s: %(days)s or more is too long for a message.") % {
                    "away": away,
                    "days": params["max_days"],
                }
            case _:
                return f"{away}."

    def gates(
        self, member: Member, clock: AwayClock, params: Params
    ) -> list[tuple[tuple[Reason, ...], str, str]]:
        if member.last_attended_at is None:
            last, away = _("never"), _("no visit yet")
        else:
            last_on = clock.day_of(member.last_attended_at)
            days = clock.days_away(last_on)
            last = clock.in_words(last_on)
            away = ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
            away += clock.not_counted(last_on)
        return [
            *membership.gates(member, Reason.CANCELED, Reason.FROZEN),
            ((Reason.NEVER_ATTENDED,), _("has attended"), last),
            ((Reason.ATTENDED_RECENTLY,), _("away at least %(min_days)s days") % params, away),
            (
                (Reason.INACTIVE_RECURRING, Reason.INACTIVE),
                _("away fewer than %(max_days)s days") % params,
                away,
            ),
        ]

    def next_chance_on(self, member: Member, clock: AwayClock, params: Params) -> dt.date | None:
        if member.last_attended_at is None:
            return None
        return clock.day_when_away_for(params["min_days"], clock.day_of(member.last_attended_at))
