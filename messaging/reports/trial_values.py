"""What the placeholders stand for while a template is tried out: those of a member, or of somebody made up."""

import datetime as dt

from members.models import Club, Member
from members.rules.days import AwayClock
from messaging.rules.placeholders import sample_values, values_for
from messaging.rules.preferences_links import preferences_url
from messaging.rules.unsubscribe_links import unsubscribe_url

# No member has this id, so that a tried link stops nobody's messages.
NOBODY = 0


def trial_values(
    *, club: Club, member: Member | None, channel: str, now: dt.datetime, is_sent: bool, category: str = ""
) -> dict[str, str]:
    """What is only looked at has the member's own opt-out link, so that its length is the true one."""
    whose = NOBODY if is_sent or member is None else member.pk
    links = {
        "unsubscribe_link": unsubscribe_url(whose, channel, category),
        "preferences_link": preferences_url(whose),
    }
    if member is None:
        return sample_values(club) | links
    last_on = member.last_attended_on()
    days = AwayClock.of(club, now).days_away(last_on) if last_on else None
    return values_for(member, club, extra={"days_away": days, **links})
