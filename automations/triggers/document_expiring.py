"""Document expiring: something that a member handed in is good for some more days, and nothing newer is on file."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import (
    Case,
    CharField,
    DateField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from automations.blocks import BlockForm, Params
from automations.models import Enrollment, Reason
from automations.triggers import membership
from automations.triggers.base import LOOKBACK, Edge, Occurrences
from automations.triggers.member_rows import MemberRowTrigger
from members.models import Club, Document, Member
from members.rules.days import DAY, AwayClock, DaysLater, StartOfDay
from members.rules.documents import is_replaced

REPLACED = "document_replaced"
IN_WORDS = {REPLACED: gettext_lazy("a newer one is on file")}
ANY = ("", gettext_lazy("any document"))
MOST_REMINDERS, FARTHEST = 5, 365


class DocumentExpiringForm(BlockForm):
    document = forms.ChoiceField(
        label=gettext_lazy("Which document"), choices=[ANY, *Document.Kind.choices], required=False
    )
    days_before = forms.CharField(
        label=gettext_lazy("Days before it expires"),
        initial="30, 14, 7",
        max_length=40,
        help_text=gettext_lazy(
            "Each number is one reminder. A document that is entered late gets the one that is due, and those still to come."
        ),
    )

    def clean_days_before(self) -> str:
        numbers = [part.strip() for part in self.cleaned_data["days_before"].split(",")]
        if not all(number.isascii() and number.isdecimal() for number in numbers):
            raise ValidationError(_("Write numbers with commas between them, like 30, 14, 7."))
        days = sorted({int(number) for number in numbers}, reverse=True)
        if len(days) > MOST_REMINDERS or not all(1 <= n <= FARTHEST for n in days):
            words = {"most": MOST_REMINDERS, "farthest": FARTHEST}
            raise ValidationError(_("At most %(most)s numbers, each from 1 to %(farthest)s.") % words)
        return ", ".join(map(str, days))


class DocumentExpiring(MemberRowTrigger):
    """Due: a document that nothing newer replaces is within so many days of its last day, that day included.

    Each of the numbers of days is an occurrence of its own. One that nobody was there for until the next number has come is taken
    over by that one; after the last day nobody is reminded any more.
    """

    kind = "document_expiring"
    looks_back = False
    label = gettext_lazy("Document expiring")
    Form = DocumentExpiringForm
    Row = Document
    reads = (Document,)
    relation = "documents"
    prefix = "document:"
    too_late = Reason.TOO_LONG_AGO
    once = gettext_lazy("once for each reminder of a document")
    anew = gettext_lazy("the next reminder would count")
    happened = gettext_lazy("A document expires soon; a reminder of it is due since %(day)s.")
    never = gettext_lazy("Has no such document that expires within %(days)s days.")
    asks = gettext_lazy("a document expires within %(days)s days")

    def lately(self, clock: AwayClock, params: Params) -> dict[str, Any]:
        first = {"expires_on__gte": clock.today - LOOKBACK}
        last = {"expires_on__lte": clock.today + DAY * _days(params)[0]}
        return first | last | ({"kind": params["document"]} if params.get("document") else {})

    def counts(self, now: dt.datetime, params: Params) -> Q:
        return ~Q(is_replaced())

    def happened_at(self, at: str, clock: AwayClock, params: Params) -> Combinable:
        return self._by_reminder(
            at, clock, params, lambda n: StartOfDay(DaysLater(f"{at}expires_on", -n), clock.zone)
        )

    def name_of(self, at: str) -> Combinable:
        expires_on = Cast(Cast(f"{at}expires_on", DateField()), CharField())
        return Concat(super().name_of(at), Value(":"), expires_on, output_field=CharField())

    def key_of(self, at: str, clock: AwayClock, params: Params) -> Combinable:
        reminder = self._by_reminder(at, clock, params, lambda n: Value(f":{n}"))
        return Concat(self.name_of(at), reminder, output_field=CharField())

    def is_named(self, occurrence: str, name: str) -> bool:
        return occurrence.rpartition(":")[0] == name

    def _by_reminder(self, at: str, clock: AwayClock, params: Params, of: Any) -> Case:
        """What `of` makes of the number of days of the reminder that a document is in."""
        days = _days(params)
        whens = [
            When(Q(**{f"{at}expires_on__gt": clock.today + DAY * after}), then=of(n))
            for n, after in pairwise(days)
        ]
        return Case(*whens, default=of(days[-1]))

    def is_too_late_for(self, now: dt.datetime, clock: AwayClock, params: Params) -> Q:
        return Q(expires_on__lt=clock.today)

    def is_too_late(self, clock: AwayClock, params: Params) -> Q:
        return Q(expires_on__lt=clock.today)

    def occurrences(
        self, club: Club, now: dt.datetime, params: Params, before: QuerySet[Enrollment]
    ) -> Occurrences:
        found, clock = super().occurrences(club, now, params, before), AwayClock.of(club, now)
        return replace(
            found,
            members=found.members.annotate(
                expires_on=F("row__expires_on"),
                next_expires_on=Subquery(_farther(clock, params).values("expires_on")[:1]),
            ),
            kept_out=[
                *membership.kept_out(Reason.CANCELED),
                *found.kept_out,
                (Reason.TOO_LONG_AGO, self.is_too_late(clock, params)),
            ],
            only_at_entry=found.only_at_entry | {Reason.TOO_LONG_AGO},
            lasts_for=DAY * _days(params)[0] + LOOKBACK + DAY,
        )

    def _rows(self, now: dt.datetime, clock: AwayClock, params: Params) -> QuerySet[Any]:
        rows = Document.objects.filter(self.counts(now, params), **self.lately(clock, params))
        return rows.annotate(happened_at=self.happened_at("", clock, params))

    def endings(self, now: dt.datetime, params: Params) -> list[tuple[str, Q]]:
        return [(REPLACED, Q(is_replaced()))]

    def values_of(self, row: Document, clock: AwayClock) -> dict[str, str]:
        if row.expires_on is None:
            return {}
        return {
            "document": row.name or str(row.get_kind_display()).lower(),
            "expires_on": clock.in_words(row.expires_on),
            "days_left": str(max((row.expires_on - clock.today).days, 0)),
        }

    # --- Its words -----------------------------------------------------------------------------------
    def words(self, params: Params) -> dict[str, Any]:
        return {"days": _days(params)[0]}

    def sentence(self, params: Params) -> str:
        days = [str(n) for n in _days(params)]
        said = _("%(first)s or %(last)s") % {"first": ", ".join(days[:-1]), "last": days[-1]}
        kind = params.get("document")
        words = {
            "document": str(Document.Kind(kind).label).lower() if kind else _("document"),
            "days": said if len(days) > 1 else days[0],
        }
        return _("When a %(document)s expires in %(days)s days and no newer one is on file") % words

    def reason_text(self, reason: str, fact_at: dt.datetime | None, clock: AwayClock, params: Params) -> str:
        if reason in membership.TEXTS:
            return str(membership.TEXTS[reason])
        if reason == Reason.TOO_LONG_AGO:
            return _("A document has expired, and nothing newer is on file.")
        return super().reason_text(reason, fact_at, clock, params)

    def edges(self, clock: AwayClock, params: Params) -> list[Edge]:
        def left(expires_on: dt.date) -> tuple[int, str]:
            n = (expires_on - clock.today).days
            said = ngettext("expires in %(n)s day", "expires in %(n)s days", n) % {"n": n}
            return n, said if n else _("expires today")

        def enough(expires_on: dt.date) -> tuple[int, str]:
            n, said = left(expires_on)
            return _days(params)[0] - n, said

        def gone(expires_on: dt.date) -> tuple[int, str]:
            n = (clock.today - expires_on).days
            return n, ngettext("expired %(n)s day ago", "expired %(n)s days ago", n) % {"n": n}

        def early(expires_on: dt.date) -> tuple[int, str]:
            n, said = left(expires_on)
            return n - _days(params)[0], said

        due, far = frozenset({Reason.DUE, Reason.COOLDOWN}), clock.today + DAY * _days(params)[0]
        within, coming = Q(expires_on__range=(clock.today, far)), Q(Exists(_farther(clock, params)))
        return [
            Edge(due, within, "-expires_on", enough, of="expires_on"),
            Edge(due, within, "expires_on", left, of="expires_on"),
            Edge(frozenset({Reason.NO_OCCASION}), coming, "next_expires_on", early, of="next_expires_on"),
            Edge(
                frozenset({Reason.TOO_LONG_AGO}),
                Q(expires_on__lt=clock.today),
                "-expires_on",
                gone,
                of="expires_on",
            ),
        ]

    def gates(
        self, member: Member, clock: AwayClock, params: Params
    ) -> list[tuple[tuple[Reason, ...], str, str]]:
        rows = _standing(params).filter(member=member, expires_on__gte=clock.today - LOOKBACK)
        found = [(one, one.expires_on) for one in rows.order_by("expires_on", "pk") if one.expires_on]
        far = clock.today + DAY * _days(params)[0]
        over = [one for one in found if one[1] < clock.today]
        within = [one for one in found if clock.today <= one[1] <= far]
        seen = _("nothing of the kind")
        # What was decided about, or else what comes.
        for document, day in within[:1] or over[-1:] or found[:1]:
            said = (
                _("“%(document)s” expired on %(day)s")
                if over and not within
                else _("“%(document)s” expires on %(day)s")
            )
            seen = said % {"document": document, "day": clock.in_words(day)}
        return [
            *membership.gates(member, Reason.CANCELED),
            ((Reason.NO_OCCASION,), str(self.asks) % self.words(params), seen),
            ((Reason.TOO_LONG_AGO,), _("has not expired yet"), seen),
        ]

    def unless(self, member: Member) -> str:
        return _("unless a newer one comes in before")

    def next_chance_on(self, member: Member, clock: AwayClock, params: Params) -> dt.date | None:
        days = list(self._reminders(member, clock, params))
        return clock.today if not days or min(days) <= clock.today else min(days)

    def _reminders(self, member: Member, clock: AwayClock, params: Params) -> Iterator[dt.date]:
        rows = _standing(params).filter(member=member, expires_on__gte=clock.today)
        for expires_on in rows.values_list("expires_on", flat=True):
            if expires_on:
                yield from (expires_on - DAY * n for n in _days(params))


def _standing(params: Params) -> QuerySet[Document]:
    """Those of the kind that nothing newer replaces."""
    kind = {"kind": params["document"]} if params.get("document") else {}
    return Document.objects.filter(~Q(is_replaced()), **kind)


def _farther(clock: AwayClock, params: Params) -> QuerySet[Document]:
    """Of a member, those whose first reminder comes within the next weeks, the soonest first."""
    far = clock.today + DAY * _days(params)[0]
    soon = _standing(params).filter(member=OuterRef("pk"), expires_on__gt=far, expires_on__lte=far + LOOKBACK)
    return soon.order_by("expires_on", "pk")


def _days(params: Params) -> list[int]:
    """The numbers of days, the largest first."""
    return [int(n) for n in str(params["days_before"]).split(",")]
