"""Why a member's retention risk is what it is, in sentences that staff can read to them."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members.models import Member
from members.rules.risk import Risk, risks


def explain_risk(member: Member, now: dt.datetime) -> Risk:
    """By the same statement that judges everybody; also what was written down by the last night, but for news since."""
    (found,) = risks(Member.objects.filter(pk=member.pk), member.club, now)
    return found


def reason_of(code: str, risk: Risk) -> str:
    """One of the score's reasons with its numbers, like “Usually comes every 3 days, now 12 days ago.”"""
    gap = risk.gap or 0
    match code:
        case "gap" if risk.usual is None:
            return ngettext("Last came %(n)s day ago.", "Last came %(n)s days ago.", gap) % {"n": gap}
        case "gap":
            usual = max(round(risk.usual or 0), 1)
            often = (
                ngettext("Usually comes every %(n)s day", "Usually comes every %(n)s days", usual)
                if usual > 1
                else _("Usually comes every day")
            ) % {"n": usual}
            return _("%(often)s, now %(gap)s days ago.") % {"often": often, "gap": gap}
        case "fewer" if risk.gap is not None and risk.gap >= 30:
            return _("Did not come for a month.")
        case "fewer":
            return ngettext(
                "Came %(n)s time in 30 days, before that %(before)s in 90.",
                "Came %(n)s times in 30 days, before that %(before)s in 90.",
                risk.recent,
            ) % {"n": risk.recent, "before": risk.earlier}
        case "new":
            return _("Joined not long before the last visit.")
        case "owes":
            return _("Something is past due.")
        case "no_shows":
            return ngettext(
                "Missed %(n)s booked class lately without canceling.",
                "Missed %(n)s booked classes lately without canceling.",
                risk.no_shows,
            ) % {"n": risk.no_shows}
        case "silent":
            return ngettext(
                "Did not answer the last text.", "Answered none of the last %(n)s texts.", risk.silent
            ) % {"n": risk.silent}
    return code
