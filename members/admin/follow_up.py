"""The follow-up status in the admin: on top of a member's page with why, what it was before, and the list's filter."""

import datetime as dt
from collections.abc import Iterator

from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.admin.columns import label, when
from members.admin.panels import (
    Fact,
    TimelineEntry,
    TimelineSource,
    add_member_facts,
    add_timeline_source,
)
from members.models import FollowUpStatus, Member
from members.reports.follow_up import explain_follow_up

COLORS: dict[str, str] = {
    FollowUpStatus.ACTIVE: "success",
    FollowUpStatus.DELINQUENT: "danger",
    FollowUpStatus.SUSPENDED: "info",
    FollowUpStatus.RENEWAL: "warning",
    FollowUpStatus.CANCELED: "danger",
    FollowUpStatus.COLLECTIONS: "danger",
    FollowUpStatus.TRIAL_BOOKED: "success",
    FollowUpStatus.TRIAL_NO_SHOW: "warning",
    FollowUpStatus.TRIAL_NO_SALE: "warning",
}
CAUSES = {
    "agreement": gettext_lazy("After news of agreement %(id)s."),
    "payment": gettext_lazy("After news of payment %(id)s."),
    "booking": gettext_lazy("After news of booking %(id)s."),
    "class": gettext_lazy("After a class changed."),
    "check": gettext_lazy("Found by the hourly check."),
    "by hand": gettext_lazy("After somebody changed something here."),
    "file": gettext_lazy("After a file was brought in."),
}


def status_label(status: str) -> SafeString | str:
    return label(FollowUpStatus(status).label, COLORS.get(status, "")) if status else ""


def cause_in_words(cause: str) -> str:
    """What brought a change, as operations/follow_up.py keeps it: by hand, check, or agreement 812."""
    known = CAUSES.get(cause)
    if known:
        return str(known)
    kind, _space, number = cause.partition(" ")
    return str(CAUSES[kind]) % {"id": number} if kind in CAUSES else cause


def _facts(request: HttpRequest, member: Member, now: dt.datetime) -> list[Fact]:
    found = explain_follow_up(member, now)
    # Why tells what she bought and owes.
    reasons = found.reasons if request.user.has_perm("members.view_agreement") else []
    since = [_("Since %(when)s.") % {"when": when(found.since, member.club)}] if found.since else []
    lines = [(status_label(found.status),), *((line,) for line in [*reasons, *since])]
    return [Fact(_("Follow-up"), format_html_join(SafeString("<br>"), "{}", lines))]


def _changes(request: HttpRequest, member: Member, limit: int) -> Iterator[TimelineEntry]:
    for change in member.follow_up_changes.all()[:limit]:
        before = (
            _("Was %(status)s before.") % {"status": change.get_from_status_display()}
            if change.from_status
            else ""
        )
        yield TimelineEntry(
            change.changed_at,
            _("Follow-up status"),
            " ".join(part for part in (before, cause_in_words(change.cause)) if part),
            "flag",
            status_label(change.to_status),
        )


add_member_facts(_facts)
add_timeline_source(TimelineSource("members.view_member", _changes))
