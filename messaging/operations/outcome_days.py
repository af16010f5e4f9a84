"""Counting what became of messages, day by day: yesterday and today every few minutes, six weeks every night.

A day is always counted as a whole and put in the place of what was counted before. So events may come late, come twice,
or be corrected, and two that count at the same time come to the same.
"""

import datetime as dt
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, TruncDate

from members.models import Club, Visit
from members.rules.days import DAY, start_of_day
from messaging.models import Channel, ConsentRecord, Message, OutcomeDay
from messaging.rules.answers import answers
from messaging.rules.fates import ARRIVED, CLICKED_AT, NOT_ARRIVED, OPENED_AT

RECENT = 2
"""Days that are counted every few minutes, today among them."""
SETTLES_FOR = 45
"""Days after which nothing changes any more: a member may come back for 30, and receipts may be late."""
AT_ONCE = 7
"""Days in one transaction."""
CAME_BACK_WITHIN = dt.timedelta(days=30)
OPTED_OUT_WITHIN = dt.timedelta(days=7)
LEFT_AT_LAST = dt.timedelta(days=14)
"""After it was written: quiet hours, pauses and a workflow's patience."""
NOT_TAKEN, NOT_WRITTEN = "provider_refused", "not_written"

EDITION = 1
"""Raised when more is counted, or otherwise: all days are then counted anew, some each night."""
SECONDS_FOR_EARLIER = 240.0

Status = Message.Status
Key = tuple[dt.date, str, str, int | None, str]
BY = ("day", "channel", "origin", "template", "variant")
FIGURES = ("opened", "clicked", "replied", "came_back", "parts", "billed", "cost")


def count_recent(clubs: Iterable[Club], *, now: dt.datetime) -> int:
    """Today and yesterday of each club, and whatever a club has from before anything was counted; the rows written."""
    written = 0
    first_message = (
        Message.objects.filter(club=OuterRef("pk")).order_by("created_at").values("created_at")[:1]
    )
    is_counted = Exists(OutcomeDay.objects.filter(club=OuterRef("pk")))
    new = Club.objects.filter(~is_counted).annotate(oldest=Subquery(first_message))
    oldest = dict(new.filter(oldest__isnull=False).order_by().values_list("pk", "oldest"))
    for club in clubs:
        today = club.today(now)
        first = today - (RECENT - 1) * DAY
        if club.pk in oldest:
            first = min(first, oldest[club.pk].astimezone(club.zone).date())
        written += count_days(club=club, first=first, last=today, now=now)
    return written


def count_settling(clubs: Iterable[Club], *, now: dt.datetime, seconds: float = SECONDS_FOR_EARLIER) -> int:
    """Every day of each club that may still change; the rows written.

    Then, for so many `seconds`, those that were counted in an earlier edition, the latest first; the next time goes on.
    """
    give_up_at = time.monotonic() + seconds
    written = 0
    for club in clubs:
        today = club.today(now)
        written += count_days(club=club, first=today - SETTLES_FOR * DAY, last=today, now=now)
    for club in clubs:
        earlier = OutcomeDay.objects.filter(club=club, edition__lt=EDITION).order_by("-day")
        while time.monotonic() < give_up_at and (row := earlier.first()):
            written += count_days(club=club, first=row.day - (AT_ONCE - 1) * DAY, last=row.day, now=now)
    return written


def count_days(*, club: Club, first: dt.date, last: dt.date, now: dt.datetime) -> int:
    """The days from `first` to `last`, both included; the rows written. A constant number of queries for each week."""
    written = 0
    while first <= last:
        until = min(first + (AT_ONCE - 1) * DAY, last)
        written += _count(club, first, until, now)
        first = until + DAY
    return written


def _count(club: Club, first: dt.date, last: dt.date, now: dt.datetime) -> int:
    since, until = start_of_day(first, club.zone), start_of_day(last + DAY, club.zone)
    messages = Message.objects.filter(club=club, created_at__gte=since, created_at__lt=until)
    numbers, reasons = _outcomes(club, messages)
    for key, number in _opted_out(club, messages, since, until).items():
        numbers[key]["opted_out"] = number
    rows = [
        OutcomeDay(
            club=club,
            day=day,
            channel=channel,
            origin=origin,
            template_id=template,
            template_number=template or 0,
            variant=variant,
            edition=EDITION,
            reasons=dict(reasons[key]),
            counted_at=now,
            **numbers[key],
        )
        for key in numbers
        for day, channel, origin, template, variant in (key,)
    ]
    try:
        with transaction.atomic():
            OutcomeDay.objects.filter(club=club, day__gte=first, day__lte=last).delete()
            OutcomeDay.objects.bulk_create(rows)
    except IntegrityError:
        # Somebody else counted the same days at the same moment, and was first.
        return 0
    return len(rows)


def _outcomes(club: Club, messages: Any) -> tuple[dict[Key, Counter[str]], dict[Key, Counter[str]]]:
    numbers: dict[Key, Counter[str]] = defaultdict(Counter)
    reasons: dict[Key, Counter[str]] = defaultdict(Counter)
    grouped = (
        messages.filter(status__in=[Status.SENT, Status.FAILED, Status.UNKNOWN])
        .order_by()
        .annotate(
            day=TruncDate("created_at", tzinfo=club.zone),
            was_tried=Case(When(attempts=0, then=Value(False)), default=Value(True)),
        )
        .values(*BY, "status", "fate", "fate_reason", "was_tried")
        .annotate(
            n=Count("pk"),
            opened=Count(OPENED_AT),
            clicked=Count(CLICKED_AT),
            replied=Count("pk", filter=Exists(answers().filter(in_reply_to=OuterRef("pk")))),
            came_back=Count("pk", filter=_came_back()),
            parts=Coalesce(Sum("parts"), 0),
            billed=Count("cost"),
            # Before the sum, which has the column's name.
            not_billed=Count("pk", filter=Q(cost=None)),
            cost=Coalesce(Sum("cost"), 0),
        )
    )
    prices = {Channel.EMAIL: club.email_price, Channel.WHATSAPP: club.whatsapp_price}
    for row in grouped:
        key = (row["day"], row["channel"], row["origin"], row["template"], row["variant"])
        found = numbers[key]
        for name in FIGURES:
            found[name] += row[name]
        _sort_out(row, found, reasons[key])
        if price := prices.get(row["channel"]):
            _add_price(row, found, price)
    return numbers, reasons


def _sort_out(row: dict[str, Any], found: Counter[str], reasons: Counter[str]) -> None:
    number = row["n"]
    match row["status"]:
        case Status.UNKNOWN:
            found["unknown"] += number
        case Status.FAILED:
            found["failed"] += number
            reasons[NOT_TAKEN if row["was_tried"] else NOT_WRITTEN] += number
        case _:
            found["sent"] += number
            if row["fate"] in ARRIVED:
                found["delivered"] += number
            elif row["fate"] in NOT_ARRIVED:
                found["failed"] += number
                reasons[row["fate_reason"] or row["fate"]] += number


def _add_price(row: dict[str, Any], found: Counter[str], price: int) -> None:
    """What the club says that one costs, where no receipt tells: each e-mail that left, and each WhatsApp message that did
    not come back, since WhatsApp bills what it delivers.
    """
    if row["status"] == Status.SENT:
        found["billed"] += row["not_billed"]
        if row["channel"] == Channel.EMAIL or row["fate"] not in NOT_ARRIVED:
            found["cost"] += row["not_billed"] * price


def _came_back() -> Q:
    """The member visited after it had left, and within 30 days; by the visits written down, or the last one by itself."""
    visited = Visit.objects.filter(
        member=OuterRef("member"),
        attended_at__gt=OuterRef("sent_at"),
        attended_at__lte=OuterRef("sent_at") + CAME_BACK_WITHIN,
    )
    last = Q(
        member__last_attended_at__gt=F("sent_at"),
        member__last_attended_at__lte=F("sent_at") + CAME_BACK_WITHIN,
    )
    return Q(status=Status.SENT) & (last | Q(Exists(visited)))


def _opted_out(club: Club, messages: Any, since: dt.datetime, until: dt.datetime) -> dict[Key, int]:
    """Who said no to a channel within a week of a message on it, put down to the last one before."""
    before = Message.objects.filter(
        member=OuterRef("member"),
        channel=OuterRef("channel"),
        status=Status.SENT,
        sent_at__lte=OuterRef("recorded_at"),
        sent_at__gt=OuterRef("recorded_at") - OPTED_OUT_WITHIN,
    ).order_by("-pk")
    said_no = (
        ConsentRecord.objects.filter(
            is_granted=False,
            member__club=club,
            recorded_at__gte=since,
            recorded_at__lt=until + LEFT_AT_LAST + OPTED_OUT_WITHIN,
        )
        .annotate(because_of=Subquery(before.values("pk")[:1]))
        .filter(because_of__in=messages.order_by().values("pk"))
    )
    counted = (
        Message.objects.filter(pk__in=said_no.order_by().values("because_of"))
        .order_by()
        .annotate(day=TruncDate("created_at", tzinfo=club.zone))
        .values_list(*BY)
        .annotate(n=Count("pk"))
    )
    return {
        (day, channel, origin, template, variant): n for day, channel, origin, template, variant, n in counted
    }
