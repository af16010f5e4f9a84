"""How well the retention risk would have foretold who lapsed in the last 90 days: the score of then against what came of it."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from members.models import Club, Member, MembershipStatus, Visit
from members.models.members import Stage
from members.rules.days import DAY
from members.rules.risk import told

AHEAD = 90 * DAY
LAPSED_AFTER = 60 * DAY
FEWEST = 20
"""Of fewer who lapsed, or of fewer who stayed, nothing can be said."""

Counted = tuple[float, int]
"""A value, and how many have it."""


@dataclass(frozen=True)
class Tenth:
    """Those whose score lay within a tenth of the scale, their mean score and the share of them who lapsed."""

    begins: float
    members: int
    mean_score: float
    lapsed_share: float


@dataclass(frozen=True)
class Evaluation:
    """`auc`: how often, of one who lapsed and one who stayed, the former had the higher score; 0.5 is chance. None if too few.

    `auc_of_gap` is that of the days since the last visit alone, which the score has to be worth more than.
    """

    as_of: dt.datetime
    lapsed: int
    stayed: int
    auc: float | None
    auc_of_gap: float | None
    tenths: list[Tenth]


def evaluate_risk(club: Club, now: dt.datetime) -> Evaluation:
    """Two statements. Judged are those who had come in the 60 days before then, and whose membership was active as far as is
    known; whoever is frozen now is left aside. Lapsed is who has canceled since, or did not come in the last 60 days.

    Visits, missed classes, and payments are taken as they were known to have been then. What an agreement owes is known as of
    now alone, unless it says since when.
    """
    then = now - AHEAD
    members = _judged(club, then)
    came = Visit.objects.filter(
        member=OuterRef("pk"), attended_at__gt=now - LAPSED_AFTER, attended_at__lte=now
    )
    left = (
        Q(membership_status=MembershipStatus.CANCELED)
        | Q(stage=Stage.FORMER)
        | ~(Q(Exists(came)) | Q(last_attended_at__gt=now - LAPSED_AFTER, last_attended_at__isnull=False))
    )
    lapsed, stayed = _counted(members.filter(left), club, then), _counted(members.exclude(left), club, then)
    numbers = sum(lapsed.values()), sum(stayed.values())
    is_enough = min(numbers) >= FEWEST
    by_score = [[(score, n) for (score, _gap), n in one.items()] for one in (lapsed, stayed)]
    by_gap = [[(float(gap), n) for (_score, gap), n in one.items()] for one in (lapsed, stayed)]
    return Evaluation(
        as_of=then,
        lapsed=numbers[0],
        stayed=numbers[1],
        auc=area_under_curve(*by_score) if is_enough else None,
        auc_of_gap=area_under_curve(*by_gap) if is_enough else None,
        tenths=_tenths(*by_score),
    )


def area_under_curve(higher: Iterable[Counted], lower: Iterable[Counted]) -> float:
    """Mann and Whitney's: the share of pairs of one of each in which the first has the higher value, a tie counting half."""
    first, second = _summed(higher), _summed(lower)
    won, below = 0.0, 0
    for value in sorted({*first, *second}):
        won += first[value] * (below + second[value] / 2)
        below += second[value]
    return won / (sum(first.values()) * sum(second.values()))


def _summed(counted: Iterable[Counted]) -> Counter[float]:
    total: Counter[float] = Counter()
    for value, number in counted:
        total[value] += number
    return total


def _judged(club: Club, then: dt.datetime) -> QuerySet[Member]:
    came = Visit.objects.filter(
        member=OuterRef("pk"), attended_at__gt=then - LAPSED_AFTER, attended_at__lte=then
    )
    versions = Member.history.model.objects.filter(id=OuterRef("pk"), history_date__lte=then).order_by(
        "-history_date", "-history_id"
    )
    inactive = (MembershipStatus.FROZEN, MembershipStatus.CANCELED)
    return (
        Member.objects.filter(club=club, stage__in=(Stage.MEMBER, Stage.FORMER))
        .filter(Q(Exists(came)) | Q(last_attended_at__gt=then - LAPSED_AFTER, last_attended_at__lte=then))
        .exclude(membership_status=MembershipStatus.FROZEN)
        .annotate(status_then=Subquery(versions.values("membership_status")[:1]))
        .exclude(status_then__isnull=False, status_then__in=inactive)
    )


def _counted(members: QuerySet[Member], club: Club, then: dt.datetime) -> Counter[tuple[float, int]]:
    """How many have each score and gap."""
    asks = "SELECT risk, gap, COUNT(*) FROM told GROUP BY risk, gap"
    rows = told(members, club, then, asks, judged=Q(pk__isnull=False))
    return Counter({(float(score), gap): number for score, gap, number in rows})


def _tenths(lapsed: list[Counted], stayed: list[Counted]) -> list[Tenth]:
    tenths = []
    for tenth in range(10):
        ours, theirs = (
            [(score, n) for score, n in one if min(int(score * 10 + 1e-9), 9) == tenth]
            for one in (lapsed, stayed)
        )
        members = sum(n for _score, n in (*ours, *theirs))
        if members:
            total = sum(score * n for score, n in (*ours, *theirs))
            tenths.append(Tenth(tenth / 10, members, total / members, sum(n for _, n in ours) / members))
    return tenths
