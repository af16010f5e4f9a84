"""The one door through which messages leave: claim, last checks, mark as being sent, call the provider, record.

The provider is the only place where a thing can happen twice. A message is marked as being sent, and that is
committed, before the provider is called; so whatever process dies in between leaves a trace that nobody sends again.
"""

import datetime as dt
import sys
import time
import uuid
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Q, QuerySet
from django.utils import timezone

from members.models.bulk import update_rows
from messaging.channels import transport_for
from messaging.channels.envelopes import Envelope, Outcome
from messaging.gates import Skip, Verdict, Wait, ask_in_turn
from messaging.models import Message, MessageEvent, SendingSwitch
from messaging.operations.families import SHARED, take_turns
from messaging.operations.links import keep_links
from messaging.operations.outcomes import slow_down
from messaging.operations.pace import wait_until
from messaging.operations.turnover import Ready, turn_over
from messaging.operations.wording import Unfilled, envelope_of
from messaging.rules.languages import language_for
from messaging.signals import messages_skipped

MOST_CLAIMED = 64
MOST_READY = 64
GROUPS_IN_FLIGHT = 2
END = object()
CONSOLE_APART = dt.timedelta(milliseconds=5)

Status = Message.Status
Kind = MessageEvent.Kind
Clock = Callable[[], dt.datetime]
InFlight = list[tuple[Message, Future[Outcome]]]


def deliver(*, clock: Clock, only: Q | None = None, seconds: float | None = None) -> dict[str, int]:
    """Send what is due by `clock` (of the messages in `only`); counts by what became of it.

    Stops taking on more after so many `seconds`. While one group is with the provider, the results of the one before
    are recorded and the next is marked; never are more messages marked than there are sending threads.
    """
    give_up_at = time.monotonic() + seconds if seconds else None
    # The console has no account to spare; there it is one after the other, for the eye.
    at_pace = settings.TRANSPORT != "console"
    apart = dt.timedelta() if at_pace else CONSOLE_APART
    groups = min(GROUPS_IN_FLIGHT, settings.SENDING_THREADS)
    group_size = settings.SENDING_THREADS // groups
    counts: Counter[str] = Counter()
    ready: deque[Ready] = deque()
    in_flight: deque[InFlight] = deque()
    stock = stock_up(ready, clock, only, counts, give_up_at)
    more = True
    with (
        _answers_heard_at_once(),
        ThreadPoolExecutor(settings.SENDING_THREADS, thread_name_prefix="sending") as threads,
    ):
        try:
            while True:
                # Ahead of time, but only as long as no thread idles and no answer waits.
                while more and len(ready) < MOST_READY:
                    if (len(in_flight) < groups and ready) or (in_flight and _is_answered(in_flight[0])):
                        break
                    more = next(stock, END) is not END
                if not ready and not in_flight:
                    return dict(+counts)
                back: list[tuple[Message, Outcome]] = []
                if in_flight and (len(in_flight) == groups or not ready):
                    back = _answers(in_flight[0])
                    slow_down(back)
                group = _next_group(ready, group_size)
                results, leaving = turn_over(back, group, clock(), at_pace=at_pace)
                counts += results
                if back:
                    in_flight.popleft()
                if leaving:
                    in_flight.append(
                        [
                            (message, threads.submit(_call, envelope, start + apart * n))
                            for n, ((message, envelope), start) in enumerate(leaving)
                        ]
                    )
        except BaseException:
            # Whoever stops it: what the provider was asked is still waited for and kept.
            for calls in in_flight:
                turn_over(_answers(calls), [], clock(), at_pace=False)
            raise


def stock_up(
    ready: deque[Ready],
    clock: Clock,
    only: Q | None,
    counts: Counter[str],
    give_up_at: float | None,
) -> Iterator[None]:
    """Claim and prepare what is due, batch after batch, into `ready`; pauses after each piece of work."""
    while (give_up_at is None or time.monotonic() < give_up_at) and (claimed := claim(clock(), only)):
        yield
        ready += yield from prepare(claimed, clock(), counts)
        yield


def _next_group(ready: deque[Ready], size: int) -> list[Ready]:
    """Up to `size` of one channel; raises if nothing is set up to send through it, before any of them is marked."""
    group: list[Ready] = []
    while ready and len(group) < size and ready[0][1].channel == (group or ready)[0][1].channel:
        group.append(ready.popleft())
    if group:
        transport_for(group[0][1].channel)
    return group


@contextmanager
def _answers_heard_at_once() -> Iterator[None]:
    # By default a thread that comes back from the provider waits 5 ms for the one that prepares: a quarter of a call.
    usual = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def _is_answered(calls: InFlight) -> bool:
    return all(call.done() for _message, call in calls)


def _answers(calls: InFlight) -> list[tuple[Message, Outcome]]:
    return [(message, call.result()) for message, call in calls]


def claim(now: dt.datetime, only: Q | None = None) -> list[Message]:
    """Take a small batch of due messages for this process; nobody else has them until they are swept."""
    # What a slow account could not send within seconds is left to others, and to later checks.
    size = min(MOST_CLAIMED, max(1, int(10 * min(settings.SMS_PER_SECOND, settings.EMAILS_PER_SECOND))))
    token = uuid.uuid4()
    with transaction.atomic():
        due = Message.objects.filter(
            only or Q(),
            ~Exists(SendingSwitch.objects.filter(is_paused=True)),
            status=Status.QUEUED,
            due_at__lte=now,
            club__sending_paused=False,
        ).order_by("due_at", "-priority", "pk")
        ids = list(due.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:size])
        # The real clock: this is about whether a process is alive, whatever instant it delivers as of.
        Message.objects.filter(pk__in=ids).update(
            status=Status.CLAIMED, claim=token, claimed_at=timezone.now()
        )
    ours = Message.objects.filter(pk__in=ids, claim=token).select_related("member")
    ours = ours.order_by("due_at", "-priority", "pk")
    # A batch shares a club and a template or two: fetched once, not with each row.
    claimed = list(ours.prefetch_related("club", "template", "member__trainer"))
    for message in claimed:
        message.member.club = message.club
    return claimed


def prepare(
    claimed: Sequence[Message], now: dt.datetime, counts: Counter[str]
) -> Generator[None, None, list[Ready]]:
    """Ask every gate again and put the rest into words; returns those that may leave now, with what they say.

    Pauses after each piece of work.
    """
    verdicts: dict[int, Verdict] = {}
    for _gate in ask_in_turn(claimed, now, verdicts):
        yield
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
    yield
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
    counts["skipped"] += sum(map(len, skipped.values()))
    counts["held"] += sum(map(len, held.values()))
    counts["failed"] += len(unfilled)
    return ready


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
                    language_for(m.template, m.member, m.club) if m.template else "",
                    m.template.version if m.template else None,
                )
                for m, e in ready
            ],
            to_all={},
            where={"claim": ready[0][0].claim},
        )
