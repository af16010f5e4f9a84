"""The message log: who got what, when, and what became of it; a person may settle what only a person can."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter

from members.admin.columns import WithMember, label, when
from members.admin.day_range import DayRangeFilter
from members.admin.scoping import ClubScopedAdmin, ReadOnly, ScopedFilter, visible_club_ids
from members.models import Member
from messaging.admin.message_copies import WithCopies
from messaging.admin.message_deeds import WithDecisions
from messaging.admin.message_export import WithExport
from messaging.admin.message_page import MessagePage
from messaging.admin.origins import give_origins, origin_choices
from messaging.admin.page_deeds import WithPageDeeds
from messaging.admin.sending_again import WithSendingAgain
from messaging.admin.trying_again import WithTryingAgain
from messaging.models import Message
from messaging.operations.families import who_got_it
from messaging.rules.reasons import in_words, reason_choices
from messaging.rules.receipt_reasons import reason_in_words as why_not_arrived

BEGINNING = 60
BAD_FATES = (Message.Fate.REFUSED, Message.Fate.BOUNCED, Message.Fate.COMPLAINED)

STATUS_COLORS = {
    "queued": "info",
    "claimed": "info",
    "sending": "info",
    "sent": "success",
    "failed": "danger",
    "unknown": "warning",
    "skipped": "",
}


FATE_COLORS = {
    "delayed": "warning",
    "returned": "warning",
    "delivered": "success",
    "opened": "success",
    "clicked": "success",
    "refused": "danger",
    "bounced": "danger",
    "complained": "danger",
}


def reason_with_whom(message: Message, got_it: Member | None) -> str:
    """The reason in words, with the member who got the one message of a family."""
    return f"{in_words(message.reason)}: {got_it}" if got_it else in_words(message.reason)


def status_label(message: Message) -> SafeString:
    """What became of it at the provider's end, where that is known, says more than that it left."""
    if message.status == Message.Status.SENT and message.fate:
        return label(message.get_fate_display(), FATE_COLORS[message.fate])
    return label(message.get_status_display(), STATUS_COLORS[message.status])


class FateFilter(DropdownFilter):
    """Those that are worth looking for; by index, as few as they are."""

    title = _("what became of it")
    parameter_name = "fate"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(fate.value, fate.label) for fate in (Message.Fate.RETURNED, *BAD_FATES)]

    def queryset(self, request: HttpRequest, rows: QuerySet[Message]) -> QuerySet[Message]:
        return rows.filter(fate=self.value()) if self.value() else rows


class ReasonFilter(DropdownFilter):
    title = _("reason")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return reason_choices()

    def queryset(self, request: HttpRequest, rows: QuerySet[Message]) -> QuerySet[Message]:
        # The second condition is implied, and lets the database use the index of those that have a reason.
        return rows.filter(reason=self.value()).exclude(reason="") if self.value() else rows


class OriginFilter(DropdownFilter):
    title = _("workflow")
    parameter_name = "origin"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return origin_choices(visible_club_ids(request))

    def queryset(self, request: HttpRequest, rows: QuerySet[Message]) -> QuerySet[Message]:
        return rows.filter(origin=self.value()) if self.value() else rows


@admin.register(Message)
class MessageAdmin(
    ReadOnly,
    WithPageDeeds,
    WithDecisions,
    WithSendingAgain,
    WithTryingAgain,
    WithCopies,
    WithExport,
    MessagePage,
    WithMember,
    ClubScopedAdmin,
):
    club_path = "club"
    list_display = ["written", "who", "what", "channel", "state", "reason_in_words", "workflow", "address"]
    list_filter = [
        ("created_at", DayRangeFilter),
        ReasonFilter,
        ("status", ChoicesDropdownFilter),
        FateFilter,
        ("channel", ChoicesDropdownFilter),
        OriginFilter,
        ("club", ScopedFilter),
    ]
    list_filter_submit = True
    list_select_related = ["member", "club", "template"]
    ordering = ["-created_at", "-id"]
    search_fields = ["member__first_name", "member__last_name", "member__external_id"]
    search_help_text = _("Member: name, ID, e-mail or phone")
    fieldsets = [
        (None, {"fields": ["who", "channel", "address", "what_asked", "template_and_version"]}),
        (_("Words"), {"fields": ["subject", "words", "action_url", "mail"]}),
        (
            _("What became of it"),
            {"fields": ["state", "reason_in_words", "provider_said", "billed", "short_links", "story"]},
        ),
    ]

    class Media:
        css = {"all": ["rollcall/message_log.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).select_related("member", "club", "template")

    def dress(self, request: HttpRequest, rows: Sequence[Message]) -> None:
        give_origins(rows)
        got_it = who_got_it(rows)
        for message in rows:
            message.got_it = got_it.get(message.pk)  # type: ignore[attr-defined]

    def _got_it(self, message: Message) -> Member | None:
        """On a list it was looked up for the whole page."""
        if not hasattr(message, "got_it"):
            message.got_it = who_got_it([message]).get(message.pk)  # type: ignore[attr-defined]
        return message.got_it  # type: ignore[attr-defined, no-any-return]

    def get_fieldsets(self, request: HttpRequest, obj: Message | None = None) -> Any:
        left_out = set() if obj is None or obj.channel in ("email", "in_app") else {"subject", "mail"}
        if obj is not None:
            left_out |= {
                field
                for field, value in (
                    ("mail", obj.html_body),
                    ("action_url", obj.action_url),
                    ("reason_in_words", obj.reason or obj.fate_reason),
                    ("billed", obj.cost is not None),
                    ("short_links", obj.channel == "sms" and obj.links.exists()),
                    ("provider_said", obj.error or obj.sent_at),
                )
                if not value
            }
        return [
            (name, {"fields": [field for field in part["fields"] if field not in left_out]})
            for name, part in self.fieldsets
        ]

    def deeds_of(self, request: HttpRequest, row: Message) -> list[dict[str, Any]]:
        return [
            *self.copies_for(request, row),
            *self.decisions_for(request, row),
            *self.again_for(request, row),
        ]

    @admin.display(description=_("when"), ordering="created_at")
    def written(self, message: Message) -> str:
        return when(message.created_at, message.club)

    @admin.display(description=_("message"))
    def what(self, message: Message) -> SafeString:
        """The template's name, and how the words begin once they are written down."""
        said = message.subject or message.text_body
        name = message.template.name if message.template else _("Template deleted")
        if message.blanked_at:
            said = str(_("words deleted"))
        return format_html(
            '<span class="rollcall-what">{}<br><span class="rollcall-help">{}</span></span>',
            name,
            f"{said[:BEGINNING].rstrip()}…" if len(said) > BEGINNING else said,
        )

    @admin.display(description=_("status"))
    def state(self, message: Message) -> SafeString:
        return status_label(message)

    @admin.display(description=_("reason"))
    def reason_in_words(self, message: Message) -> str:
        if message.reason:
            return reason_with_whom(message, self._got_it(message))
        if message.fate_reason:
            return why_not_arrived(message.fate_reason)
        match message.status:
            case Message.Status.FAILED:
                return str(_("The provider refused it") if message.attempts else _("It could not be written"))
            case Message.Status.UNKNOWN:
                return str(_("No answer came back"))
        return ""

    @admin.display(description=_("workflow"))
    def workflow(self, message: Message) -> SafeString | str:
        return message.origin_link  # type: ignore[attr-defined, no-any-return]


__all__ = ["MessageAdmin", "in_words", "status_label"]
