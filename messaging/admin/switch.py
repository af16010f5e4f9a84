"""The switch for all clubs: one page, for superusers, with who used it and when."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from members.admin.scoping import SuperusersOnly, WithHistory
from messaging.models import SendingSwitch


@admin.register(SendingSwitch)
class SendingSwitchAdmin(WithHistory, SuperusersOnly, ModelAdmin):
    list_display = ["__str__", "is_paused"]
    fieldsets = [(_("Pause sending for all clubs"), {"fields": ["is_paused", "why"]})]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not SendingSwitch.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
