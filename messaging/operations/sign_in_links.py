"""The one-time link: asked for, looked up and sent a moment later, and used once.

Whoever asks is answered before anybody looks whether the address is known, so neither the answer nor how long it takes tells.
It goes out at once beside the outbox: a log that staff read must not hold what lets somebody in as a member.
"""

import datetime as dt
import logging

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.html import linebreaks, urlize
from django.utils.translation import gettext as _

from members.models import Club, Member
from messaging.channels import transport_for
from messaging.channels.envelopes import Envelope, Sent
from messaging.gates import address_of
from messaging.models import Channel, MemberSession, SignInLink, SignInTry, Suppression, switch_if_paused
from messaging.operations.member_sessions import open_session
from messaging.operations.pace import reserve, wait_until
from messaging.operations.sign_in_tries import count_try
from messaging.rules.addresses import having
from messaging.rules.sign_in import country_of, digest_of, draw_secret, is_of, is_one, meant_by, prefix_of
from messaging.signals import link_asked

logger = logging.getLogger(__name__)

GOOD_FOR = dt.timedelta(minutes=15)
KEPT_FOR = dt.timedelta(days=1)
MOST_AT_ONCE = 200


class NoSuchLink(Exception):
    """Not ours, too old, or used already; which of them is not told."""


def ask_for_link(*, typed: str, club: Club | None, source: str, now: dt.datetime) -> bool:
    """Take down that a link is wanted; False if what was typed can be no address. Raises TooManyTries.

    `club` is whose page it was asked on; None asks all clubs. Nothing here depends on whose address it is.
    """
    count_try(way=SignInTry.Way.LINK, address=plain(typed), source=source, now=now)
    meant = meant_by(typed, countries(club))
    if meant is None:
        return False
    with transaction.atomic():
        SignInLink.objects.create(
            club=club, channel=meant.channel, addresses=list(meant.addresses), asked_at=now
        )
        link_asked.send(sender=SignInLink)
    return True


def countries(club: Club | None) -> set[str]:
    """Whose ways of dialing a number without its country may be meant."""
    if club:
        return {country_of(club.locale)}
    return {
        country_of(locale) for locale in Club.objects.order_by().values_list("locale", flat=True).distinct()
    }


def plain(typed: str) -> str:
    """What is the same address for a count of tries, however it is spaced."""
    return "".join(typed.split()).lower()[:300]


def send_links(*, now: dt.datetime) -> dict[str, int]:
    """Look up what was asked for and send a link to whoever is known; each once, whoever else does this at the same time.

    What failed is not tried again: it was asked for by somebody who is waiting, and asks once more.
    """
    waiting = list(
        SignInLink.objects.filter(taken_at=None, asked_at__gt=now - GOOD_FOR)
        .select_related("club")
        .order_by("asked_at")[:MOST_AT_ONCE]
    )
    is_paused = bool(waiting and switch_if_paused())
    counts = {"links sent": 0}
    for link in waiting:
        # No address stays behind, whether or not it was somebody's.
        if SignInLink.objects.filter(pk=link.pk, taken_at=None).update(taken_at=now, addresses=[]):
            counts["links sent"] += not is_paused and _send(link, now)
    return {what: number for what, number in counts.items() if number}


def _send(link: SignInLink, now: dt.datetime) -> bool:
    members = Member.objects.filter(
        having(link.channel, link.addresses), club__sending_paused=False
    ).select_related("club")
    if link.club:
        members = members.filter(club=link.club)
    member = members.order_by("pk").first()
    if member is None:
        return False
    address = address_of(member, link.channel)
    if Suppression.objects.filter(club=member.club, channel=link.channel, address=address.lower()).exists():
        return False
    secret = draw_secret()
    # Known before it leaves, or whoever is quick would open what is not there yet.
    SignInLink.objects.filter(pk=link.pk).update(
        member=member, prefix=prefix_of(secret), digest=digest_of(secret), expires_at=now + GOOD_FOR
    )
    try:
        wait_until(reserve(link.channel, 1)[0])
        outcome = transport_for(link.channel).send(_envelope(member, link.channel, address, secret))
    except Exception as error:
        # Without its words, which may hold the address.
        logger.error("A sign-in link could not be sent: %s", type(error).__name__)
        return False
    if not isinstance(outcome, Sent):
        logger.warning("A sign-in link was not taken by the provider: %s", type(outcome).__name__)
    return isinstance(outcome, Sent)


def _envelope(member: Member, channel: str, address: str, secret: str) -> Envelope:
    club = member.club
    words = {"club": club.name, "link": settings.PUBLIC_URL + reverse("centre_link", args=[secret])}
    is_email = channel == Channel.EMAIL
    if is_email:
        text = _(
            "Open this link to see your messages from %(club)s. It works once, within 15 minutes:\n\n"
            "%(link)s\n\n"
            "You did not ask for it? Then leave it alone: nothing happens."
        )
    else:
        text = _("%(club)s: open this within 15 minutes to see your messages: %(link)s")
    return Envelope(
        message_id=0,
        first_name=member.first_name,
        channel=channel,
        address=address,
        subject=_("Your link to %(club)s") % words if is_email else "",
        text=text % words,
        html=linebreaks(urlize(text % words, autoescape=True)) if is_email else "",
        from_name=club.sender_name or club.name,
        from_email=club.sender_email,
        sms_sender=club.sms_sender,
        unsubscribe_url="",
    )


def is_good(secret: str, *, now: dt.datetime) -> bool:
    """Whether the link would let somebody in now; changes nothing."""
    return _found(secret, now) is not None


@transaction.atomic
def use_link(*, secret: str, now: dt.datetime, for_app: bool = False) -> tuple[MemberSession, str]:
    """Use it up and sign in; the session and its secret. Raises NoSuchLink. Of two at the same moment one gets in."""
    link = _found(secret, now)
    if link is None or not SignInLink.objects.filter(pk=link.pk, used_at=None).update(used_at=now):
        raise NoSuchLink
    assert link.member is not None
    address = address_of(link.member, link.channel)
    if not address:
        raise NoSuchLink
    others = Member.objects.filter(having(link.channel, [address])).exclude(pk=link.member.pk)
    return open_session(
        member=link.member,
        way=MemberSession.Way.LINK,
        now=now,
        channel=link.channel,
        has_chosen=not others.exists(),
        for_app=for_app,
    )


def _found(secret: str, now: dt.datetime) -> SignInLink | None:
    if not is_one(secret):
        return None
    link = (
        SignInLink.objects.exclude(prefix="")
        .filter(prefix=prefix_of(secret), used_at=None, expires_at__gt=now, member__isnull=False)
        .select_related("member")
        .first()
    )
    return link if link and is_of(link.digest, secret) else None


def forget_old_sign_ins(*, now: dt.datetime) -> int:
    """Links and tries older than a day, and sessions that are over; how many those were."""
    return (
        SignInLink.objects.filter(asked_at__lt=now - KEPT_FOR).delete()[0]
        + SignInTry.objects.filter(tried_at__lt=now - KEPT_FOR).delete()[0]
        + MemberSession.objects.filter(expires_at__lt=now).delete()[0]
    )
