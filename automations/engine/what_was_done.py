"""What a workflow did for a member the last time, and what became of its message, in words."""

from django.db.models import Q
from django.utils.translation import gettext as _

from automations.actions.send_message import SENT_BY_HAND, SendMessage
from automations.models import Enrollment, Reason, StepRun
from automations.rules.reasons import message_reason
from members.models import Member
from members.rules.wording import instant_in_words
from messaging.models import Message
from messaging.operations.families import who_got_it


def what_was_done(latest: Enrollment | None, member: Member) -> str:
    """A sentence or two about her latest enrollment."""
    if latest is None:
        return _("Never followed up by this workflow.")
    when = {"when": instant_in_words(latest.enrolled_at, member.zone, member.club.locale)}
    if latest.end_reason == Reason.CONTROL:
        return _("Left out on %(when)s, to compare with those who are followed up.") % when
    said = _("Followed up since %(when)s.") % when
    run = (
        StepRun.objects.filter(
            Q(message__isnull=False) | Q(reason=SENT_BY_HAND) | Q(action=SendMessage.kind, detail__gt=""),
            enrollment=latest,
        )
        .select_related("message")
        .order_by("-pk")
        .first()
    )
    if run and run.reason == SENT_BY_HAND:
        return said + " " + _("Not messaged: somebody sent the same message by hand.")
    if run and run.detail:
        said += f" {run.detail}"
    return f"{said} {_became(run.message, member)}." if run and run.message else said


def _became(message: Message, member: Member) -> str:
    said = _("The message: %(status)s") % {"status": message.get_status_display().lower()}
    if message.sent_at:
        return f"{said} {instant_in_words(message.sent_at, member.zone, member.club.locale)}"
    match message.status:
        case Message.Status.SKIPPED:
            got_it = who_got_it([message]).get(message.pk)
            return f"{said} ({message_reason(message.reason)}{f': {got_it}' if got_it else ''})"
        case Message.Status.FAILED:
            return said + " " + _("(once the cause is mended, “Try again” on its page sends it)")
        case Message.Status.QUEUED:
            due_at = instant_in_words(message.due_at, member.zone, member.club.locale)
            said += " " + _("until %(when)s") % {"when": due_at}
            return f"{said} ({message_reason(message.reason)})" if message.reason else said
    return said
