"""What a member may ask for: everything that is stored, as a file, and to be erased; and who was erased."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from members.admin.actions import MemberAction, MemberActionForm, add_member_action
from members.admin.columns import label, when
from members.admin.questions import NotDone, asked
from members.admin.scoping import ClubScopedAdmin, ReadOnly, ScopedFilter, visible_club_ids
from members.models import Club, ErasedMember, Member
from members.operations.erasure import erase_member, let_return
from members.operations.personal_data import HOLDINGS, NotErased
from members.reports.everything import as_json
from members.rules.erased_ids import digests_of
from members.rules.wording import person_name

EXPORT = "members.export_everything"


class WithEverything:
    """Gives the member's admin a page that asks, and by POST answers with the file."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.everything_view)  # type: ignore[attr-defined]
        own = path("<int:object_id>/everything/", view, name="members_member_everything")
        return [own, *super().get_urls()]  # type: ignore[misc]

    def everything_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        member: Member | None = self.get_object(request, str(object_id))  # type: ignore[attr-defined]
        if member is None:
            raise Http404
        if not (self.has_view_permission(request, member) and request.user.has_perm(EXPORT)):  # type: ignore[attr-defined]
            raise PermissionDenied
        if request.method != "POST":
            context = {
                **admin.site.each_context(request),
                "title": _("Everything that is stored of %(name)s") % {"name": member},
                "back": reverse("admin:members_member_change", args=[member.pk]),
                "opts": Member._meta,
            }
            return render(request, "admin/members/member/everything.html", context)
        self.log_change(request, member, _("Everything that is stored was exported."))  # type: ignore[attr-defined]
        response = HttpResponse(as_json(member, timezone.now()), content_type="application/json")
        response["Content-Disposition"] = f'attachment; filename="member-{member.pk}.json"'
        response["Cache-Control"] = "no-store"
        return response

    def everything_address(self, request: HttpRequest, member: Member) -> str:
        """Empty for whoever may not."""
        return (
            reverse("admin:members_member_everything", args=[member.pk])
            if request.user.has_perm(EXPORT)
            else ""
        )


class EraseForm(MemberActionForm):
    member_id = forms.CharField(
        label=gettext_lazy("To be sure, type the member's ID"), widget=UnfoldAdminTextInputWidget
    )

    def clean_member_id(self) -> str:
        typed: str = self.cleaned_data["member_id"].strip()
        if typed != self.member.external_id:
            raise ValidationError(_("This is not the ID of this member."))
        return typed


class Erase(MemberAction):
    name, icon, permission = "erase", "person_off", "members.erase_member"
    place = 90
    label, button = gettext_lazy("Erase"), gettext_lazy("Erase for good")
    Form = EraseForm
    body = "admin/members/member/erase.html"

    def question(self, member: Member) -> str:
        return _("Erase %(name)s, ID %(id)s?") % {"name": member, "id": member.external_id}

    def explain(self, member: Member) -> str:
        return _("It cannot be undone. Export everything first, if the member asked for that as well.")

    def context(self, form: MemberActionForm) -> dict[str, Any]:
        concerned = [
            (one.model._meta.verbose_name_plural, number, one.is_removed)
            for one in HOLDINGS
            if (one.erased or one.is_removed) and (number := one.rows(form.member).count())
        ]
        return {
            "removed": [(name, number) for name, number, goes in concerned if goes],
            "emptied": [(name, number) for name, number, goes in concerned if not goes],
        }

    def do(self, form: MemberActionForm) -> str:
        try:
            erase_member(member_id=form.member.pk, now=form.now, by=form.request.user)  # type: ignore[arg-type]
        except NotErased as why:
            raise ValidationError(str(why)) from why
        # What is written down after this bears the name that is left.
        form.member.refresh_from_db()
        return _("Erased on request. What was counted stays; nothing says who it was.")


add_member_action(Erase())


@admin.register(ErasedMember)
class ErasedMemberAdmin(ReadOnly, ClubScopedAdmin):
    club_path = "club"
    fields = ["erased", "by", "state", "club"]
    readonly_fields = ["erased", "by", "state"]
    list_display = ["erased", "by", "state", "club"]
    list_filter = [("club", ScopedFilter)]
    list_select_related = ["club", "erased_by"]
    search_fields = ["digest"]
    search_help_text = gettext_lazy("The whole member ID")
    actions_detail = ["let_return"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ErasedMember], search_term: str
    ) -> tuple[QuerySet[ErasedMember], bool]:
        """By the ID as it was: nobody can read it, but it can be tried."""
        if not (typed := search_term.strip()):
            return queryset, False
        clubs = visible_club_ids(request) or list(Club.objects.values_list("pk", flat=True))
        digests = [digest for club in clubs for digest in digests_of(club, typed)]
        return queryset.filter(digest__in=digests), False

    def has_let_return_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("members.change_erasedmember"))

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        row = self.get_object(request, str(object_id))
        if row is None or row.may_return:
            return []
        return super().get_actions_detail(request, object_id)  # type: ignore[no-any-return]

    @action(
        description=gettext_lazy("Let the ID come again"),
        permissions=["let_return"],
        url_path="let-return",
        icon="undo",
    )
    def let_return(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """GET asks, POST does."""
        row: ErasedMember = self.seen_or_404(request, object_id)

        def deed(_cleaned: dict[str, Any]) -> str:
            if not let_return(erased_id=row.pk):
                raise NotDone(_("That was so already."))
            self.log_change(request, row, _("The ID may come again."))
            return _("The ID may come again; whoever comes by it is somebody new here.")

        return asked(
            request,
            title=_("Let this ID come again?"),
            explains=_(
                "An import or the API may then bring a member of the same ID. Nothing of what was erased comes back."
            ),
            button=_("Let it come again"),
            deed=deed,
            back=reverse("admin:members_erasedmember_change", args=[row.pk]),
        )

    @admin.display(description=gettext_lazy("erased"), ordering="erased_at")
    def erased(self, row: ErasedMember) -> str:
        return when(row.erased_at, row.club)

    @admin.display(description=gettext_lazy("by"))
    def by(self, row: ErasedMember) -> str:
        return person_name(row.erased_by) if row.erased_by else ""

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: ErasedMember) -> SafeString:
        return label(_("May come again"), "info") if row.may_return else label(_("Kept out"), "success")
