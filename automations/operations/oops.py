"""Oops: stop the rest of what went out wrongly, and tell exactly those who got it; each leaves who did it.

What a worker has in hand and has not marked as being sent is stopped too: without its claim it cannot be marked.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
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
ORIGIN = "correction"
PATIENCE = dt.timedelta(hours=72)


@dataclass(frozen=True)
class Extent:
    """What it is about: one run, or without one all that the workflow sent since an instant."""

    workflow: Workflow
    run: WorkflowRun | None = None
    since: dt.datetime | None = None

    @classmethod
    def of(cls, correction: Correction) -> "Extent":
        return cls(correction.workflow, correction.run, correction.since)

    def messages(self) -> QuerySet[Message]:
        if self.run:
            return Message.objects.filter(step_run__enrollment__run=self.run)
        return Message.objects.filter(
            club=self.workflow.club_id,
            origin=self.workflow.slug,
            created_at__gte=self.since,
            step_run__enrollment__workflow=self.workflow,
        )

    def got_it(self) -> QuerySet[Message]:
        """Sent, or of unknown outcome."""
        return self.messages().filter(status__in=GOT_IT)

    def waiting(self) -> QuerySet[Message]:
        return self.messages().filter(status__in=NOT_LEFT)

    def under_way(self) -> QuerySet[Enrollment]:
        active = Enrollment.objects.filter(workflow=self.workflow, status=Enrollment.Status.ACTIVE)
        return active.filter(run=self.run) if self.run else active


@dataclass(frozen=True)
class Stopped:
    messages: int
    members: int
    """How many were under way and take no further step."""


@transaction.atomic
def stop_the_rest(extent: Extent, *, by: Person, now: dt.datetime) -> Stopped:
    """No message that has not left is sent, and nobody takes a further step; a run under way finds nobody else."""
    # One that is off is stopped as well.
    Workflow.objects.select_for_update(no_key=True).get(pk=extent.workflow.pk)
    # The members first: whoever moves them on at this moment has queued its messages once we get the lock.
    members = list(
        extent.under_way().select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True)
    )
    for chunk in _chunks(members):
        Enrollment.objects.filter(pk__in=chunk).update(
            status=Enrollment.Status.EXITED, step=None, ended_at=now, end_reason=STOPPED
        )
    unfinished = WorkflowRun.objects.filter(workflow=extent.workflow, finished_at=None, held_at=None)
    if extent.run:
        unfinished = unfinished.filter(pk=extent.run.pk)
    for run in unfinished.select_for_update(of=("self",)):
        run.finished_at, run.counts = now, standing_counts(extent.workflow)
        run.save(update_fields=["finished_at", "counts"])
    waiting = extent.waiting().select_for_update(of=("self",)).order_by("pk")
    messages = list(waiting.values_list("pk", flat=True))
    said = _("%(who)s: stopped what had not left.") % {"who": named(by)}
    for chunk in _chunks(messages):
        Message.objects.filter(pk__in=chunk).update(
            status=Status.SKIPPED, reason=STOPPED, claim=None, claimed_at=None, ended_at=now
        )
        tell(chunk, said, now)
    return Stopped(len(messages), len(members))


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
                    "made_at": now,
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
    """Queue it for each member once, in pieces of their own; how many. Takes up where a process that died left off."""
    queued = 0
    while (number := _next_piece(correction_id, now)) is not None:
        queued += number
    return queued


def carry_on_corrections(*, now: dt.datetime) -> int:
    """Those that nobody finished."""
    ids = Correction.objects.filter(finished_at=None).order_by("pk").values_list("pk", flat=True)
    return sum(carry_out(pk, now=now) for pk in ids)


@transaction.atomic
def _next_piece(correction_id: int, now: dt.datetime) -> int | None:
    correction = (
        Correction.objects.select_for_update(of=("self",))
        .select_related("workflow__club", "run", "template")
        .get(pk=correction_id)
    )
    if correction.finished_at:
        return None
    got = Extent.of(correction).got_it().filter(pk__gt=correction.reached_id)
    batch = list(got.select_related("member__club", "template").order_by("pk")[:CHUNK])
    if not batch:
        correction.finished_at = now
        correction.save(update_fields=["finished_at"])
        return None
    told = set(
        CorrectionRecipient.objects.filter(
            correction=correction, member__in={message.member_id for message in batch}
        ).values_list("member", flat=True)
    )
    first_of: dict[int, Message] = {}
    for message in batch:
        if message.member_id not in told and can_carry(message, correction):
            first_of.setdefault(message.member_id, message)
    queued = _queue(correction, list(first_of.values()), now)
    CorrectionRecipient.objects.bulk_create(
        [CorrectionRecipient(correction=correction, member_id=m.member_id, message=m) for m in queued]
    )
    correction.reached_id = batch[-1].pk
    correction.save(update_fields=["reached_id"])
    return len(queued)


def can_carry(message: Message, correction: Correction) -> bool:
    """Words of one's own need a channel that takes any, and the template whose sender they bear."""
    if correction.template_id:
        return True
    return message.template is not None and message.channel != Channel.WHATSAPP


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


def _chunks(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[first : first + 5_000] for first in range(0, len(ids), 5_000)]
