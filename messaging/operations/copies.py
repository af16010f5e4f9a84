"""Other words for one message: written by a person, checked like a template, sent instead, and nothing else changed."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import Message
from messaging.operations.holds import NOT_LEFT, Person, named
from messaging.operations.settling import NotPossible, tell
from messaging.rules.copies import checked

Status = Message.Status


@transaction.atomic
def edit_copy(*, message_id: int, words: Mapping[str, str], by: Person, now: dt.datetime) -> Message:
    """This message says these words instead of its template's. Raises ValidationError, or NotPossible once it left."""
    message = Message.objects.select_for_update(of=("self",)).select_related("template").get(pk=message_id)
    if message.template is None:
        raise NotPossible(_("Its template was deleted, so there are no words to change."))
    if message.status not in NOT_LEFT:
        raise NotPossible(
            _("It is too late to change it: it is “%(status)s”.") % {"status": message.get_status_display()}
        )
    message.own_words = checked(message.template, words)
    # A worker that has it in hand prepared the old words; without its claim it cannot send them.
    message.status, message.claim, message.claimed_at = Status.QUEUED, None, None
    message.save(update_fields=["own_words", "status", "claim", "claimed_at"])
    tell([message.pk], said_instead(by), now)
    return message


def said_instead(by: Person | None) -> str:
    """For the story: who changed the words of one message. The words themselves are the message's, and go with it."""
    return _("%(who)s: changed the words of this one message.") % {"who": named(by)}
