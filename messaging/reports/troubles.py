"""What became of the last messages of one origin, such as a workflow: how many failed, bounced, or were complained about."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower

from messaging.models import Message, Suppression

Status = Message.Status
GIVEN = (Status.SENT, Status.FAILED, Status.UNKNOWN)
LOOKED_AT = 5_000
Origin = tuple[int, str]
"""A club and what asked for the messages."""


def in_trouble(since: dt.datetime) -> set[Origin]:
    """Those with any message lately that failed, or whose address was shut out for bouncing or a complaint; two queries."""
    failed = Message.objects.filter(status__in=[Status.FAILED, Status.UNKNOWN], created_at__gt=since)
    # The newest of each club stand together in the index of what went wrong.
    found = failed.order_by("-created_at").values_list("club", "origin")[:LOOKED_AT]
    shut_out = Suppression.objects.filter(
        cause__in=[Suppression.Cause.BOUNCED, Suppression.Cause.COMPLAINED], suppressed_at__gt=since
    )
    addresses = list(shut_out.order_by("-suppressed_at").values_list("club", "address")[:LOOKED_AT])
    touched: set[Origin] = set()
    if addresses:
        touched = set(
            Message.objects.annotate(to=Lower("address"))
            .filter(
                club__in={club for club, _address in addresses},
                to__in={address for _club, address in addresses},
                created_at__gt=since,
            )
            .values_list("club", "origin")
        )
    return set(found) | touched


def last_outcomes(origin: Origin, *, last: int, since: dt.datetime | None) -> tuple[int, int, int]:
    """Of the last messages since then that came to a result: how many those are, how many failed or bounced, and complained."""
    club_id, name = origin
    given = Message.objects.filter(club=club_id, origin=name, status__in=GIVEN)
    if since:
        given = given.filter(created_at__gt=since)
    shut_out = Suppression.objects.filter(
        club=club_id, channel=OuterRef("channel"), address=Lower(OuterRef("address"))
    ).filter(Q(suppressed_at__gte=OuterRef("sent_at")))
    rows: Iterable[tuple[str, bool, bool]] = (
        given.order_by("-created_at", "-pk")
        .annotate(
            bounced=Exists(shut_out.filter(cause=Suppression.Cause.BOUNCED)),
            complained=Exists(shut_out.filter(cause=Suppression.Cause.COMPLAINED)),
        )
        .values_list("status", "bounced", "complained")[:last]
    )
    found = list(rows)
    failed = sum(status != Status.SENT or bounced for status, bounced, _complained in found)
    return len(found), failed, sum(complained for _status, _bounced, complained in found)
