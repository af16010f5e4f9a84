"""Segments: conditions under a name, who is in them now, and where they are used."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from unfold.contrib.filters.admin import DropdownFilter

from automations.admin.conditions_field import ConditionsWords, WithConditions
from automations.admin.workflow_form import club_asked_for, errors_by_name, what_is_wrong
from automations.conditions import Asked, read
from automations.models import Segment
from automations.reports.segments import in_segment, uses_of, uses_of_field
from automations.rules.sentences import conditions_sentence
from members.admin.custom_fields import USES
from members.admin.panels import add_member_filter
from members.admin.scoping import ClubScopedAdmin, ScopedFilter, WithHistory, visible_club_ids
from members.models import Club, Member


class SegmentForm(WithConditions):
    conditions_words = ConditionsWords(
        gettext_lazy("In the segment is who fits, which means that"),
        gettext_lazy("No conditions yet: a segment needs one."),
    )
    club: Club | None = None
    """Set by the admin on the class that it makes for each request."""

    class Meta:
        labels = {"name": gettext_lazy("Name"), "slug": gettext_lazy("Short name")}

    def club_for_conditions(self) -> Club | None:
        return self.club


@admin.register(Segment)
class SegmentAdmin(WithHistory, ClubScopedAdmin):
    club_path = "club"
    fixed_once_saved = ("club", "slug")
    form = SegmentForm
    list_display = ["name", "who", "used_by"]
    list_filter = [("club", ScopedFilter)]
    list_select_related = ["club"]
    search_fields = ["name", "slug"]
    filled_from = {"slug": ["name"]}
    fields = ["club", "name", "slug", "conditions"]
    change_form_outer_before_template = "admin/automations/segment_panel.html"

    class Media:
        css = {"all": ["rollcall/workflow.css"]}
        js = ["rollcall/workflow.js"]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.preview_view))
        return [
            path("preview/", view, name="automations_segment_preview_new"),
            path("<int:object_id>/preview/", view, name="automations_segment_preview"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Segment]:
        # With all that their sentences name, and whatever may use them.
        return (
            super()
            .get_queryset(request)
            .select_related("club")
            .prefetch_related("club__segments", "club__custom_fields", "club__staff", "club__workflows")
        )

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return [*self.list_display, "club"] if len(visible_club_ids(request)) > 1 else list(self.list_display)

    def get_form(
        self, request: HttpRequest, obj: Segment | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.club = obj.club if obj else club_asked_for(request)
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        club = club_asked_for(request)
        return {**super().get_changeform_initial_data(request), **({"club": club.pk} if club else {})}

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        segment: Segment | None = kwargs.get("obj")
        context["is_live"] = self.has_change_permission(request, segment) if segment else True
        context["uses"] = uses_of(segment) if segment else []
        return super().render_change_form(request, context, *args, **kwargs)

    def preview_view(self, request: HttpRequest, object_id: int | None = None) -> HttpResponse:
        """POST what is typed, or GET what is stored: how many are in it now, and the first of them. Writes nothing."""
        segment: Segment | None = self.get_object(request, str(object_id)) if object_id else None
        if object_id and segment is None:
            raise Http404
        if request.method == "POST":
            may = (
                self.has_change_permission(request, segment) if segment else self.has_add_permission(request)
            )
        else:
            may = segment is not None and self.has_view_permission(request, segment)
        if not may:
            raise PermissionDenied
        context: dict[str, Any] = {"may_name": request.user.has_perm("members.view_member")}
        if request.method == "POST":
            form = self.get_form(request, segment, change=segment is not None)(request.POST, instance=segment)
            context |= {"errors": errors_by_name(form), "wrong": what_is_wrong(form)}
            segment = form.instance
        if not context.get("errors") and segment:
            try:
                context["found"] = in_segment(segment, timezone.now())
                context["sentence"] = conditions_sentence(segment.conditions, segment.club)
            except ValidationError as broken:
                context["wrong"] = broken.messages
        return render(request, "admin/automations/segment_preview.html", context)

    @admin.display(description=gettext_lazy("who is in it"))
    def who(self, segment: Segment) -> str:
        try:
            return conditions_sentence(segment.conditions, segment.club)
        except ValidationError as broken:
            return " ".join(broken.messages)

    @admin.display(description=gettext_lazy("used by"))
    def used_by(self, segment: Segment) -> str:
        return ", ".join(str(use) for use in uses_of(segment)) or "–"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not of one that something uses: that could not be asked any more."""
        return super().has_delete_permission(request, obj) and not (obj and uses_of(obj))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        for segment in objs:
            for use in uses_of(segment):
                words = {"use": use, "segment": segment}
                protected.append(_("“%(use)s” uses “%(segment)s”. Please change that first.") % words)
        return deleted, counts, missing, protected

    def save_model(self, request: HttpRequest, obj: Segment, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if on := [use for use in uses_of(obj) if getattr(use, "is_enabled", False)]:
            named = ", ".join(f"“{use}”" for use in on)
            messages.info(
                request, _("This counts at the next check of %(workflows)s.") % {"workflows": named}
            )


class SegmentFilter(DropdownFilter):
    title = gettext_lazy("segment")
    parameter_name = "segment"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        segments = Segment.objects.filter(club__in=visible_club_ids(request)).select_related("club")
        several = len(visible_club_ids(request)) > 1
        return [(str(one.pk), f"{one} ({one.club})" if several else str(one)) for one in segments]

    def queryset(self, request: HttpRequest, rows: QuerySet[Member]) -> QuerySet[Member]:
        chosen = self.value() or ""
        if not chosen.isdecimal():
            return rows
        segment = Segment.objects.filter(pk=chosen, club__in=visible_club_ids(request)).first()
        if segment is None:
            return rows.none()
        asked = Asked(segment.club, timezone.now())
        try:
            return rows.filter(read(segment.conditions, asked).q(asked), club=segment.club)
        except ValidationError:
            messages.warning(request, _("The segment “%(name)s” cannot be asked.") % {"name": segment})
            return rows.none()


add_member_filter(SegmentFilter)
USES.append(uses_of_field)
