"""What whoever uses a club's brakes should know: how many messages left within the hour, and how many wait."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members.admin.club_brakes import add_to_know
from members.models import Club
from messaging.models import Message

COUNTED = 10_000
HOUR = dt.timedelta(hours=1)


def left_and_waiting(club: Club, now: dt.datetime) -> str:
    messages = Message.objects.filter(club=club).order_by()
    left = messages.filter(status=Message.Status.SENT, sent_at__gt=now - HOUR, sent_at__lte=now)
    waiting = messages.filter(status=Message.Status.QUEUED, due_at__lte=now)
    n_left, n_waiting = (rows[: COUNTED + 1].count() for rows in (left, waiting))
    if n_left:
        said = ngettext(
            "%(n)s message left in the last 60 minutes.",
            "%(n)s messages left in the last 60 minutes.",
            n_left,
        ) % {"n": _number(n_left)}
    else:
        said = _("No message left in the last 60 minutes.")
    if n_waiting:
        said += " " + ngettext(
            "%(n)s is due and waits.", "%(n)s are due and wait.", n_waiting
        ) % {"n": _number(n_waiting)}  # fmt: skip
    return said


def _number(n: int) -> str:
    return f"{n:,}" if n <= COUNTED else _("More than %(n)s") % {"n": f"{COUNTED:,}"}


add_to_know(left_and_waiting)
