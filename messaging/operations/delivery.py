"""The one door through which messages leave: claim, last checks, mark as being sent, call the provider, record.

The provider is the only place where a thing can happen twice. A message is marked as being sent, and that is
committed, before the provider is called; so whatever process dies in between leaves a trace that nobody sends again.
"""

import datetime as dt
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from queue import SimpleQueue

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from members.models.bulk import update_rows
from messaging.channels import transport_for
from messaging.channels.envelopes import Envelope, Outcome
from messaging.gates import Skip, Wait, ask
from messaging.models import Message, MessageEvent
from messaging.operations.ahead import Ahead, Batch
from messaging.operations.callers import Callers, Group
from messaging.operations.claims import MOST_CLAIMED, claim
from messaging.operations.families import SHARED, take_turns
from messaging.operations.links import keep_links
from messaging.operations.outcomes import slow_down
from messaging.operations.pace import wait_until
from messaging.operations.turnover import Ready, still_held, turn_over
from messaging.operations.wording import Unfilled, envelope_of
from messaging.signals import messages_skipped

MOST_CLAIMED_AHEAD = 512
"""Beside the sending, where nobody waits for it: what a batch costs is shared by more."""
GROUPS_IN_FLIGHT = 4
"""At least. Of more the threads wait less for each other, and the database has more to commit."""
CONSOLE_APART = dt.timedelta(milliseconds=5)

Status = Message.Status
Kind = MessageEvent.Kind
Clock = Callable[[], dt.datetime]


def deliver(*, clock: Clock, only: Q | None = None, seconds: float | None = None) -> dict[str, int]:
    """Send what is due by `clock` (of the messages in `only`); counts by what became of it.

    Stops taking on more after so many `seconds`. While one group is with the provider, the results of the one before
    are recorded and the next is marked; never are more messages marked than there are sending threads.
    """
    give_up_at = time.monotonic() + seconds if seconds else None
    # The console has no account to spare; there it is one after the other, for the eye.
    at_pace = settings.TRANSPORT != "console"
    apart = dt.timedelta() if at_pace else CONSOLE_APART
    group_size = max(1, settings.SENDING_THREADS // GROUPS_IN_FLIGHT)
    groups = settings.SENDING_THREADS // group_size
    counts: Counter[str] = Counter()
    ready: deque[Ready] = deque()
    bell: SimpleQueue[None] = SimpleQueue()

    def next_batch(most: int) -> Batch:
        is_late = give_up_at is not None and time.monotonic() >= give_up_at
        return Batch(0) if is_late else prepare(claim(clock(), only, most), clock())

    with (
        Ahead(next_batch, small=MOST_CLAIMED, large=_claimed_ahead(), ring=partial(bell.put, None)) as ahead,
        Callers(settings.SENDING_THREADS, _call, partial(bell.put, None)) as callers,
    ):
        try:
            for back in _turns(ready, ahead, callers, groups, counts, bell.get):
                answers = []
                if back:
                    answers = back.all_answers()
                    slow_down(answers)
                group = _next_group(ready, group_size)
                results, leaving = turn_over(answers, group, clock(), at_pace=at_pace)
                counts += results
                if back:
                    callers.in_flight.remove(back)
                if leaving:
                    callers.begin([(one, start + apart * n) for n, (one, start) in enumerate(leaving)])
                if len(leaving) < len(group):
                    # A sweeper takes back a whole claim: asked of all at once, since each group costs a commit.
                    held = still_held(ready)
                    ready.clear()
                    ready += held
            return dict(+counts)
        except BaseException:
            # Whoever stops it: what the provider was asked is still waited for and kept.
            for answers in callers.last_answers():
                turn_over(answers, [], clock(), at_pace=False)
            raise


def _turns(
    ready: deque[Ready],
    ahead: Ahead,
    callers: Callers,
    groups: int,
    counts: Counter[str],
    wait: Callable[[], object],
) -> Iterator[Group | None]:
    """Whenever the next can leave: a group that was answered, or None where threads idle; to the end of what is due."""
    while True:
        back = callers.answered()
        may_leave = ready and (back or len(callers.in_flight) < groups)
        # In line, a batch is made only while no thread idles and no answer waits.
        may_take = ahead.has_one or not (back or may_leave)
        if len(ready) < settings.SENDING_THREADS and may_take and (batch := ahead.take()):
            ready += batch.ready
            counts += batch.counts
        elif back or may_leave:
            yield back
        elif ahead.is_over and not callers.in_flight:
            return
        else:
            wait()


def _claimed_ahead() -> int | None:
    """How many to claim ahead; None for an account so slow that they would wait for longer than a second."""
    is_quick = min(settings.SMS_PER_SECOND, settings.EMAILS_PER_SECOND) >= MOST_CLAIMED_AHEAD
    return MOST_CLAIMED_AHEAD if is_quick else None


def _next_group(ready: deque[Ready], size: int) -> list[Ready]:
    """Up to `size` of the first one's channel; raises if nothing is set up to send through it, before any is marked."""
    if not ready:
        return []
    channel = ready[0][1].channel
    transport_for(channel)
    group: list[Ready] = []
    others: list[Ready] = []
    while ready and len(group) < size:
        one = ready.popleft()
        (group if one[1].channel == channel else others).append(one)
    ready.extendleft(reversed(others))
    return group


def prepare(claimed: Sequence[Message], now: dt.datetime) -> Batch:
    """Ask every gate again and put the rest into words: those that may leave now, with what they say."""
    if not claimed:
        return Batch(0)
    verdicts = ask(claimed, now)
    ready: list[Ready] = []
    skipped: dict[str, list[Message]] = defaultdict(list)
    held: dict[Wait, list[Message]] = defaultdict(list)
    unfilled: list[tuple[Message, str]] = []
    for message in claimed:
        verdict = verdicts.get(message.pk)
        if isinstance(verdict, Skip):
            skipped[verdict.reason].append(message)
        elif message.expires_at and now > message.expires_at:
            skipped["too_late"].append(message)
        elif isinstance(verdict, Wait):
            held[verdict].append(message)
        else:
            try:
                envelope = envelope_of(message)
            except Unfilled as problem:
                unfilled.append((message, str(problem)))
            else:
                message.address = envelope.address
                ready.append((message, envelope))
    with transaction.atomic():
        if beaten := take_turns([message for message, _envelope in ready], now):
            skipped[SHARED] = [message for message, _envelope in ready if message.pk in beaten]
            ready = [one for one in ready if one[0].pk not in beaten]
        _put_aside(skipped, held, now)
        for message, why in unfilled:
            _settle(
                [message], Kind.FAILED, why, now, status=Status.FAILED, error=why, reason="", ended_at=now
            )
        _keep_words(ready)
        keep_links(envelope for _message, envelope in ready)
    counts = Counter(
        skipped=sum(map(len, skipped.values())), held=sum(map(len, held.values())), failed=len(unfilled)
    )
    return Batch(len(claimed), ready, counts)


def _put_aside(
    skipped: Mapping[str, list[Message]], held: Mapping[Wait, list[Message]], now: dt.datetime
) -> None:
    for reason, messages in skipped.items():
        _settle(messages, Kind.SKIPPED, reason, now, status=Status.SKIPPED, reason=reason, ended_at=now)
        messages_skipped.send(Message, messages=messages, reason=reason, now=now)
    for wait, messages in held.items():
        _hold(messages, wait, now)


def _call(envelope: Envelope, start: dt.datetime) -> Outcome:
    wait_until(start)
    return transport_for(envelope.channel).send(envelope)


def _ours(messages: Sequence[Message]) -> QuerySet[Message]:
    """Those of these claimed messages that nobody took back meanwhile."""
    return Message.objects.filter(
        pk__in=[message.pk for message in messages],
        claim__in={message.claim for message in messages},
        status=Status.CLAIMED,
    )


def _hold(messages: Sequence[Message], wait: Wait, now: dt.datetime) -> None:
    """Back into the queue until the wait is over; told once, however often it is asked again."""
    changes = {"status": Status.QUEUED, "due_at": wait.until, "claim": None, "reason": wait.reason}
    if wait.is_usual:
        # As when it was planned: the patience begins when the hours do.
        changes["expires_at"] = F("expires_at") + (wait.until - now)
    _ours([message for message in messages if message.reason == wait.reason]).update(**changes)
    news = [message for message in messages if message.reason != wait.reason]
    _settle(news, Kind.HELD, wait.reason, now, **changes)


def _settle(
    messages: Sequence[Message], kind: Kind, detail: str, now: dt.datetime, **changes: object
) -> None:
    """Write `changes`, and an event each."""
    _ours(messages).update(**changes)
    MessageEvent.objects.bulk_create(
        [MessageEvent(message=message, kind=kind, happened_at=now, detail=detail) for message in messages]
    )


def _keep_words(ready: Sequence[Ready]) -> None:
    """Keep exactly what is about to be said, and to which address."""
    if ready:
        update_rows(
            Message,
            ["address", "subject", "text_body", "html_body", "action_url", "language", "template_version"],
            [
                (
                    m.pk,
                    e.address,
                    e.subject[:1000],
                    e.text,
                    e.html,
                    e.action_url[:500],
                    e.written_in,
                    m.template.version if m.template else None,
                    m.claim,
                )
                for m, e in ready
            ],
            to_all={},
            where={},
            # Of each row: of one value for all, PostgreSQL expects so few rows that it compares every one with every other.
            where_each=["claim"],
        )
