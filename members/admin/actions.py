"""One thing that staff do to one member: a question in a dialog, a permission, the deed by POST, and a kind word."""

import datetime as dt
from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget

from members.admin.panels import Words
from members.admin.questions import asked
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
    body: ClassVar[str] = "admin/question_body.html"

    def is_offered(self, member: Member) -> bool:
        """Whether its button makes sense for her now."""
        return True

    def question(self, member: Member) -> str:
        raise NotImplementedError

    def explain(self, member: Member) -> str:
        """One sentence below the question."""
        return ""

    def context(self, form: MemberActionForm) -> dict[str, Any]:
        """What its own body shows besides the form; also another `explains` or `button`."""
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
        if not member.erased_at and request.user.has_perm(action.permission) and action.is_offered(member)
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
        if member is None or action is None or member.erased_at:
            raise Http404
        if not (
            self.has_view_permission(request, member)  # type: ignore[attr-defined]
            and request.user.has_perm(action.permission)
        ):
            raise PermissionDenied
        form = action.Form(
            request.POST if request.method == "POST" else None,
            initial=request.GET.dict(),
            request=request,
            member=member,
            now=timezone.now(),
        )

        def deed(_cleaned: dict[str, Any]) -> str:
            said = action.do(form)
            self.log_change(request, member, said)  # type: ignore[attr-defined]
            return said

        words = {"explains": action.explain(member), "button": action.button, **action.context(form)}
        return asked(
            request,
            form,
            title=action.question(member),
            deed=deed,
            back=reverse("admin:members_member_change", args=[member.pk]),
            body=action.body,
            opts=Member._meta,
            **words,
        )
