"""What a person may do to one message that has not left: hold it back, or write it in other words."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.validators import RegexValidator
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from members.admin.questions import NotDone, asked
from messaging.admin.holds import let_go_link
from messaging.models import Message, MessageTemplate
from messaging.operations.copies import edit_copy
from messaging.operations.holds import NOT_LEFT, hold_message
from messaging.operations.settling import NotPossible
from messaging.rules.copies import WORDS_OF
from messaging.rules.languages import in_language, language_for


class CopyForm(forms.Form):
    """The words of one message: the fields of the template that its channel sends."""

    def __init__(
        self, *args: Any, template: MessageTemplate, fields: Sequence[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name in fields or WORDS_OF[template.channel]:
            field: Any = MessageTemplate._meta.get_field(name)
            long = name in ("text_body", "html_body")
            widget = UnfoldAdminTextareaWidget({"rows": 5}) if long else UnfoldAdminTextInputWidget()
            self.fields[name] = forms.CharField(
                label=capfirst(field.verbose_name),
                required=not field.blank,
                widget=widget,
                max_length=field.max_length,
                initial=getattr(template, name),
                strip=not long,
                validators=[one for one in field.validators if isinstance(one, RegexValidator)],
            )


def copy_explained() -> str:
    return _(
        "Only this message says it; the template stays as it is. Placeholders in {{ }} are filled in when it leaves."
    )


class WithCopies:
    """For the message log's admin."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view  # type: ignore[attr-defined]
        return [
            path("<int:object_id>/hold/", view(self.hold_view), name="messaging_message_hold"),
            path("<int:object_id>/edit/", view(self.edit_view), name="messaging_message_edit"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def copies_for(self, request: HttpRequest, message: Message) -> list[dict[str, Any]]:
        """Its buttons."""
        if message.status not in NOT_LEFT:
            return []
        links = []
        hold = message.holds.filter(lifted_at=None).first()
        if hold and request.user.has_perm("messaging.change_hold"):
            links.append(let_go_link(hold, back=request.path))
        elif not hold and request.user.has_perm("messaging.add_hold"):
            links.append(
                {
                    "label": _("Hold it back"),
                    "url": reverse("admin:messaging_message_hold", args=[message.pk]),
                }
            )
        if WORDS_OF[message.channel] and request.user.has_perm("messaging.change_message"):
            links.append(
                {
                    "label": _("Change its words"),
                    "url": reverse("admin:messaging_message_edit", args=[message.pk]),
                }
            )
        return links

    def hold_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """GET asks, POST holds it."""
        message = self._message(request, object_id, "messaging.add_hold")

        def do(_cleaned: dict[str, Any]) -> str:
            try:
                hold_message(message_id=message.pk, by=request.user, now=timezone.now())
            except NotPossible as refused:
                raise NotDone(str(refused)) from None
            return _("It is held back until somebody lets it go.")

        return asked(
            request,
            title=_("Hold this message back?"),
            explains=_("It does not leave until somebody lets it go, and not at all once it is of no use."),
            button=_("Hold it back"),
            deed=do,
            back=reverse("admin:messaging_message_change", args=[message.pk]),
            body="admin/messaging/message/question_body.html",
            message=message,
            opts=Message._meta,
        )

    def edit_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """GET shows the words, POST keeps others for this message alone."""
        message = self._message(request, object_id, "messaging.change_message")
        if message.template is None or not WORDS_OF[message.channel]:
            raise Http404

        def do(cleaned: dict[str, Any]) -> str:
            try:
                edit_copy(message_id=message.pk, words=cleaned, by=request.user, now=timezone.now())
            except NotPossible as refused:
                raise NotDone(str(refused)) from None
            return _("This message will say it in your words.")

        return asked(
            request,
            CopyForm(
                request.POST if request.method == "POST" else None,
                template=in_language(
                    message.template, language_for(message.template, message.member, message.club)
                ),
                initial=message.own_words or {},
            ),
            title=_("Words of this message to %(member)s") % {"member": message.member},
            explains=copy_explained(),
            button=_("Keep these words"),
            deed=do,
            back=reverse("admin:messaging_message_change", args=[message.pk]),
            opts=Message._meta,
        )

    def _message(self, request: HttpRequest, object_id: int, permission: str) -> Message:
        message: Message = self.seen_or_404(request, object_id)  # type: ignore[attr-defined]
        if not request.user.has_perm(permission):
            raise PermissionDenied
        return message
