"""Dated documents: what is good until when, and whose has to be renewed."""

import datetime as dt
from typing import Any
from uuid import uuid4

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter

from members.admin import file_kinds
from members.admin.columns import label, link_to
from members.admin.imports import WithImport
from members.admin.member_facts import MemberFactAdmin, MemberFactForm
from members.admin.panels import Fact, add_member_facts
from members.admin.scoping import ScopedFilter, visible_clubs_by_day
from members.models import Club, Document, Member
from members.rules.documents import DocumentState, in_state, state
from members.rules.wording import day_in_words

COLORS = {"valid": "success", "expiring": "warning", "expired": "danger", "replaced": ""}
SHOWN = 5
SOUGHT = (DocumentState.VALID, DocumentState.EXPIRING, DocumentState.EXPIRED)
"""Nobody looks for what was replaced, and no index leads there."""


class StateFilter(DropdownFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(state.value, state.label) for state in SOUGHT]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        name = self.value()
        return rows.filter(in_state(name, _days(request))) if name in SOUGHT else rows


class DocumentForm(MemberFactForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "external_id" in self.fields:
            self.fields["external_id"].required = False
            self.fields["external_id"].help_text = _("The club's own number for it; left empty, one is made.")

    def clean_external_id(self) -> str:
        return self.cleaned_data["external_id"] or f"own-{uuid4().hex[:12]}"


@admin.register(Document)
class DocumentAdmin(WithImport, MemberFactAdmin):
    file_kind = file_kinds.DOCUMENTS
    form = DocumentForm
    list_display = ["what", "who", "until", "standing"]
    list_filter = [StateFilter, ("kind", ChoicesDropdownFilter), ("club", ScopedFilter)]
    list_filter_submit = True
    search_fields = [*MemberFactAdmin.search_fields, "name"]
    search_help_text = gettext_lazy("Document, document ID, name or member ID")
    fields = ["member", "kind", "name", "issued_on", "expires_on", "external_id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        rows: QuerySet[Document] = super().get_queryset(request)
        return rows.annotate(state=state(_days(request)))

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        # Else the first kind would be taken for whoever overlooks it.
        choices = [("", _("Select value")), *db_field.choices]
        return super().formfield_for_choice_field(db_field, request, choices=choices, **kwargs)

    @admin.display(description=gettext_lazy("document"), ordering="kind")
    def what(self, document: Document) -> str:
        return in_words(document)

    @admin.display(description=gettext_lazy("good until"), ordering="expires_on")
    def until(self, document: Document) -> str:
        day = document.expires_on
        return day_in_words(day, document.club.locale) if day else _("does not expire")

    @admin.display(description=gettext_lazy("state"))
    def standing(self, document: Document) -> SafeString:
        return state_label(document)


def _days(request: HttpRequest) -> dict[dt.date, Q]:
    return {day: Q(club__in=clubs) for day, clubs in visible_clubs_by_day(request, timezone.now()).items()}


def in_words(document: Document) -> str:
    """Like “Certificate: First aid”."""
    kind = str(document.get_kind_display())
    return f"{kind}: {document.name}" if document.name else kind


def until_in_words(document: Document, club: Club) -> str:
    """As it stands behind the document."""
    if document.expires_on is None:
        return _("does not expire")
    return _("until %(day)s") % {"day": day_in_words(document.expires_on, club.locale)}


def state_label(document: Any) -> SafeString:
    """Of one annotated with its `state`."""
    return label(DocumentState(document.state).label, COLORS[document.state])


def _facts(request: HttpRequest, member: Member, now: dt.datetime) -> list[Fact]:
    """What counts now, and a way to add one; what was replaced stands in the list."""
    if not request.user.has_perm("members.view_document"):
        return []
    rows = member.documents.annotate(state=state({member.club.today(now): Q()}))
    current = list(rows.exclude(state=DocumentState.REPLACED).order_by("expires_on", "pk")[: SHOWN + 1])
    lines = [
        format_html(
            "{} {} {}", state_label(one), link_to(one, in_words(one)), until_in_words(one, member.club)
        )
        for one in current[:SHOWN]
    ]
    if not current:
        lines.append(SafeString(_("none")))
    if len(current) > SHOWN:
        lines.append(SafeString(_("and more")))
    if request.user.has_perm("members.add_document"):
        address = f"{reverse('admin:members_document_add')}?member={member.pk}"
        lines.append(format_html('<a class="rollcall-link" href="{}">{}</a>', address, _("Add a document")))
    return [Fact(_("Documents"), format_html_join(SafeString("<br>"), "{}", ((line,) for line in lines)))]


add_member_facts(_facts)
