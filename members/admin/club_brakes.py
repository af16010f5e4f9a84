"""The brakes on a club's page: pause sending, let it go on, and the hourly ceiling; none is a field of the form."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from members.admin.columns import when
from members.admin.questions import NotDone, asked
from members.models import Club
from members.operations.sending import pause_sending, resume_sending, set_hourly_ceiling
from members.reports.pauses import pause_of
from members.rules.wording import person_name

PERMISSION = "members.brake_club"
BRAKES = ("sending_paused", "hourly_ceiling")
PAUSED_ALREADY = gettext_lazy("Sending is paused already.")
LEAVE_ALREADY = gettext_lazy("Messages leave already.")

ToKnow = Callable[[Club, dt.datetime], str]
_to_know: list[ToKnow] = []


def add_to_know(sentence: ToKnow) -> None:
    """Let an app above say what whoever uses a brake should know, like how much waits."""
    _to_know.append(sentence)


class WhyForm(forms.Form):
    why = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("Stands on the club's page while sending is paused; may stay empty."),
        widget=UnfoldAdminTextInputWidget,
    )


class CeilingForm(forms.Form):
    most = forms.IntegerField(
        label=gettext_lazy("Messages in an hour at most"),
        min_value=1,
        max_value=2**31 - 1,
        required=False,
        help_text=gettext_lazy("Empty for no limit."),
        widget=UnfoldAdminIntegerFieldWidget,
    )


class WithClubBrakes:
    """Buttons above the club's form; each asks in a dialog, takes a permission of its own, and is done by POST only."""

    change_form_outer_before_template = "admin/members/club_brakes.html"

    def get_urls(self) -> list[Any]:
        wrap: Callable[..., Any] = self.admin_site.admin_view  # type: ignore[attr-defined]
        views = {"pause": self.pause_view, "resume": self.resume_view, "ceiling": self.ceiling_view}
        own = [
            path(f"<int:object_id>/{name}/", wrap(view), name=f"members_club_{name}")
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]  # type: ignore[misc]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if club := kwargs.get("obj"):
            may = request.user.has_perm(PERMISSION)
            context["brakes"] = {
                "paused": _pause_in_words(club) if club.sending_paused else "",
                "ceiling": _ceiling_in_words(club.hourly_ceiling),
                "deeds": _deeds(club) if may else [],
            }
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc, no-any-return]

    def save_model(self, request: HttpRequest, obj: Club, form: forms.ModelForm[Club], change: bool) -> None:
        if change:
            # A pause that comes between reading the club and saving the form would be overwritten, here and in the history.
            stored = Club.objects.select_for_update(no_key=True).values(*BRAKES).get(pk=obj.pk)
            for name, value in stored.items():
                setattr(obj, name, value)
        super().save_model(request, obj, form, change)  # type: ignore[misc]

    def pause_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        club = self._brakable(request, object_id)

        def do(cleaned: dict[str, Any]) -> str:
            if not pause_sending(club_id=club.pk, why=cleaned.get("why", "")):
                raise NotDone(PAUSED_ALREADY)
            return _("Sending is paused. Nothing leaves any more.")

        return self._ask(
            request,
            club,
            do,
            WhyForm,
            title=_("Pause sending for %(club)s?"),
            says=_("Nothing leaves the club until somebody lets it go on; what is due waits."),
            button=_("Pause sending"),
            already=str(PAUSED_ALREADY) if club.sending_paused else "",
        )

    def resume_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        club = self._brakable(request, object_id)

        def do(_cleaned: dict[str, Any]) -> str:
            if not resume_sending(club_id=club.pk):
                raise NotDone(LEAVE_ALREADY)
            return _("Messages leave again.")

        return self._ask(
            request,
            club,
            do,
            title=_("Let %(club)s send again?"),
            says=_("What waits leaves as soon as it may; what is too late by now is recorded as missed."),
            button=_("Let messages leave"),
            already="" if club.sending_paused else str(LEAVE_ALREADY),
        )

    def ceiling_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        club = self._brakable(request, object_id)

        def do(cleaned: dict[str, Any]) -> str:
            if not set_hourly_ceiling(club_id=club.pk, most=cleaned["most"]):
                raise NotDone(_("Nothing was changed: it was so before."))
            return _ceiling_in_words(cleaned["most"])

        return self._ask(
            request,
            club,
            do,
            CeilingForm,
            title=_("How many messages of %(club)s may leave in an hour?"),
            says=_("In any 60 minutes, of all workflows together; what is more waits."),
            button=_("Save"),
        )

    def _ask(
        self,
        request: HttpRequest,
        club: Club,
        do: Callable[[dict[str, Any]], str],
        form: type[forms.Form] = forms.Form,
        *,
        title: str,
        says: str,
        button: str,
        already: str = "",
    ) -> HttpResponse:
        """`already`: why there is nothing to do, said instead of a button."""

        def deed(cleaned: dict[str, Any]) -> str:
            said = do(cleaned)
            self.log_change(request, club, said)  # type: ignore[attr-defined]
            return said

        data = request.POST if request.method == "POST" else None
        return asked(
            request,
            None if already else form(data, initial={"most": club.hourly_ceiling}),
            title=title % {"club": club},
            explains=already or _with_what_to_know(says, club),
            button="" if already else button,
            deed=deed,
            back=_page(club),
            opts=Club._meta,
        )

    def _brakable(self, request: HttpRequest, object_id: int) -> Club:
        club: Club | None = self.get_object(request, str(object_id))  # type: ignore[attr-defined]
        if club is None:
            raise Http404
        if not (
            request.user.has_perm(PERMISSION) and self.has_view_permission(request, club)  # type: ignore[attr-defined]
        ):
            raise PermissionDenied
        return club


def _deeds(club: Club) -> list[dict[str, str]]:
    first = ("resume", _("Let messages leave")) if club.sending_paused else ("pause", _("Pause sending"))
    return [
        {"label": label, "url": reverse(f"admin:members_club_{name}", args=[club.pk])}
        for name, label in (first, ("ceiling", _("Change the hourly ceiling")))
    ]


def _pause_in_words(club: Club) -> str:
    """Since when, by whom and why, as far as the history knows."""
    version = pause_of(club)
    if version is None:
        return _("Nothing leaves; what is due waits.")
    said = _("Since %(when)s, by %(who)s.") if version.history_user else _("Since %(when)s.")
    who = person_name(version.history_user) if version.history_user else ""
    why = f" {version.history_change_reason}" if version.history_change_reason else ""
    told = said % {"when": when(version.history_date, club), "who": who}
    return f"{told}{why} {_('Nothing leaves; what is due waits.')}"


def _ceiling_in_words(most: int | None) -> str:
    if most is None:
        return _("Any number of messages may leave in an hour.")
    said = ngettext(
        "At most %(n)s message leaves in an hour.", "At most %(n)s messages leave in an hour.", most
    )
    return said % {"n": f"{most:,}"}


def _with_what_to_know(says: str, club: Club) -> str:
    now = timezone.now()
    return " ".join(said for said in (says, *(one(club, now) for one in _to_know)) if said)


def _page(club: Club) -> str:
    return reverse("admin:members_club_change", args=[club.pk])
