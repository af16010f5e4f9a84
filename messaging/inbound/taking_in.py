"""From notifications to what they change: read, recorded together, and what nobody can make sense of kept for staff."""

import datetime as dt
import hashlib
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from messaging.inbound import ses, texts, whatsapp
from messaging.inbound.notifications import NOTIFICATION, Notification, Unreadable, json_object, parse
from messaging.inbound.replies import NobodyListens, Reply, hear, is_reply, reply_from
from messaging.models import Notice
from messaging.operations.events import Heard, record_events

logger = logging.getLogger(__name__)
Problem = Notice.Problem

GIVE_UP_AFTER = dt.timedelta(days=3)
"""So long it is tried again by itself; a receipt may overtake what it is about by days."""
NOT_OURS_AFTER = dt.timedelta(hours=1)
"""What bears none of our tags and fits no message by then was sent by somebody else from the same account."""
# What SES says once, in plain words, when a topic is chosen for its events.
GREETING = "Successfully validated SNS topic"
OF_THE_DATABASE = (OperationalError, InterfaceError)


@dataclass
class Read:
    """What a notification says."""

    key: str
    body: str
    topic: str = ""
    kind: str = ""
    heard: list[Heard] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)


class NotTaken(Exception):
    """What keeps a notification from being taken in, for staff."""

    def __init__(self, read: Read, problem: Problem, detail: str = "") -> None:
        super().__init__(problem)
        self.read, self.problem, self.detail = read, problem, detail


def take_in(bodies: Sequence[str], *, now: dt.datetime) -> Counter[str]:
    """Act on each of these notifications, as SNS wraps them; counts of `events`, `replies` and what was `put aside`.

    Once it returns, everything is in the database, for good or for a person; whoever brought them may forget them. One
    transaction for all; where that fails, one for each. Raises if the database itself is in trouble: bring them again.
    """
    counts: Counter[str] = Counter()
    good: list[Read] = []
    with transaction.atomic():
        for body in bodies:
            try:
                good.append(_read(body))
            except NotTaken as problem:
                _put_aside(problem, counts, now)
        try:
            with transaction.atomic():
                counts += _record(good, now)
        except OF_THE_DATABASE:
            raise
        except Exception:
            logger.exception(
                "A batch of %s notices could not be taken in; each is tried by itself", len(good)
            )
            for one in good:
                _record_alone(one, counts, now)
    return counts


def try_again(*, now: dt.datetime, most: int = 500) -> Counter[str]:
    """Those put aside whose time has come: some come right by themselves, as when an event overtook its message."""
    counts: Counter[str] = Counter()
    due = Notice.objects.filter(next_try_at__lte=now).order_by("next_try_at", "pk")
    for pk in list(due.values_list("pk", flat=True)[:most]):
        counts += retry(notice_id=pk, now=now)
    return counts


@transaction.atomic
def retry(*, notice_id: int, now: dt.datetime) -> Counter[str]:
    """One that was put aside; it is gone if this time it could be acted on."""
    counts: Counter[str] = Counter()
    notice = Notice.objects.select_for_update().filter(pk=notice_id).first()
    if notice is None:
        return counts
    try:
        read = _read(notice.body)
        with transaction.atomic():
            counts += _record([read], now, is_alone=True)
    except NotTaken as problem:
        if now - notice.received_at > NOT_OURS_AFTER and _is_of_others(problem):
            notice.delete()
            return counts
        notice.problem, notice.detail = problem.problem, problem.detail[:300]
    except OF_THE_DATABASE:
        raise
    except Exception as error:
        logger.exception("Notice %s could not be taken in", notice_id)
        notice.problem, notice.detail = Problem.FAILED, type(error).__name__
    else:
        notice.delete()
        return counts
    notice.tries = min(notice.tries + 1, 30_000)
    notice.next_try_at = _next_try(notice.problem, notice.received_at, now)
    notice.save()
    return counts


def _read(body: str) -> Read:
    read = Read(key=hashlib.sha256(body.encode(errors="replace")).hexdigest(), body=body)
    try:
        notification = parse(body)
        read.key, read.topic = notification.id[:64], notification.topic[:300]
        if notification.topic not in settings.EVENT_TOPICS:
            raise NotTaken(read, Problem.FOREIGN)
        if notification.type != NOTIFICATION:
            # A queue needs no confirmation, and nothing is to be done about a farewell.
            return read
        _read_message(notification, read)
    except Unreadable as why:
        raise NotTaken(read, Problem.UNREADABLE, str(why)) from why
    return read


def _read_message(notification: Notification, read: Read) -> None:
    if notification.message.startswith(GREETING):
        return
    said = json_object(notification.message)
    if whatsapp.ENTRY in said:
        read.kind = "WhatsApp"
        read.heard += whatsapp.heard_from(said)
        read.replies += whatsapp.replies_from(said)
    elif is_reply(said):
        read.kind = "Reply"
        read.replies.append(reply_from(said, notification.sent_at))
    elif texts.is_about_text(said):
        read.kind = "Text"
        read.heard.append(texts.heard_from(said))
    elif kind := ses.kind_of(said):
        read.kind = kind[:40]
        read.heard += ses.heard_from(said)
    else:
        raise Unreadable("of a kind that is not known")


def _record(good: Sequence[Read], now: dt.datetime, *, is_alone: bool = False) -> Counter[str]:
    """The counts; what is about no message of ours is put aside, or told as NotTaken if it `is_alone`."""
    new: Counter[str] = Counter()
    pairs = [(read, one) for read in good for one in read.heard]
    unmatched: dict[str, Read] = {}
    messages = record_events([one for _, one in pairs], now=now) if pairs else []
    for (read, _one), message in zip(pairs, messages, strict=True):
        if message is None:
            unmatched[read.key] = read
        else:
            new["events"] += 1
    for read in good:
        for reply in read.replies:
            try:
                hear(reply, now=now)
            except NobodyListens:
                unmatched[read.key] = read
            else:
                new["replies"] += 1
    for read in unmatched.values():
        problem = NotTaken(read, Problem.UNMATCHED)
        if is_alone:
            raise problem
        _put_aside(problem, new, now)
    return new


def _record_alone(read: Read, counts: Counter[str], now: dt.datetime) -> None:
    try:
        with transaction.atomic():
            counts += _record([read], now)
    except OF_THE_DATABASE:
        raise
    except Exception as error:
        logger.exception("A notice could not be taken in; it is kept for staff")
        _put_aside(NotTaken(read, Problem.FAILED, type(error).__name__), counts, now)


def _is_of_others(problem: NotTaken) -> bool:
    read = problem.read
    # What somebody chose in the app, as such a refusal tells, was taken in at once.
    is_answered = any(not reply.is_setting for reply in read.replies)
    return problem.problem == Problem.UNMATCHED and not is_answered and not any(one.tag for one in read.heard)


def _put_aside(problem: NotTaken, counts: Counter[str], now: dt.datetime) -> None:
    read = problem.read
    Notice.objects.bulk_create(
        [
            Notice(
                key=read.key,
                topic=read.topic,
                kind=read.kind,
                # PostgreSQL keeps no NUL.
                body=read.body.replace("\x00", "�"),
                problem=problem.problem,
                detail=problem.detail[:300],
                received_at=now,
                next_try_at=_next_try(problem.problem, now, now),
            )
        ],
        ignore_conflicts=True,
    )
    counts["put aside"] += 1


def _next_try(problem: str, received_at: dt.datetime, now: dt.datetime) -> dt.datetime | None:
    """Soon while it is fresh, then less and less often; never for what reads no better the next time."""
    if problem not in (Problem.UNMATCHED, Problem.FAILED):
        return None
    age = now - received_at
    return now + max(dt.timedelta(minutes=1), age) if age < GIVE_UP_AFTER else None
