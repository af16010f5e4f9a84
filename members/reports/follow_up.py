"""Why a member has the follow-up status that she has, in sentences that staff can read to her."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Min, OuterRef, QuerySet, Subquery, Sum
from django.utils.translation import gettext as _

from members.models import Agreement, Club, FollowUpStatus, Member
from members.models.members import Stage
from members.rules.follow_up import (
    PROSPECTS,
    decisive_agreement,
    owed,
    status_of_agreement,
    trial_classes,
    with_follow_up,
)
from members.rules.wording import day_in_words, instant_in_words, money_in_words


@dataclass(frozen=True)
class Explanation:
    """The status as of the instant asked about, which is also what is stored but for the moment; since when; and why."""

    status: FollowUpStatus
    since: dt.datetime | None
    reasons: list[str]


def explain_follow_up(member: Member, now: dt.datetime) -> Explanation:
    """By the same expression that decides for everybody."""
    found: Any = with_follow_up(Member.objects.filter(pk=member.pk), member.club, now).get()
    status = FollowUpStatus(found.current)
    since = found.follow_up_status_since if found.follow_up_status == status else None
    decisive = decisive_agreement(found.decisive)
    reasons = list(
        _by_agreements(member, decisive, now) if decisive else _without_agreement(member, status, now)
    )
    return Explanation(status, since, reasons)


def with_own_status(agreements: QuerySet[Agreement], club: Club, today: dt.date) -> QuerySet[Any]:
    """Agreements of the club with the status that each would give by itself (`own`), and what its payments owe since when."""
    payments = owed(club, today).filter(agreement=OuterRef("pk")).order_by().values("agreement")
    return agreements.annotate(
        own=status_of_agreement(club, today),
        unpaid=Subquery(payments.annotate(total=Sum("amount")).values("total")),
        unpaid_since=Subquery(payments.annotate(first=Min("due_on")).values("first")),
    )


def reason_of(agreement: Any) -> str:
    """Why an agreement of `with_own_status` has the status that it has."""
    words = {"agreement": agreement, "left": agreement.sessions_left}
    match agreement.own:
        case FollowUpStatus.COLLECTIONS:
            return _("%(agreement)s is in collections.") % words
        case FollowUpStatus.CANCELED:
            return _("%(agreement)s was canceled.") % words
        case FollowUpStatus.EXPIRED:
            return _("%(agreement)s has ended.") % words
        case FollowUpStatus.RENEWAL:
            return _("%(agreement)s is for one session; left: %(left)s.") % words
        case FollowUpStatus.DROP_IN:
            return _("%(agreement)s was for one session, which is used.") % words
        case FollowUpStatus.SUSPENDED:
            return _("%(agreement)s is suspended.") % words
        case FollowUpStatus.DELINQUENT:
            otherwise = {"owed": _owed_in_words(agreement), "status": FollowUpStatus.ACTIVE.label}
            return _("%(owed)s; would be %(status)s otherwise.") % otherwise
    return _("%(agreement)s is active, and nothing is past due.") % words


def _by_agreements(member: Member, decisive: int, now: dt.datetime) -> Iterator[str]:
    agreements = with_own_status(
        member.agreements.select_related("club"), member.club, member.club.today(now)
    )
    by_key = {agreement.pk: agreement for agreement in agreements}
    yield reason_of(by_key[decisive])
    for agreement in sorted(by_key.values(), key=lambda agreement: agreement.pk != decisive):
        is_told = agreement.pk == decisive and agreement.own == FollowUpStatus.DELINQUENT
        if _amount(agreement) and not is_told:
            yield _("Also %(owed)s.") % {"owed": _owed_in_words(agreement)}


def _amount(agreement: Any) -> int:
    return int(agreement.unpaid or 0) if agreement.past_due is None else int(agreement.past_due)


def _owed_in_words(agreement: Any) -> str:
    club = agreement.club
    since = agreement.unpaid_since if agreement.past_due is None else agreement.past_due_since
    words = {
        "amount": money_in_words(_amount(agreement), club.currency, club.locale),
        "agreement": agreement,
        "day": day_in_words(since, club.locale) if since else "",
    }
    if since:
        return _("%(amount)s past due since %(day)s on %(agreement)s") % words
    return _("%(amount)s past due on %(agreement)s") % words


def _without_agreement(member: Member, status: FollowUpStatus, now: dt.datetime) -> Iterator[str]:
    club = member.club
    if member.stage not in PROSPECTS:
        if member.stage == Stage.FORMER:
            yield _("On file as a former member; no agreement is known.")
        else:
            membership = {"membership": member.get_membership_status_display().lower()}
            yield _("The membership is on file as %(membership)s; no agreement is known.") % membership
        return
    booking = trial_classes(club, club.today(now), member).select_related("class_session").first()
    if booking:
        words = {
            "class": booking.class_session,
            "when": instant_in_words(booking.class_session.starts_at, club.zone, club.locale),
        }
        match status:
            case FollowUpStatus.TRIAL_BOOKED:
                yield _("Has a trial and a place in %(class)s, %(when)s.") % words
            case FollowUpStatus.TRIAL_NO_SALE:
                yield _("Came to %(class)s on a trial, %(when)s, and bought nothing yet.") % words
            case _:
                yield _("Had a trial and a place in %(class)s, %(when)s, and was not checked in.") % words
        return
    origin = member.get_origin_display()
    yield (
        _("Came by way of: %(origin)s.") % {"origin": origin} if origin else _("Nobody noted how they came.")
    )
    if member.inquired_on:
        yield _("Asked on %(day)s.") % {"day": day_in_words(member.inquired_on, club.locale)}
