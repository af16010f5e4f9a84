"""Who is signed in on the member's page: opened with a new secret each time, found by it, and ended."""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet

from members.models import Member
from messaging.gates import address_of
from messaging.models import MemberPassword, MemberSession, SignInLink
from messaging.rules.addresses import having
from messaging.rules.sign_in import digest_of, draw_secret, is_of, is_one, prefix_of, told_apart

Way = MemberSession.Way
IDLE_FOR = dt.timedelta(days=30)
APP_IDLE_FOR = dt.timedelta(hours=12)
AT_MOST = dt.timedelta(days=90)
SEEN_EVERY = dt.timedelta(hours=1)
"""Finer than that it is not kept, so that looking at a page writes nothing."""
MOST_RELATIVES = 20


def open_session(
    *,
    member: Member,
    way: MemberSession.Way,
    now: dt.datetime,
    channel: str = "",
    has_chosen: bool = True,
    api_key_id: int | None = None,
    for_app: bool = False,
    opened_at: dt.datetime | None = None,
) -> tuple[MemberSession, str]:
    """The session and its secret, which is told this once. By link, `channel` is the one that it was sent by."""
    secret = draw_secret()
    opened_at = opened_at or now
    idle = APP_IDLE_FOR if for_app else IDLE_FOR
    session = MemberSession.objects.create(
        member=member,
        way=way,
        channel=channel,
        address_digest=_digest(member, channel) if channel else "",
        has_chosen=has_chosen,
        api_key_id=api_key_id,
        for_app=for_app,
        prefix=prefix_of(secret),
        digest=digest_of(secret),
        opened_at=opened_at,
        seen_at=now,
        expires_at=min(now + idle, opened_at + AT_MOST),
    )
    return session, secret


def session_by(secret: str, *, for_app: bool, now: dt.datetime) -> MemberSession | None:
    """The session that this opens, with its member and club; None if it is over or never was."""
    if not is_one(secret):
        return None
    found = (
        MemberSession.objects.select_related("member__club", "api_key")
        .filter(prefix=prefix_of(secret), for_app=for_app, expires_at__gt=now)
        .first()
    )
    if found is None or not is_of(found.digest, secret):
        return None
    if found.api_key and found.api_key.revoked_at:
        return None
    if found.channel and found.address_digest != _digest(found.member, found.channel):
        # The address is somebody else's by now, or was put right.
        found.delete()
        return None
    if not for_app and now - found.seen_at >= SEEN_EVERY:
        found.seen_at = now
        found.expires_at = min(now + IDLE_FOR, found.opened_at + AT_MOST)
        MemberSession.objects.filter(pk=found.pk).update(seen_at=now, expires_at=found.expires_at)
    return found


def of_the_same_address(session: MemberSession) -> QuerySet[Member]:
    """Whose messages whoever opened the link may see: all that the address belongs to; by password one's own alone."""
    everybody = Member.objects.select_related("club").order_by("club__name", "first_name", "pk")
    if not session.channel:
        return everybody.filter(pk=session.member_id)
    return everybody.filter(having(session.channel, [address_of(session.member, session.channel)]))[
        :MOST_RELATIVES
    ]


def renewed(
    session: MemberSession, *, now: dt.datetime, member: Member | None = None
) -> tuple[MemberSession, str]:
    """The same under a new secret, perhaps for another who shares the address; the former secret opens nothing any more."""
    new = open_session(
        member=member or session.member,
        way=MemberSession.Way(session.way),
        now=now,
        channel=session.channel,
        api_key_id=session.api_key_id,
        for_app=session.for_app,
        opened_at=session.opened_at,
    )
    session.delete()
    return new


def end_all_sessions(*, member: Member, but: MemberSession | None = None) -> int:
    """How many were ended: in browsers and apps alike."""
    sessions = MemberSession.objects.filter(member=member)
    return (sessions.exclude(pk=but.pk) if but else sessions).delete()[0]


@transaction.atomic
def lock_out(*, member: Member) -> int:
    """End every session, the links that are still good and the password; how many sessions there were."""
    SignInLink.objects.filter(member=member, used_at=None).delete()
    MemberPassword.objects.filter(member=member).delete()
    return end_all_sessions(member=member)


def _digest(member: Member, channel: str) -> str:
    return told_apart("address", address_of(member, channel).lower())
