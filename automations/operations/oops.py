"""Oops: stop the rest of what went out wrongly, and tell exactly those who got it; each leaves who did it.

What a worker has in hand and has not marked as being sent is stopped too: without its claim it cannot be marked.
"""

import datetime as dt
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils.translation import gettext as _

from automations.engine.readiness import standing_counts
from automations.models import Correction, CorrectionRecipient, Enrollment, Workflow, WorkflowRun
from messaging.models import Channel, Message, MessageTemplate
from messaging.operations.holds import NOT_LEFT, Person, named
from messaging.operations.outbox import queue_messages
from messaging.operations.settling import tell
from messaging.rules.copies import checked
from messaging.rules.reasons import STOPPED

Status = Message.Status
GOT_IT = (Status.SENT, Status.UNKNOWN)
"""Who was reached, or may have been."""

CHUNK = 1_000
PIECE = 5_000
WAITS_FOR_WORKERS = 10.0
ORIGIN = "correction"
PATIENCE = dt.timedelta(hours=72)
LOOKED_AFTER = dt.timedelta(days=30)
"""For so long a correction goes to whom a message of before it reaches only later."""
COMMITTED_WITHIN = dt.timedelta(minutes=10)
"""How much later than its `ended_at` a settled message may be seen by others, and then some."""


@dataclass(frozen=True)
class Extent:
    """What it is about: one run, or without one all that the workflow sent since an instant."""

    workflow: Workflow
    run: WorkflowRun | None = None
    since: dt.datetime | None = None

    @classmethod
    def of(cls, correction: Correction) -> "Extent":
        return cls(correction.workflow, correction.run, correction.since)

    def messages_of_all_times(self) -> QuerySet[Message]:
        if self.run:
            return Message.objects.filter(step_run__enrollment__run=self.run)
        return Message.objects.filter(
            club=self.workflow.club_id, step_run__enrollment__workflow=self.workflow
        )

    def messages(self) -> QuerySet[Message]:
        if self.run:
            return self.messages_of_all_times()
        return self.messages_of_all_times().filter(origin=self.workflow.slug, created_at__gte=self.since)

    def got_it(self) -> QuerySet[Message]:
        """Sent, or of unknown outcome."""
        return self.messages().filter(status__in=GOT_IT)

    def waiting(self) -> QuerySet[Message]:
        """Has not left, however long ago it was asked for."""
        return self.messages_of_all_times().filter(status__in=NOT_LEFT)

    def under_way(self) -> QuerySet[Enrollment]:
        active = Enrollment.objects.filter(workflow=self.workflow, status=Enrollment.Status.ACTIVE)
        return active.filter(run=self.run) if self.run else active


@dataclass(frozen=True)
class Stopped:
    messages: int
    members: int
    """How many were under way and take no further step."""


def stop_the_rest(extent: Extent, *, by: Person, now: dt.datetime) -> Stopped:
    """No message that has not left is sent, and nobody takes a further step; a run under way finds nobody else.

    What a worker writes at this moment is waited for, some seconds at most. In pieces of their own: who waited for one
    message while holding others could stop the sender, which writes many at once.
    """
    members = _stop_members(extent, now)
    give_up_at = time.monotonic() + WAITS_FOR_WORKERS
    messages = 0
    while (stopped := _stop_some(extent, by, now)) is not None:
        messages += stopped
        if not stopped and time.monotonic() > give_up_at:
            break
        time.sleep(0 if stopped else 0.05)
    return Stopped(messages, members)


@transaction.atomic
def _stop_members(extent: Extent, now: dt.datetime) -> int:
    # One that is off is stopped as well.
    Workflow.objects.select_for_update(no_key=True).get(pk=extent.workflow.pk)
    # The members first: whoever moves them on at this moment has queued its messages once we get the lock.
    members = list(
        extent.under_way().select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True)
    )
    for first in range(0, len(members), PIECE):
        Enrollment.objects.filter(pk__in=members[first : first + PIECE]).update(
            status=Enrollment.Status.EXITED, step=None, ended_at=now, end_reason=STOPPED
        )
    unfinished = WorkflowRun.objects.filter(workflow=extent.workflow, finished_at=None, held_at=None)
    if extent.run:
        unfinished = unfinished.filter(pk=extent.run.pk)
    for run in unfinished.select_for_update(of=("self",)):
        run.finished_at, run.counts = now, standing_counts(extent.workflow)
        run.save(update_fields=["finished_at", "counts"])
    return len(members)


@transaction.atomic
def _stop_some(extent: Extent, by: Person, now: dt.datetime) -> int | None:
    """How many that no worker writes at this moment; None if nothing is left to stop."""
    # What the provider turns away goes back to the queue: then it is too late for it.
    with_the_provider = extent.messages_of_all_times().filter(status=Status.SENDING).exclude(expires_at=now)
    kept = list(_free(with_the_provider))
    Message.objects.filter(pk__in=kept).update(expires_at=now)
    tell(kept, _("%(who)s: not again, should it come back.") % {"who": named(by)}, now)
    waiting = list(_free(extent.waiting()))
    Message.objects.filter(pk__in=waiting).update(
        status=Status.SKIPPED, reason=STOPPED, claim=None, claimed_at=None, ended_at=now
    )
    tell(waiting, _("%(who)s: stopped what had not left.") % {"who": named(by)}, now)
    if waiting or kept or extent.waiting().exists() or with_the_provider.exists():
        return len(waiting)
    return None


def _free(messages: QuerySet[Message]) -> QuerySet[Message, int]:
    locked = messages.select_for_update(of=("self",), skip_locked=True)
    return locked.order_by("pk").values_list("pk", flat=True)[:PIECE]


def draft_correction(
    extent: Extent,
    *,
    template: MessageTemplate | None,
    words: Mapping[str, str],
    token: uuid.UUID,
    by: Person,
    now: dt.datetime,
) -> tuple[Correction, bool]:
    """Keep what is to be said, and whether it is new: a `token` leads to one correction. `carry_out` then queues it.

    Either a template, or words that go to each by the way by which the member was reached. Raises ValidationError.
    """
    if (template is None) == (not any(words.values())):
        raise ValidationError(_("Choose a message, or write what to say: one of the two."))
    if template and template.club_id != extent.workflow.club_id:
        raise ValidationError(_("Choose a message of this club."))
    if template is None:
        _check(words)
    try:
        with transaction.atomic():
            correction, is_new = Correction.objects.get_or_create(
                token=token,
                defaults={
                    "workflow": extent.workflow,
                    "run": extent.run,
                    "since": extent.since,
                    "template": template,
                    "own_words": None if template else dict(words),
                    # A run as of later today, as the demo's, has dated its messages ahead.
                    "made_at": max(now, extent.got_it().aggregate(last=Max("created_at"))["last"] or now),
                    "made_by_id": by.pk,
                },
            )
    except IntegrityError:
        raise ValidationError(_("Please open the question again.")) from None
    return correction, is_new


def _check(words: Mapping[str, str]) -> None:
    """As a template of each channel would be, named like a template nobody has."""
    draft = MessageTemplate(channel=Channel.EMAIL, subject="x", text_body="x")
    own = {"text_body": words.get("text_body", ""), "subject": words.get("subject", "") or "x"}
    if not own["text_body"].strip():
        raise ValidationError(_("Write what to say."))
    checked(draft, own)


def carry_out(correction_id: int, *, now: dt.datetime) -> int:
    """Queue it once for each member who has not been told and got the message by now; how many.

    In pieces of their own, so that whatever process dies, the next one goes on from there. Those whom a message of
    before the correction reaches later are found when this is asked again.
    """
    queued = reached_id = 0
    while piece := _next_piece(correction_id, reached_id, now):
        reached_id, number = piece
        queued += number
    return queued


def carry_on_corrections(*, now: dt.datetime) -> int:
    """Those that somebody may still have to be told of."""
    ids = Correction.objects.filter(finished_at=None).order_by("pk").values_list("pk", flat=True)
    return sum(carry_out(pk, now=now) for pk in ids)


@transaction.atomic
def _next_piece(correction_id: int, after_id: int, now: dt.datetime) -> tuple[int, int] | None:
    """Up to which message, and how many members are told; None at the end."""
    correction = (
        Correction.objects.select_for_update(of=("self",))
        .select_related("workflow__club", "run", "template")
        .get(pk=correction_id)
    )
    if correction.finished_at:
        return None
    got = still_to_be_told(correction).filter(pk__gt=after_id)
    batch = list(got.select_related("member__club", "template").order_by("pk")[:CHUNK])
    if not batch:
        correction.looked_at = now
        if now > correction.made_at + LOOKED_AFTER:
            correction.finished_at = now
        correction.save(update_fields=["looked_at", "finished_at"])
        return None
    first_of = {message.member_id: message for message in reversed(batch)}
    queued = _queue(correction, list(first_of.values()), now)
    CorrectionRecipient.objects.bulk_create(
        [CorrectionRecipient(correction=correction, member_id=m.member_id, message=m) for m in queued]
    )
    return batch[-1].pk, len(queued)


def still_to_be_told(correction: Correction) -> QuerySet[Message]:
    """The messages from before the correction that got through, or may have, to members who were not told.

    Once all were looked at, only those that were settled since. Words of one's own need a channel that takes any, and
    the template whose sender they bear.
    """
    told = CorrectionRecipient.objects.filter(correction=correction, member=OuterRef("member"))
    got = Extent.of(correction).got_it().filter(~Exists(told), created_at__lte=correction.made_at)
    if correction.looked_at:
        got = got.filter(ended_at__gte=correction.looked_at - COMMITTED_WITHIN)
    if correction.own_words:
        got = got.filter(template__isnull=False).exclude(channel=Channel.WHATSAPP)
    return got


def _queue(correction: Correction, messages: Sequence[Message], now: dt.datetime) -> list[Message]:
    """Through the outbox, not counted for the limit per member and not held back by it."""
    by_template: dict[MessageTemplate, list[Message]] = {}
    for message in messages:
        template = correction.template or message.template
        assert template is not None
        by_template.setdefault(template, []).append(message)
    queued: list[Message] = []
    for template, those in by_template.items():
        queued += queue_messages(
            template=template,
            recipients=[(message.member, message.context) for message in those],
            origin=ORIGIN,
            now=now,
            patience=PATIENCE,
            asked_by_id=correction.made_by_id,
            priority=Message.Priority.HIGH,
            own_words=words_by(template.channel, correction.own_words) if correction.own_words else None,
        )
    return queued


def words_by(channel: str, words: Mapping[str, Any]) -> dict[str, str]:
    """The words in the fields that the channel sends; the subject or title is the original's where none was written."""
    own = {"text_body": words["text_body"]}
    if channel == Channel.EMAIL:
        own["html_body"] = ""
    headline = {Channel.EMAIL: "subject", Channel.IN_APP: "title"}.get(Channel(channel))
    if headline and words.get("subject"):
        own[headline] = words["subject"]
    return own
