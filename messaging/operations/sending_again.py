"""A message that left is sent once more because a person asked for it: a new message, with a line in the story of both."""

import datetime as dt
import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from members.rules.wording import instant_in_words
from messaging.models import Message
from messaging.operations.by_hand import send_by_hand
from messaging.operations.holds import Person, named
from messaging.operations.settling import tell


def may_be_repeated(message: Message) -> bool:
    """Whether it left, and there are still words and a member to send it to."""
    return (
        message.status == Message.Status.SENT
        and message.template_id is not None
        and message.blanked_at is None
        and message.member.erased_at is None
    )


@transaction.atomic
def send_again(*, message: Message, token: uuid.UUID, by: Person, now: dt.datetime) -> tuple[Message, bool]:
    """The new message, through every gate and in its template's present words, and whether it is new: a `token` leads to one.

    Raises ValidationError where a gate would stop it or nothing can be said.
    """
    if message.template is None or not may_be_repeated(message):
        raise ValidationError(_("Only what was sent, and whose words are still here, can be sent again."))
    again, is_new = send_by_hand(
        member=message.member,
        template=message.template,
        token=token,
        asked_by_id=by.pk,
        now=now,
        repeats=message,
    )
    if is_new:
        words = {
            "who": named(by),
            "when": instant_in_words(
                message.sent_at or message.created_at, message.club.zone, message.club.locale
            ),
            "number": message.pk,
            "again": again.pk,
        }
        tell([again.pk], _("%(who)s: sent again what had left on %(when)s, message %(number)s.") % words, now)
        tell([message.pk], _("%(who)s: sent again, as message %(again)s.") % words, now)
    return again, is_new
