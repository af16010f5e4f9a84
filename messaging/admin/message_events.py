"""What happened to messages, one thing after the other. To be read only."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from members.admin.columns import link_to, when
from members.admin.scoping import ClubScopedAdmin, ReadOnly
from messaging.admin.message_page import event_in_words
from messaging.models import MessageEvent


@admin.register(MessageEvent)
class MessageEventAdmin(ReadOnly, ClubScopedAdmin):
    club_path = "message__club"
    list_display = ["at", "about", "told"]
    list_filter = [("kind", ChoicesDropdownFilter)]
    list_filter_submit = True
    list_select_related = ["message__club", "message__member"]
    search_fields = ["message__member__first_name", "message__member__last_name"]
    search_help_text = _("Member: name, ID, e-mail or phone")
    fields = ["at", "about", "told"]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("message__club", "message__member")

    @admin.display(description=_("when"), ordering="id")
    def at(self, event: MessageEvent) -> str:
        return when(event.happened_at, event.message.club)

    @admin.display(description=_("message"))
    def about(self, event: MessageEvent) -> SafeString | str:
        return link_to(event.message, f"{event.message.get_channel_display()}, {event.message.member}")

    @admin.display(description=_("what happened"))
    def told(self, event: MessageEvent) -> str:
        return event_in_words(event)
