"""What a person said about a message before there was one goes over to it when its step is taken."""

import datetime as dt
from collections.abc import Mapping

from django.utils.translation import gettext as _

from automations.models import PlannedCopy
from messaging.models import Hold, Message, MessageEvent
from messaging.operations.copies import said_instead
from messaging.operations.holds import named


def hand_on(queued: Mapping[int, Message], *, step_id: int | None) -> None:
    """`queued`: by enrollment the message that this step just queued. One query where nobody said anything.

    Words for another channel than the one that it takes by now are left aside, which its story says.
    """
    events: list[MessageEvent] = []
    holds: list[Hold] = []
    edited: list[Message] = []
    found = PlannedCopy.objects.filter(enrollment__in=queued.keys(), step=step_id)
    for copy in found.select_related("changed_by").order_by("pk"):
        message = queued[copy.enrollment_id]
        if copy.own_words and copy.channel == message.channel:
            message.own_words = copy.own_words
            edited.append(message)
            said = said_instead(copy.changed_by)
        elif copy.own_words:
            said = _("It goes another way by now, so the words that %(who)s wrote for it are not used.") % {
                "who": named(copy.changed_by)
            }
        else:
            said = ""
        if said:
            events.append(_event(message, said, copy.changed_at))
        if copy.is_held:
            holds.append(
                Hold(
                    member_id=message.member_id,
                    message=message,
                    held_at=copy.changed_at,
                    held_by=copy.changed_by,
                )
            )
            held = _("%(who)s: hold it back.") % {"who": named(copy.changed_by)}
            events.append(_event(message, held, copy.changed_at))
    if edited:
        Message.objects.bulk_update(edited, ["own_words"])
    Hold.objects.bulk_create(holds)
    MessageEvent.objects.bulk_create(events)
    if events:
        # From here on the message and its story have it all.
        found.delete()


def _event(message: Message, said: str, at: dt.datetime) -> MessageEvent:
    return MessageEvent(message=message, kind=MessageEvent.Kind.SETTLED, detail=said, happened_at=at)
