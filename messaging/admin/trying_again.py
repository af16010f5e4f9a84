"""Many messages that failed go back into the outbox together, as when a permission at the provider was missing."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from members.admin.chosen import ChosenForm, as_chosen
from members.admin.questions import NotDone, asked
from members.rules.wording import person_name
from messaging.admin.message_deeds import PERMISSION
from messaging.models import Message
from messaging.operations.settling import try_many_again

MOST = 1_000


class TryForm(ChosenForm):
    """Only the question's own says yes."""

    yes = forms.CharField(widget=forms.HiddenInput, initial="yes")


class WithTryingAgain:
    """For the log while it shows what failed: those chosen are tried again."""

    actions = ("try_chosen_again",)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        shows_failed = request.GET.get("status__exact") == Message.Status.FAILED
        return super().get_actions(request) if shows_failed else {}  # type: ignore[misc, no-any-return]

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(PERMISSION))

    @admin.action(description=gettext_lazy("Try again"), permissions=["settle"])
    def try_chosen_again(self, request: HttpRequest, messages: QuerySet[Message]) -> HttpResponse:
        ids = list(messages.order_by().values_list("pk", flat=True)[: MOST + 1])
        form = TryForm(request.POST if "yes" in request.POST else None, initial=as_chosen(request))
        is_few = len(ids) <= MOST
        title = ngettext("Try %(n)s message again?", "Try %(n)s messages again?", len(ids)) % {
            "n": f"{len(ids):,}"
        }
        explains = _(
            "They go back into the outbox and leave as soon as they may, each once. Whoever opted out or came back by then is "
            "not written to. First see to what made them fail."
        )
        too_many = _("That is more than %(most)s. Choose fewer, by a date or a workflow.") % {
            "most": f"{MOST:,}"
        }
        return asked(
            request,
            form,
            title=title if is_few else str(_("Try again")),
            explains=explains if is_few else too_many,
            button=_("Try again") if is_few else "",
            deed=lambda _cleaned: _tried(request, ids),
            back=request.get_full_path(),
            opts=Message._meta,
        )


def _tried(request: HttpRequest, ids: list[int]) -> str:
    if len(ids) > MOST:
        raise NotDone(_("Those were too many; nothing was changed."))
    number = try_many_again(message_ids=ids, by=person_name(request.user), now=timezone.now())
    others = len(ids) - number
    stay = ngettext(
        "%(n)s stays as it is: it would not be sent, or somebody was quicker.",
        "%(n)s stay as they are: they would not be sent, or somebody was quicker.",
        others,
    ) % {"n": f"{others:,}"}
    if not number:
        raise NotDone(stay)
    said = ngettext(
        "%(n)s message is in the outbox again.", "%(n)s messages are in the outbox again.", number
    ) % {"n": f"{number:,}"}
    return f"{said} {stay}" if others else said
