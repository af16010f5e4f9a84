"""How long somebody has been away, in words, for the list and the page alike."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members.models import Club, Member
from members.rules.days import AwayClock


def clock_of(club: Club, now: dt.datetime) -> AwayClock:
    """As `AwayClock.of`, from closures that were fetched along with the club."""
    closures = tuple((closure.starts_on, closure.reopens_on) for closure in club.closures.all())
    return AwayClock(club.today(now), club.zone, closures, club.locale)


def away_in_words(member: Member, now: dt.datetime) -> str:
    if member.last_attended_at is None:
        return _("never attended")
    clock = clock_of(member.club, now)
    day = clock.day_of(member.last_attended_at)
    if day == clock.today:
        return _("here today")
    days = clock.days_away(day)
    words = ngettext("%(days)s day, since %(day)s", "%(days)s days, since %(day)s", days)
    return words % {"days": days, "day": clock.in_words(day)} + clock.not_counted(day)
