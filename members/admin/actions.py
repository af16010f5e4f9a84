"""One thing that staff do to one member: a question in a dialog, a permission, the deed by POST, and a kind word."""

import datetime as dt
from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget

from members.admin.panels import Words
from members.models import Member


class DayInput(UnfoldAdminTextInputWidget):
    input_type = "date"


class HourInput(UnfoldAdminTextInputWidget):
    input_type = "time"


class MemberActionForm(forms.Form):
    """Knows whom it is about and when it is."""

    def __init__(
        self, *args: Any, request: HttpRequest, member: Member, now: dt.datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.member, self.now = request, member, now
        self.prepare()

    def prepare(self) -> None:
        """Fill choices and first values that depend on the member or on the hour."""


class MemberAction:
    name: ClassVar[str]
    label: ClassVar[Words]
    button: ClassVar[Words]
    icon: ClassVar[str] = ""
    place: ClassVar[int] = 99
    """The lower, the further to the front."""
    permission: ClassVar[str]
    Form: ClassVar[type[MemberActionForm]] = MemberActionForm
    template: ClassVar[str] = "admin/members/member/fields.html"

    def is_offered(self, member: Member) -> bool:
        """Whether its button makes sense for her now."""
        return True

    def question(self, member: Member) -> str:
        raise NotImplementedError

    def explain(self, member: Member) -> str:
        """One sentence below the question."""
        return ""

    def context(self, form: MemberActionForm) -> dict[str, Any]:
        """What its own template shows besides the form."""
        return {}

    def do(self, form: MemberActionForm) -> str:
        """The deed, by one operation; what to say about it. Raises ValidationError if it is refused."""
        raise NotImplementedError


_actions: dict[str, MemberAction] = {}


def add_member_action(action: MemberAction) -> None:
    """Put an action on every member's page; also for an app above."""
    if action.name in _actions:
        raise ValueError(f"Two actions call themselves {action.name}.")
    _actions[action.name] = action


def offered_to(request: HttpRequest, member: Member) -> list[MemberAction]:
    return [
        action
        for action in sorted(_actions.values(), key=lambda action: action.place)
        if request.user.has_perm(action.permission) and action.is_offered(member)
    ]


def address_of_action(name: str, member: Member) -> str:
    return reverse("admin:members_member_action", args=[member.pk, name])


class WithActions:
    """Gives the member's admin a page for each action: GET asks, POST does it."""

    def get_urls(self) -> list[URLPattern]:
        view: Callable[..., HttpResponse] = self.admin_site.admin_view(self.action_view)  # type: ignore[attr-defined]
        own = path("<int:object_id>/do/<slug:name>/", view, name="members_member_action")
        return [own, *super().get_urls()]  # type: ignore[misc]

    def action_view(self, request: HttpRequest, object_id: int, name: str) -> HttpResponse:
        member: Member | None = self.get_object(request, str(object_id))  # type: ignore[attr-defined]
        action = _actions.get(name)
        if member is None or action is None:
            raise Http404
        if not (
            self.has_view_permission(request, member)  # type: ignore[attr-defined]
            and request.user.has_perm(action.permission)
        ):
            raise PermissionDenied
        form = action.Form(
            request.POST if request.method == "POST" else None,
            initial=request.GET.dict(),
            # The form below on the page has fields of the same names.
            auto_id="ask_%s",
            request=request,
            member=member,
            now=timezone.now(),
        )
        if request.method == "POST" and form.is_valid():
            try:
                said = action.do(form)
            except ValidationError as refused:
                form.add_error(None, refused)
            else:
                self.log_change(request, member, said)  # type: ignore[attr-defined]
                messages.success(request, said)
                return _go_to(request, reverse("admin:members_member_change", args=[member.pk]))
        return self._question(request, action, form)

    def _question(self, request: HttpRequest, action: MemberAction, form: MemberActionForm) -> HttpResponse:
        is_dialog = "HX-Request" in request.headers
        context = {
            **({} if is_dialog else self.admin_site.each_context(request)),  # type: ignore[attr-defined]
            "title": action.question(form.member),
            "explanation": action.explain(form.member),
            "action": action,
            "address": address_of_action(action.name, form.member),
            "form": form,
            "member": form.member,
            "media": self.media,  # type: ignore[attr-defined]
            "opts": Member._meta,
            **action.context(form),
        }
        page = "question" if is_dialog else "question_page"
        return render(request, f"admin/members/member/{page}.html", context)


def _go_to(request: HttpRequest, address: str) -> HttpResponse:
    # A redirect would be followed inside the dialog.
    return (
        HttpResponse(headers={"HX-Redirect": address})
        if "HX-Request" in request.headers
        else redirect(address)
    )
