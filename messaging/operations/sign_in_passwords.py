"""Signing in by a password that the member chose: Django's hashers and rules, and as slow for nobody as for somebody."""

import datetime as dt

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from members.models import Club, Member
from messaging.models import MemberPassword, MemberSession, SignInTry
from messaging.operations.member_sessions import end_all_sessions, open_session, renewed
from messaging.operations.sign_in_links import countries, plain
from messaging.operations.sign_in_tries import count_try
from messaging.rules.addresses import having
from messaging.rules.sign_in import meant_by

MOST_COMPARED = 5
"""Of a family with one address so many may have a password of their own."""
LONGEST = 500
"""Hashing what is longer would cost more than it is worth."""


class WrongPassword(Exception):
    """Or nobody has this address, or no password; which of them is not told."""


def sign_in_by_password(
    *, typed: str, password: str, club: Club | None, source: str, now: dt.datetime
) -> tuple[MemberSession, str]:
    """The session and its secret; raises WrongPassword and TooManyTries. Only failures count against the limits."""
    tried = count_try(way=SignInTry.Way.PASSWORD, address=plain(typed), source=source, now=now)
    member = _whose(typed, password[:LONGEST], club)
    if member is None:
        raise WrongPassword
    tried.delete()
    return open_session(member=member, way=MemberSession.Way.PASSWORD, now=now)


def _whose(typed: str, password: str, club: Club | None) -> Member | None:
    meant = meant_by(typed, countries(club))
    kept = MemberPassword.objects.none()
    if meant:
        members = Member.objects.filter(having(meant.channel, meant.addresses))
        if club:
            members = members.filter(club=club)
        kept = MemberPassword.objects.filter(member__in=members).select_related("member").order_by("pk")
    compared = list(kept[:MOST_COMPARED])
    if not compared:
        make_password(password)
        return None
    return next((one.member for one in compared if check_password(password, one.password)), None)


@transaction.atomic
def choose_password(
    *, session: MemberSession, new: str, current: str, now: dt.datetime
) -> tuple[MemberSession, str]:
    """Keep it and end every other session; the session under a new secret. Raises ValidationError.

    Who signed in by a link has shown who they are; by a password, it is asked for once more.
    """
    member = session.member
    kept = MemberPassword.objects.select_for_update().filter(member=member).first()
    if (
        kept
        and session.way == MemberSession.Way.PASSWORD
        and not check_password(current[:LONGEST], kept.password)
    ):
        raise ValidationError({"current": _("This is not your present password.")})
    if len(new) > LONGEST:
        raise ValidationError({"new": _("That is too long.")})
    try:
        # The rules look at names and e-mail alone, which a member has as staff do.
        validate_password(new, user=member)  # type: ignore[arg-type]
    except ValidationError as refused:
        raise ValidationError({"new": refused.messages}) from refused
    MemberPassword.objects.update_or_create(
        member=member, defaults={"password": make_password(new), "changed_at": now}
    )
    end_all_sessions(member=member, but=session)
    return renewed(session, now=now)


def remove_password(*, member: Member) -> bool:
    """False if there was none."""
    return bool(MemberPassword.objects.filter(member=member).delete()[0])
