"""Keeping back one message or all of a member's, and letting go again; each leaves who did it.

What a worker has in hand goes back to the queue, so that the gates are asked once more; what was marked as being sent
is on its way, and nobody can hold it.
"""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from members.models import Member
from members.rules.wording import person_name
from messaging.models import Hold, Message
from messaging.operations.settling import NotPossible, tell
from messaging.rules.reasons import HELD

Status = Message.Status
Person = AbstractBaseUser | AnonymousUser
NOT_LEFT = (Status.QUEUED, Status.CLAIMED)


@transaction.atomic
def hold_message(*, message_id: int, by: Person, now: dt.datetime) -> Hold:
    """This one does not leave until somebody lets it go. Raises NotPossible."""
    message = Message.objects.select_for_update().get(pk=message_id)
    if message.status not in NOT_LEFT:
        raise NotPossible(
            _("It is too late to hold it: it is “%(status)s”.") % {"status": message.get_status_display()}
        )
    hold = _held(Hold(member_id=message.member_id, message=message, held_at=now, held_by_id=by.pk))
    _out_of_hand([message_id])
    tell([message_id], _("%(who)s: hold it back.") % {"who": named(by)}, now)
    return hold


@transaction.atomic
def hold_member(*, member_id: int, until: dt.datetime | None, by: Person, now: dt.datetime) -> Hold:
    """Nothing leaves for the member before `until`, or before somebody lets go. Raises NotPossible."""
    Member.objects.select_for_update().only("pk").get(pk=member_id)
    over = Hold.objects.filter(member=member_id, message=None, lifted_at=None, until__lte=now)
    for ended in over:
        ended.lifted_at = ended.until
        ended.save(update_fields=["lifted_at"])
    hold = _held(Hold(member_id=member_id, held_at=now, held_by_id=by.pk, until=until))

    def once_more() -> None:
        # A worker that asked the gates before this was committed has them in hand, unless it marked them already.
        claimed = Message.objects.filter(member=member_id, status=Status.CLAIMED)
        _out_of_hand(list(claimed.values_list("pk", flat=True)))

    transaction.on_commit(once_more)
    return hold


@transaction.atomic
def let_go(*, hold_id: int, by: Person, now: dt.datetime) -> Hold:
    """What it kept back leaves as soon as every gate lets it. Raises NotPossible if that was done already."""
    if not Hold.objects.filter(pk=hold_id, lifted_at=None).update(lifted_at=now, lifted_by_id=by.pk):
        raise NotPossible(_("It was let go already."))
    hold = Hold.objects.get(pk=hold_id)
    kept = Message.objects.filter(member=hold.member_id, status=Status.QUEUED)
    if hold.message_id:
        kept = kept.filter(pk=hold.message_id)
        tell([hold.message_id], _("%(who)s: let it go.") % {"who": named(by)}, now)
    # What was not due yet when it was held is so still.
    kept.filter(reason=HELD, due_at__gt=now).update(due_at=now, reason="")
    return hold


def named(person: Person | None) -> str:
    if person is None:
        return _("Somebody who left")
    return person_name(person)


def _held(hold: Hold) -> Hold:
    try:
        with transaction.atomic():
            hold.save()
    except IntegrityError:
        raise NotPossible(_("Somebody holds it already.")) from None
    return hold


def _out_of_hand(message_ids: list[int]) -> None:
    Message.objects.filter(pk__in=message_ids, status=Status.CLAIMED).update(
        status=Status.QUEUED, claim=None, claimed_at=None
    )
