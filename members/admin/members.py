"""Members: who is away for how long, who can be reached, and one page for each with what happened and what may be done."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import CASCADE, PROTECT, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter, DropdownFilter

from members.admin import file_kinds
from members.admin.actions import WithActions
from members.admin.away import away_in_words
from members.admin.custom_fields import PREFIX, form_fields, kept
from members.admin.imports import WithImport
from members.admin.member_export import WithExport
from members.admin.member_page import membership, page_of
from members.admin.panels import REGISTRY
from members.admin.phone_field import PhoneField
from members.admin.privacy import WithEverything
from members.admin.risk import RiskFilter, risk_label
from members.admin.scoping import ClubScopedAdmin, ScopedFilter, WithHistory, visible_club_ids
from members.admin.status_filter import StatusFilter
from members.models import Club, CustomField, Member
from members.operations.follow_up import BY_HAND, lock_members, refresh_follow_up
from members.rules.days import AwayClock
from members.rules.erased_ids import erased_among
from members.rules.search import FIELDS, matching
from members.signals import facts_changed


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
        for club in Club.objects.filter(pk__in=visible_club_ids(request)).prefetch_related("closures"):
            closures = tuple((shut.starts_on, shut.reopens_on) for shut in club.closures.all())
            clock = AwayClock(club.today(now), club.zone, closures, club.locale)
            away |= Q(club=club, last_attended_at__lt=clock.away_for(int(self.value())))
        return rows.filter(away)


class MemberForm(forms.ModelForm):
    own_fields: Sequence[CustomField] = ()
    """The club's own; set by the admin on the class that it makes for each request."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        club, external_id = cleaned.get("club"), cleaned.get("external_id")
        if club and external_id and not self.instance.pk and erased_among(club.pk, [external_id]):
            self.add_error(
                "external_id",
                _(
                    "A member of this ID was erased on request. If they came back, let the ID come again first."
                ),
            )
        return cleaned

    def clean_last_attended_at(self) -> Any:
        """Left alone, the visit keeps the seconds, and the hour that comes twice, which the page does not show."""
        if self.instance.pk and "last_attended_at" not in self.changed_data:
            return self.instance.last_attended_at
        return self.cleaned_data["last_attended_at"]


@admin.register(Member)
class MemberAdmin(WithActions, WithEverything, WithImport, WithExport, WithHistory, ClubScopedAdmin):
    file_kind = file_kinds.MEMBERS
    club_path = "club"
    fixed_once_saved = ("club", "external_id")
    form = MemberForm
    list_display = ["__str__", "away", "status", "risk", "reachable_at", "email"]
    list_filter = [
        AwayFilter,
        ("follow_up_status", StatusFilter),
        RiskFilter,
        ("membership_status", ChoicesDropdownFilter),
        ("is_recurring", BooleanRadioFilter),
        ("stage", ChoicesDropdownFilter),
        ("club", ScopedFilter),
    ]
    list_filter_submit = True
    search_fields = FIELDS
    search_help_text = _("Name, phone, e-mail or member ID")
    readonly_fields = ["reach"]
    change_form_outer_before_template = "admin/members/member/page.html"
    fieldsets = [
        (
            _("Name and club"),
            {"fields": ["club", "external_id", "first_name", "last_name", "birthday_on", "trainer"]},
        ),
        (_("Contact"), {"fields": ["email", "phone", "reach", "time_zone", "language"]}),
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
                    "origin",
                    "inquired_on",
                ]
            },
        ),
    ]

    class Media:
        css = {"all": ["rollcall/member.css"]}

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "phone":
            kwargs |= {
                "form_class": PhoneField,
                "help_text": _("With the country code, like +41 79 123 45 67."),
            }
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        # With their closures, so that the days away of a whole page cost one query.
        return (
            super()
            .get_queryset(request)
            .select_related("club")
            .prefetch_related("club__closures", "club__custom_fields")
        )

    def within_clubs(self, request: HttpRequest, rows: QuerySet[Member]) -> QuerySet[Member]:
        # Whom messages may reach is asked of each member in turn, club by club only at random places of the table.
        return rows if "reach" in request.GET else super().within_clubs(request, rows)

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return [*self.list_display, "club"] if len(visible_club_ids(request)) > 1 else list(self.list_display)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        away, status, *others = super().get_list_filter(request)
        return [away, status, *REGISTRY.filters, *others]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        own = super().get_actions(request)
        return own | {
            action.name: (
                lambda _admin, request, chosen, ask=action.ask: ask(request, chosen),
                action.name,
                action.label,
            )
            for action in REGISTRY.actions
            if request.user.has_perm(action.permission)
        }

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Member], search_term: str
    ) -> tuple[QuerySet[Member], bool]:
        return queryset.filter(matching(search_term)), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        member = self.get_object(request, object_id)
        if member is not None and self.has_view_permission(request, member):
            extra_context = {
                "title": str(member),
                # Asked only if the page is shown, not before a redirect.
                "page": SimpleLazyObject(lambda: page_of(request, member, timezone.now())),
                "everything": self.everything_address(request, member),
                "show_delete": not self._is_held(request, member),
                **(extra_context or {}),
            }
        return super().change_view(request, object_id, form_url, extra_context)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # There is nobody left to be changed.
        return not (obj and obj.erased_at) and super().has_change_permission(request, obj)

    def _is_held(self, request: HttpRequest, member: Member) -> bool:
        """Whether deleting her would be refused for what hangs on her, such as messages; then nobody is invited to try."""
        if not self.has_delete_permission(request, member):
            return True
        return any(
            relation.related_model._default_manager.filter(**{relation.field.name: member}).exists()
            for relation in Member._meta.related_objects
            if relation.on_delete is PROTECT
            or (relation.on_delete is CASCADE and not self._may_delete(request, relation.related_model))
        )

    def _may_delete(self, request: HttpRequest, model: Any) -> bool:
        own = self.admin_site._registry.get(model)
        return own is None or own.has_delete_permission(request)

    @admin.display(description=_("away"), ordering="last_attended_at")
    def away(self, member: Member) -> str:
        return away_in_words(member, timezone.now())

    @admin.display(description=_("membership"), ordering="membership_status")
    def status(self, member: Member) -> SafeString:
        return membership(member)

    @admin.display(description=_("risk"), ordering="retention_risk")
    def risk(self, member: Member) -> SafeString | str:
        return risk_label(member.retention_risk)

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

    def get_form(
        self, request: HttpRequest, obj: Member | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        own = self._own_fields(request, obj)
        declared = {"own_fields": own, **form_fields(own, obj)}
        kwargs["form"] = type("MemberForm", (self.form,), declared)
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Member | None = None) -> Any:
        own = [f"{PREFIX}{field.name}" for field in self._own_fields(request, obj)]
        fieldsets = list(super().get_fieldsets(request, obj))
        return [*fieldsets, (_("The club's own fields"), {"fields": own})] if own else fieldsets

    def _own_fields(self, request: HttpRequest, member: Member | None) -> list[CustomField]:
        """None to whoever may only look: the page says them above the form. Asked once per member."""
        if member is None or member.pk is None or not self.has_change_permission(request, member):
            return []
        # An old version has the fields of its member's club as well, and is only looked at.
        return list(member.club.custom_fields.all())

    def save_model(self, request: HttpRequest, obj: Member, form: Any, change: bool) -> None:
        obj.custom = kept(form.cleaned_data, form.own_fields, obj.custom)
        # Locked before it is written, as everybody does who changes what the follow-up status rests on.
        lock_members(club=obj.club, member_ids=[obj.pk] if change else [])
        super().save_model(request, obj, form, change)
        refresh_follow_up(
            club=obj.club, member_ids=[obj.pk], now=timezone.now(), cause=BY_HAND, is_news=False
        )
        facts_changed.send(sender=Member, member_ids=[obj.pk])
