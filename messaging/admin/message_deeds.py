"""What a person may decide about a message: GET asks, POST does it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.admin.questions import NotDone, asked
from members.rules.wording import person_name
from messaging.models import Message
from messaging.operations.settling import DEEDS, NotPossible, hold_off, settle_unknown, try_again


@dataclass(frozen=True)
class Deed:
    label: Any
    question: Any
    does: Callable[..., None]
    done: Any


DEED: dict[str, Deed] = {
    "try_again": Deed(
        _("Try again"),
        _(
            "It goes back into the outbox and leaves as soon as it may. Should the member have opted out or come back by "
            "then, it is not sent."
        ),
        try_again,
        _("It is in the outbox again."),
    ),
    "arrived": Deed(
        _("It did arrive"),
        _("You asked the member, or found it in the provider's log. It then counts as sent."),
        lambda **given: settle_unknown(arrived=True, **given),
        _("Noted: it did arrive."),
    ),
    "not_arrived": Deed(
        _("It did not arrive"),
        _(
            "Please be sure: ask the member, or look into the provider's log. It then counts as failed and may be sent "
            "again; if you are wrong, the member gets it twice."
        ),
        lambda **given: settle_unknown(arrived=False, **given),
        _("Noted: it did not arrive. You may now try again."),
    ),
    "hold_off": Deed(
        _("Do not send"),
        _("It stays in the log as not sent. The member's later messages are not touched."),
        hold_off,
        _("It will not be sent."),
    ),
}
PERMISSION = "messaging.change_message"


def may_decide(request: HttpRequest, message: Message, deed: str) -> bool:
    """Whoever sent it by hand may also stop it."""
    if request.user.has_perm(PERMISSION):
        return True
    is_own = message.asked_by_id is not None and message.asked_by_id == request.user.pk
    return deed == "hold_off" and is_own and request.user.has_perm("messaging.add_message")


class WithDecisions:
    """For the message's page: the buttons, and the page behind each."""

    def get_urls(self) -> list[Any]:
        own = path(
            "<int:object_id>/decide/<slug:deed>/",
            self.admin_site.admin_view(self.deed_view),  # type: ignore[attr-defined]
            name="messaging_message_deed",
        )
        return [own, *super().get_urls()]  # type: ignore[misc]

    def decisions_for(self, request: HttpRequest, message: Message) -> list[dict[str, Any]]:
        return [
            {
                "label": DEED[name].label,
                "url": reverse("admin:messaging_message_deed", args=[message.pk, name]),
            }
            for name in DEEDS.get(message.status, ())
            if may_decide(request, message, name)
        ]

    def deed_view(self, request: HttpRequest, object_id: int, deed: str) -> HttpResponse:
        message: Message = self.seen_or_404(request, object_id)  # type: ignore[attr-defined]
        if deed not in DEED:
            raise Http404
        if not may_decide(request, message, deed):
            raise PermissionDenied
        decide = DEED[deed]
        is_fitting = deed in DEEDS.get(message.status, ())

        def do(_cleaned: dict[str, Any]) -> str:
            by = person_name(request.user)
            try:
                decide.does(message_id=message.pk, by=by, now=timezone.now())
            except NotPossible as refused:
                raise NotDone(str(refused)) from None
            return str(decide.done)

        by_now = _("It is “%(status)s” by now.") % {"status": message.get_status_display()}
        return asked(
            request,
            title=str(decide.label),
            explains=str(decide.question if is_fitting else by_now),
            button=str(decide.label if is_fitting else ""),
            deed=do,
            back=reverse("admin:messaging_message_change", args=[message.pk]),
            body="admin/messaging/message/question_body.html",
            message=message,
            opts=Message._meta,
        )
