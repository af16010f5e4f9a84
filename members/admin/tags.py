"""Tags: the club's words, who bears them, the list's filter by them, and the dialog on a member's page."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter
from unfold.widgets import UnfoldAdminTextInputWidget

from members.admin.actions import MemberAction, MemberActionForm, add_member_action
from members.admin.columns import label
from members.admin.paging import MOST, MoreThan
from members.admin.panels import Fact, add_member_facts, add_member_filter
from members.admin.scoping import ClubScopedAdmin, ScopedFilter, visible_club_ids
from members.models import Member, MemberTag, Tag
from members.models.bulk import count_each
from members.operations.tags import set_tags, tag_called

OFFERED = 200


class TagFilter(DropdownFilter):
    title = gettext_lazy("tag")
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        tags = Tag.objects.filter(club__in=visible_club_ids(request)).select_related("club")[:OFFERED]
        several = len({tag.club_id for tag in tags}) > 1
        return [(str(tag.pk), f"{tag} ({tag.club})" if several else str(tag)) for tag in tags]

    def queryset(self, request: HttpRequest, rows: QuerySet[Member]) -> QuerySet[Member]:
        value = self.value() or ""
        return rows.filter(member_tags__tag=int(value)) if value.isdecimal() else rows


@admin.register(Tag)
class TagAdmin(ClubScopedAdmin):
    club_path = "club"
    fields = ["club", "name"]
    list_display = ["name", "borne_by"]
    list_filter = [("club", ScopedFilter)]
    list_select_related = ["club"]
    search_fields = ["name"]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return [*self.list_display, "club"] if len(visible_club_ids(request)) > 1 else list(self.list_display)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        cl = super().get_changelist_instance(request)
        cl.result_list = tags = list(cl.result_list)
        bearing = [MemberTag.objects.filter(tag=tag) for tag in tags]
        for tag, number in zip(tags, count_each(bearing, at_most=MOST + 1) if tags else [], strict=True):
            tag.number = MoreThan(MOST) if number > MOST else number
        return cl

    @admin.display(description=gettext_lazy("members"))
    def borne_by(self, tag: Tag) -> SafeString:
        where = f"{reverse('admin:members_member_changelist')}?tag={tag.pk}"
        return format_html('<a class="rollcall-link" href="{}">{}</a>', where, tag.number)  # type: ignore[attr-defined]


class TagsForm(MemberActionForm):
    tags = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Tags"),
        queryset=Tag.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    new = forms.CharField(
        label=gettext_lazy("New tag"),
        max_length=50,
        required=False,
        widget=UnfoldAdminTextInputWidget,
    )

    def prepare(self) -> None:
        field = self.fields["tags"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = tags = self.member.club.tags.all()
        self.initial["tags"] = list(tags.filter(member_tags__member=self.member))
        if not self.request.user.has_perm("members.add_tag"):
            del self.fields["new"]
        if not tags:
            field.widget = forms.MultipleHiddenInput()

    def clean_new(self) -> str:
        return " ".join(self.cleaned_data["new"].split())


class SetTags(MemberAction):
    name, icon, permission = "tags", "sell", "members.change_member"
    place = 6
    label, button = gettext_lazy("Tags"), gettext_lazy("Save the tags")
    Form = TagsForm

    def question(self, member: Member) -> str:
        return _("Which tags fit %(name)s?") % {"name": member.first_name}

    def explain(self, member: Member) -> str:
        return _("Workflows can look for them.")

    def do(self, form: MemberActionForm) -> str:
        tags = set(form.cleaned_data["tags"])
        if new := form.cleaned_data.get("new"):
            tags.add(tag_called(club=form.member.club, name=new))
        put, taken = set_tags(member=form.member, tags=tags, now=form.now)
        said = [
            words % {"tags": ", ".join(sorted(map(str, which)))}
            for words, which in ((_("Put on: %(tags)s."), put), (_("Taken off: %(tags)s."), taken))
            if which
        ]
        return " ".join(said) or _("Nothing changed.")


def tags_of(request: HttpRequest, member: Member, now: dt.datetime) -> list[Fact]:
    if not request.user.has_perm("members.view_tag"):
        return []
    names = [(label(tag.name),) for tag in member.tags.all()]
    return [Fact(_("Tags"), format_html_join(" ", "{}", names))] if names else []


add_member_action(SetTags())
add_member_facts(tags_of)
add_member_filter(TagFilter)
