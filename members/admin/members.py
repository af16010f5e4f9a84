"""Members: who is away for how long, and who can be reached."""

import datetime as dt
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter, DropdownFilter

from members.admin.columns import label
from members.admin.member_files import WithFiles
from members.admin.scoping import ClubScopedAdmin, ScopedFilter, WithHistory, visible_club_ids
from members.models import Club, Member
from members.rules.days import AwayClock
from members.signals import facts_changed

STATUS_COLORS = {"active": "success", "frozen": "info", "canceled": "danger"}


class AwayFilter(DropdownFilter):
    """Open days since the last visit, each club by its own calendar."""

    title = _("away")
    parameter_name = "away"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("7", _("7 days or more")), ("35", _("35 days or more")), ("never", _("Never attended"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[Member]) -> QuerySet[Member]:
        if self.value() == "never":
            return rows.filter(last_attended_at=None)
        if self.value() not in ("7", "35"):
            return rows
        now, away = timezone.now(), Q(pk__in=[])
        for club in Club.objects.filter(pk__in=visible_club_ids(request)):
            away |= Q(club=club, last_attended_at__lt=AwayClock.of(club, now).away_for(int(self.value())))
        return rows.filter(away)


@admin.register(Member)
class MemberAdmin(WithFiles, WithHistory, ClubScopedAdmin):
    club_path = "club"
    fixed_once_saved = ("club", "external_id")
    list_display = ["__str__", "external_id", "away", "status", "is_recurring", "reachable_at", "email"]
    list_filter = [
        AwayFilter,
        ("membership_status", ChoicesDropdownFilter),
        ("is_recurring", BooleanRadioFilter),
        ("stage", ChoicesDropdownFilter),
        ("club", ScopedFilter),
    ]
    list_filter_submit = True
    search_fields = ["first_name", "last_name", "external_id", "email", "phone"]
    search_help_text = _("Name, member ID, e-mail or phone")
    readonly_fields = ["reach"]
    fieldsets = [
        (None, {"fields": ["club", "external_id", "first_name", "last_name", "birthday_on", "trainer"]}),
        (_("Where to reach her"), {"fields": ["email", "phone", "reach", "time_zone"]}),
        (
            _("Membership"),
            {
                "fields": [
                    "last_attended_at",
                    "membership_status",
                    "membership_level",
                    "is_recurring",
                    "joined_on",
                    "stage",
                ]
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        # With their closures, so that the days away of a whole page cost one query.
        return super().get_queryset(request).select_related("club").prefetch_related("club__closures")

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return [*self.list_display, "club"] if len(visible_club_ids(request)) > 1 else list(self.list_display)

    @admin.display(description=_("last attended"), ordering="last_attended_at")
    def away(self, member: Member) -> str:
        if member.last_attended_at is None:
            return str(_("never"))
        clock = _clock(member.club, timezone.now())
        day = clock.day_of(member.last_attended_at)
        days = clock.days_away(day)
        return ngettext("%(day)s, %(days)s day away", "%(day)s, %(days)s days away", days) % {
            "day": clock.in_words(day),
            "days": days,
        }

    @admin.display(description=_("membership"), ordering="membership_status")
    def status(self, member: Member) -> SafeString:
        return label(member.get_membership_status_display(), STATUS_COLORS[member.membership_status])

    @admin.display(description=_("phone"), ordering="phone")
    def reachable_at(self, member: Member) -> str:
        if not member.phone or member.phone_is_dialable:
            return member.phone
        return str(_("%(phone)s (cannot be dialed)") % {"phone": member.phone})

    @admin.display(description=_("phone check"))
    def reach(self, member: Member) -> str:
        if not member.phone:
            return str(_("No phone number: no texts."))
        if not member.phone_is_dialable:
            return str(
                _(
                    "No network could connect this number, by the published numbering plans. Please ask for it."
                )
            )
        return str(_("The number can be dialed."))

    def save_model(self, request: HttpRequest, obj: Member, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        facts_changed.send(sender=Member, member_ids=[obj.pk])


def _clock(club: Club, now: dt.datetime) -> AwayClock:
    closures = tuple((closure.starts_on, closure.reopens_on) for closure in club.closures.all())
    return AwayClock(club.today(now), club.zone, closures, club.locale)
