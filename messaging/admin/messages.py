"""The message log: who got what, when, and what became of it. To be read only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from members.admin.columns import WithMember, label, link_to, when
from members.admin.scoping import ClubScopedAdmin, ReadOnly, ScopedFilter
from messaging.models import Message, MessageEvent

STATUS_COLORS = {
    "queued": "info",
    "claimed": "info",
    "sending": "info",
    "sent": "success",
    "failed": "danger",
    "unknown": "warning",
    "skipped": "",
}
# Reasons come from the apps above as well; those read well as they are.
REASONS = {
    "came_back": _("Came back before it left"),
    "too_late": _("Too late to make sense"),
    "no_address": _("No address"),
    "opted_out": _("Opted out"),
    "suppressed": _("Address suppressed"),
    "quiet_hours": _("Waits for the end of the quiet hours"),
    "sending_paused": _("The club's kill switch is on"),
    "workflow_off": _("The workflow is off"),
}


def in_words(reason: str) -> str:
    return str(REASONS.get(reason) or capfirst(reason.replace("_", " ")))


def status_label(message: Message) -> SafeString:
    return label(message.get_status_display(), STATUS_COLORS[message.status])


class MessageEventInline(ReadOnly, TabularInline):
    model = MessageEvent
    fields = readonly_fields = ["at", "kind", "said"]
    extra = 0
    verbose_name_plural = _("what happened to it")

    # Part of the message: whoever may read the one reads the other.
    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("messaging.view_message"))

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("message__club")

    @admin.display(description=_("when"))
    def at(self, event: MessageEvent) -> str:
        return when(event.happened_at, event.message.club)

    @admin.display(description=_("detail"))
    def said(self, event: MessageEvent) -> str:
        return in_words(event.detail) if event.detail in REASONS else event.detail


@admin.register(Message)
class MessageAdmin(ReadOnly, WithMember, ClubScopedAdmin):
    club_path = "club"
    list_display = ["written", "who", "channel", "state", "reason_in_words", "address", "origin"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("channel", ChoicesDropdownFilter),
        ("club", ScopedFilter),
    ]
    list_filter_submit = True
    list_select_related = ["member", "club"]
    search_fields = ["member__first_name", "member__last_name", "member__external_id", "address"]
    search_help_text = _("Member or address")
    inlines = [MessageEventInline]
    fieldsets = [
        (None, {"fields": ["who", "channel", "address", "origin", "template_and_version"]}),
        (_("Words as sent"), {"fields": ["subject", "words", "html_source"]}),
        (
            _("What became of it"),
            {
                "fields": [
                    "state",
                    "reason_in_words",
                    "error",
                    "written",
                    "due",
                    "sent",
                    "attempts",
                    "provider_id",
                ]
            },
        ),
    ]

    def get_inlines(self, request: HttpRequest, obj: Message | None) -> list[Any]:
        return self.inlines if obj and obj.events.exists() else []

    def get_fieldsets(self, request: HttpRequest, obj: Message | None = None) -> Any:
        if obj is None or obj.channel == "email":
            return self.fieldsets
        only_email = {"subject", "html_source"}
        return [
            (name, {"fields": [f for f in part["fields"] if f not in only_email]})
            for name, part in self.fieldsets
        ]

    @admin.display(description=_("created"), ordering="id")
    def written(self, message: Message) -> str:
        return when(message.created_at, message.club)

    @admin.display(description=_("not before"))
    def due(self, message: Message) -> str:
        return when(message.due_at, message.club)

    @admin.display(description=_("sent"))
    def sent(self, message: Message) -> str:
        return when(message.sent_at, message.club)

    @admin.display(description=_("status"), ordering="status")
    def state(self, message: Message) -> SafeString:
        return status_label(message)

    @admin.display(description=_("reason"), ordering="reason")
    def reason_in_words(self, message: Message) -> str:
        return in_words(message.reason) if message.reason else ""

    @admin.display(description=_("template"))
    def template_and_version(self, message: Message) -> SafeString | str:
        if message.template is None:
            return str(_("deleted"))
        return format_html(str(_("{}, version {}")), link_to(message.template), message.template_version)

    @admin.display(description=_("text"))
    def words(self, message: Message) -> SafeString | str:
        if not message.text_body:
            return str(_("Written down when it leaves."))
        return format_html('<div class="rollcall-words" dir="auto">{}</div>', message.text_body)

    @admin.display(description=_("HTML"))
    def html_source(self, message: Message) -> SafeString:
        return format_html('<div class="rollcall-words rollcall-source">{}</div>', message.html_body)


@admin.register(MessageEvent)
class MessageEventAdmin(ReadOnly, ClubScopedAdmin):
    club_path = "message__club"
    list_display = ["at", "kind", "about", "said"]
    list_filter = [("kind", ChoicesDropdownFilter)]
    list_filter_submit = True
    list_select_related = ["message__club", "message__member"]
    fields = ["at", "kind", "about", "said"]
    ordering = ["-id"]

    @admin.display(description=_("when"), ordering="happened_at")
    def at(self, event: MessageEvent) -> str:
        return when(event.happened_at, event.message.club)

    @admin.display(description=_("message"))
    def about(self, event: MessageEvent) -> SafeString | str:
        return link_to(event.message, f"{event.message.get_channel_display()}, {event.message.member}")

    @admin.display(description=_("detail"))
    def said(self, event: MessageEvent) -> str:
        return in_words(event.detail) if event.detail in REASONS else event.detail
