"""What a provider told us and nobody could act on: looked at, tried again, or put away by whoever runs Rollcall."""

import zoneinfo
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from members.admin.columns import label
from members.admin.questions import asked
from members.admin.scoping import ReadOnly, SuperusersOnly
from members.rules.wording import short_instant
from messaging.inbound.taking_in import retry
from messaging.models import Notice

Problem = Notice.Problem
UTC = zoneinfo.ZoneInfo("UTC")
WHAT_TO_DO = {
    Problem.UNREADABLE: gettext_lazy(
        "Whoever sent it changed its form, or it was cut off. Nothing is lost: it can be tried again after an update."
    ),
    Problem.FOREIGN: gettext_lazy(
        "A topic that is not in EVENT_TOPICS writes to the queue. Add it there and try again, or end its subscription."
    ),
    Problem.UNMATCHED: gettext_lazy(
        "It names a message that is not in the log, such as one of another installation with the same account. It is tried "
        "again by itself for three days."
    ),
    Problem.FAILED: gettext_lazy("The log of the worker says what went wrong."),
}


@admin.register(Notice)
class NoticeAdmin(ReadOnly, SuperusersOnly, ModelAdmin):
    list_display = ["received", "kind", "trouble", "tries"]
    list_filter = [("problem", ChoicesDropdownFilter)]
    list_filter_submit = True
    ordering = ["-received_at", "-id"]
    fieldsets = [
        (None, {"fields": ["received", "kind", "topic", "trouble", "advice", "tries", "next_try"]}),
        (gettext_lazy("As it was received"), {"fields": ["body"], "classes": ["collapse"]}),
    ]
    change_form_outer_before_template = "admin/messaging/notice/deeds.html"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def get_urls(self) -> list[Any]:
        own = path(
            "<int:object_id>/try-again/",
            self.admin_site.admin_view(self.retry_view),
            name="messaging_notice_retry",
        )
        return [own, *super().get_urls()]

    def retry_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        if not request.user.is_superuser:
            raise PermissionDenied
        if not Notice.objects.filter(pk=object_id).exists():
            raise Http404

        def do(_cleaned: dict[str, Any]) -> str:
            retry(notice_id=object_id, now=timezone.now())
            if Notice.objects.filter(pk=object_id).exists():
                return _("It was tried again, and it is still here.")
            return _("It was taken in.")

        return asked(
            request,
            title=_("Try again"),
            explains=_(
                "It is read anew, as if it had just come. What it says happens once, however often it is tried."
            ),
            button=_("Try again"),
            deed=do,
            back=reverse("admin:messaging_notice_changelist"),
            opts=Notice._meta,
        )

    @admin.display(description=gettext_lazy("received"), ordering="received_at")
    def received(self, notice: Notice) -> str:
        return short_instant(notice.received_at, UTC)

    @admin.display(description=gettext_lazy("what is wrong"))
    def trouble(self, notice: Notice) -> SafeString:
        words = label(notice.get_problem_display(), "warning")
        return format_html("{} {}", words, notice.detail) if notice.detail else words

    @admin.display(description=gettext_lazy("what to do"))
    def advice(self, notice: Notice) -> str:
        return str(WHAT_TO_DO[Problem(notice.problem)])

    @admin.display(description=gettext_lazy("tried again"))
    def next_try(self, notice: Notice) -> str:
        return short_instant(notice.next_try_at, UTC) if notice.next_try_at else _("only by hand")
