"""Does a workflow bring members back? Those whom it follows up beside those whom it leaves out to compare."""

import datetime as dt
from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet

from automations.models import Enrollment, Reason, Workflow
from automations.reports.returns import WITHIN
from members.models import Club, Visit
from members.rules.wording import small_money_in_words
from messaging.models import Channel, Message
from messaging.rules.sms_parts import count_parts

LOOKS_BACK = dt.timedelta(days=365)
FEWEST = 30
"""Of fewer members on either side nothing is told but the numbers counted."""
LOOKED_AT = 200
"""So many texts are counted for the usual number of their parts."""
Z = 1.959964
"""The normal distribution's, for 95 %."""


@dataclass(frozen=True)
class Side:
    """How many were enrolled, and how many of them came back within 30 days."""

    members: int
    came_back: int

    @property
    def share(self) -> float:
        return self.came_back / self.members if self.members else 0.0

    @property
    def percent(self) -> int:
        return round(100 * self.share)


@dataclass(frozen=True)
class Comparison:
    """`lift`, `low` and `high` in percentage points: by how much more of those who were followed up came back, and the 95 %
    interval of it. `cost` of the messages and `cost_per_return` in words; empty where the club names no price.
    """

    followed_up: Side
    left_out: Side
    lift: float
    low: float
    high: float
    cost: str
    cost_per_return: str

    fewest: ClassVar[int] = FEWEST

    @property
    def is_early(self) -> bool:
        """Whether the figures tell nothing yet: too few, or the interval holds a difference of nothing."""
        return self.is_few or self.low <= 0 <= self.high

    @property
    def is_few(self) -> bool:
        """Whether there are so few that a share would only mislead."""
        return min(self.followed_up.members, self.left_out.members) < FEWEST


def compare(workflow: Workflow, *, now: dt.datetime) -> Comparison | None:
    """Since the first member was left out, a year at most, and up to 30 days ago: each had 30 days to come back.

    None if nobody was left out so long ago. Three queries, and at most three for what was sent.
    """
    control = Q(end_reason=Reason.CONTROL)
    until = now - WITHIN
    mine = Enrollment.objects.filter(
        workflow=workflow, enrolled_at__gt=now - LOOKS_BACK, enrolled_at__lte=until
    )
    began = mine.filter(control).aggregate(began=Min("enrolled_at"))["began"]
    if began is None:
        return None
    visited = Visit.objects.filter(
        member=OuterRef("member"),
        attended_at__gt=OuterRef("enrolled_at"),
        attended_at__lte=OuterRef("enrolled_at") + WITHIN,
    )
    last = Q(
        member__last_attended_at__gt=F("enrolled_at"), member__last_attended_at__lte=F("enrolled_at") + WITHIN
    )
    counts = mine.filter(enrolled_at__gte=began).aggregate(
        members=Count("pk", filter=~control),
        came_back=Count("pk", filter=~control & (last | Q(Exists(visited)))),
        left_out=Count("pk", filter=control),
        by_themselves=Count("pk", filter=control & (last | Q(Exists(visited)))),
    )
    followed_up = Side(counts["members"], counts["came_back"])
    left_out = Side(counts["left_out"], counts["by_themselves"])
    low, high = difference_interval(followed_up, left_out)
    lift = followed_up.share - left_out.share
    cost = _cost(workflow, began, until)
    more = lift * followed_up.members
    return Comparison(
        followed_up=followed_up,
        left_out=left_out,
        lift=100 * lift,
        low=100 * low,
        high=100 * high,
        cost=_in_words(cost, workflow.club),
        cost_per_return=_in_words(cost / more, workflow.club) if more >= 1 else "",
    )


def difference_interval(one: Side, other: Side) -> tuple[float, float]:
    """The 95 % interval of the difference of two shares: Newcombe's hybrid score interval (Statistics in Medicine 17, 1998,
    method 10), which holds for small groups and for shares near 0 and 1 as well.
    """
    if not one.members or not other.members:
        return -1.0, 1.0
    (low_1, high_1), (low_2, high_2) = _score_interval(one), _score_interval(other)
    difference = one.share - other.share
    low = difference - sqrt((one.share - low_1) ** 2 + (high_2 - other.share) ** 2)
    high = difference + sqrt((high_1 - one.share) ** 2 + (other.share - low_2) ** 2)
    return low, high


def _score_interval(side: Side) -> tuple[float, float]:
    """Wilson's."""
    n, p = side.members, side.share
    middle = p + Z**2 / (2 * n)
    reach = Z * sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    return (middle - reach) / (1 + Z**2 / n), (middle + reach) / (1 + Z**2 / n)


def _in_words(millionths: float, club: Club) -> str:
    return (
        small_money_in_words(round(millionths / 10_000) * 10_000, club.currency, club.locale)
        if millionths
        else ""
    )


def _cost(workflow: Workflow, since: dt.datetime, until: dt.datetime) -> int:
    """In millionths of the currency's unit, what was sent to those enrolled in between, as far as the club names prices.

    E-mails and WhatsApp messages are billed in US dollars, and so count where these are the club's currency.
    """
    club = workflow.club
    if not (club.sms_part_price or club.email_price or club.whatsapp_price):
        return 0
    sent = Message.objects.filter(
        step_run__enrollment__workflow=workflow,
        step_run__enrollment__enrolled_at__gte=since,
        step_run__enrollment__enrolled_at__lte=until,
        status=Message.Status.SENT,
    )
    cost = _cost_of_texts(sent.filter(channel=Channel.SMS), club.sms_part_price)
    if club.currency == "USD":
        numbers = dict(sent.order_by().values_list("channel").annotate(n=Count("pk")))
        cost += numbers.get(Channel.EMAIL, 0) * club.email_price
        cost += numbers.get(Channel.WHATSAPP, 0) * club.whatsapp_price
    return cost


def _cost_of_texts(texts: QuerySet[Message], part_price: int) -> int:
    some = list(texts.order_by("-pk").values_list("text_body", flat=True)[:LOOKED_AT]) if part_price else []
    if not some:
        return 0
    parts = sum(count_parts(text).parts for text in some) / len(some)
    return round(texts.count() * parts * part_price)
