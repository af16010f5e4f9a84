"""Sending once more what was sent: asks first, says when the member got it, and does it once for each press."""

import uuid
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from members.admin.questions import asked
from members.rules.wording import instant_in_words
from messaging.admin.before_sending import shown_before
from messaging.models import Message
from messaging.operations.sending_again import may_be_repeated, send_again

PERMISSION = "messaging.add_message"


class TokenForm(forms.Form):
    """What the question handed out, so that one press is one message."""

    token = forms.UUIDField(widget=forms.HiddenInput)


class WithSendingAgain:
    """For the message's page: the button, and the page behind it."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.again_view)  # type: ignore[attr-defined]
        own = path("<int:object_id>/again/", view, name="messaging_message_again")
        return [own, *super().get_urls()]  # type: ignore[misc]

    def again_for(self, request: HttpRequest, message: Message) -> list[dict[str, Any]]:
        if not may_be_repeated(message) or not request.user.has_perm(PERMISSION):
            return []
        return [
            {"label": _("Send again"), "url": reverse("admin:messaging_message_again", args=[message.pk])}
        ]

    def again_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        message: Message = self.seen_or_404(request, object_id)  # type: ignore[attr-defined]
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        now = timezone.now()
        may = may_be_repeated(message)
        context: dict[str, Any] = {"button": ""}
        if may and message.template:
            context = shown_before(
                message.member, message.template, now, button=_("Send it again"), repeats=message
            )

        def deed(cleaned: dict[str, Any]) -> str:
            again, is_new = send_again(message=message, token=cleaned["token"], by=request.user, now=now)
            if not is_new:
                return _("It is on its way already.")
            if again.due_at > now:
                zone, locale = message.member.zone, message.club.locale
                return _("It leaves again on %(when)s.") % {
                    "when": instant_in_words(again.due_at, zone, locale)
                }
            return _("It is on its way again.")

        return asked(
            request,
            TokenForm(request.POST if request.method == "POST" else None, initial={"token": uuid.uuid4()}),
            title=_("Send it again?"),
            explains=_explained(message)
            if may
            else _("It cannot be sent again: it did not leave, or its words are gone."),
            deed=deed,
            back=reverse("admin:messaging_message_change", args=[message.pk]),
            body="admin/messaging/message/again_body.html",
            message=message,
            opts=Message._meta,
            **context,
        )


def _explained(message: Message) -> str:
    words = {
        "name": message.member.first_name,
        "when": instant_in_words(
            message.sent_at or message.created_at, message.club.zone, message.club.locale
        ),
        "fate": message.get_fate_display(),
    }
    if message.fate:
        return (
            _("It was sent to %(name)s on %(when)s (%(fate)s). %(name)s gets it once more, as it reads now.")
            % words
        )
    return _("It was sent to %(name)s on %(when)s. %(name)s gets it once more, as it reads now.") % words
