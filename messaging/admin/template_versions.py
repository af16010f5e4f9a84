"""The versions of a template: who changed which words when, and the way back to any of them."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from members.admin.columns import when
from members.admin.scoping import WithHistory
from members.rules.wording import language_name, person_name
from messaging.models import MessageTemplate
from messaging.operations.templates import CAME_READY_MADE, SaysThatAlready, keep_first_words, restore_version
from messaging.reports.wordings import wordings
from messaging.rules.text_difference import difference

COMPARED = ("name", "channel", *MessageTemplate.VERSIONED, "from_name", "from_email", "icon")


class WithVersions(WithHistory):
    """For the templates' admin."""

    object_history_template = "admin/messaging/template_versions.html"
    history_list_per_page = 20

    def get_urls(self) -> list[Any]:
        own = path(
            "<int:pk>/versions/<int:version_id>/restore/",
            self.admin_site.admin_view(self.restore_view),
            name="messaging_messagetemplate_restore",
        )
        return [own, *super().get_urls()]

    def history_view_title(self, request: HttpRequest, obj: MessageTemplate | None) -> str:
        return _("Versions of “%(name)s”") % {"name": obj}

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        present = self.get_object(request, object_id)
        may_restore = present is not None and self.has_change_permission(request, present)
        extra = {"present": present, "may_restore": may_restore, **(extra_context or {})}
        return super().history_view(request, object_id, extra)

    def set_history_delta_changes(
        self, request: HttpRequest, historical_records: Any, *_: Any, **__: Any
    ) -> None:
        """Words compared word by word instead of the library's bare before and after."""
        records = list(historical_records)
        if not records:
            return
        older = [*records[1:], records[-1].prev_record]
        club = records[0].instance.club
        told = {}
        if request.user.has_perm("messaging.view_message"):
            shown = {record.version for record in records}
            told = wordings(template=records[0].instance, versions=shown, now=timezone.now())
        for record, before in zip(records, older, strict=True):
            record.changed = differences(before, record) if before else []
            record.is_first = before is None
            # A version that was saved again without a change of its words is told once, where its words began.
            is_same = before is not None and before.version == record.version
            record.wording = None if is_same else told.get(record.version)
            # What came ready made was noted when it was first changed; when it was written nobody knows.
            is_noted_later = record.is_first and record.history_change_reason == CAME_READY_MADE
            record.at = "" if is_noted_later else when(record.history_date, club)
            record.who = record.history_user and person_name(record.history_user)

    def save_model(self, request: HttpRequest, obj: MessageTemplate, form: Any, change: bool) -> None:
        if change:
            keep_first_words(template_id=obj.pk)
        super().save_model(request, obj, form, change)

    def restore_view(self, request: HttpRequest, pk: int, version_id: int) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_change_permission(request):
            raise PermissionDenied
        template = self.get_object(request, str(pk))
        if template is None:
            raise Http404
        version = get_object_or_404(MessageTemplate.history, id=pk, history_id=version_id)
        versions = reverse("admin:messaging_messagetemplate_history", args=[pk])
        try:
            template = restore_version(template_id=pk, version=version, by=request.user)
        except SaysThatAlready:
            self.message_user(request, _("The template says that already."), messages.INFO)
            return HttpResponseRedirect(versions)
        except ValidationError as refused:
            said = _("These words could not be sent any more: %(why)s") % {"why": " ".join(refused.messages)}
            self.message_user(request, said, messages.ERROR)
            return HttpResponseRedirect(versions)
        self.log_change(
            request, template, _("Brought back version %(version)s.") % {"version": version.version}
        )
        said = _("Version %(old)s is back, as version %(new)s.")
        self.message_user(request, said % {"old": version.version, "new": template.version}, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:messaging_messagetemplate_change", args=[pk]))


def differences(before: Any, after: Any) -> list[tuple[str, Any]]:
    """The label of each field that changed, with the pieces of its text."""
    changed = []
    for name in COMPARED:
        old, new = _shown(before, name), _shown(after, name)
        if old != new:
            label: Any = MessageTemplate._meta.get_field(name)
            changed.append((capfirst(str(label.verbose_name)), difference(old, new)))
    return changed


def _shown(record: Any, name: str) -> str:
    if name == "translations":
        return "\n".join(
            f"{language_name(code)}: {said}"
            for code, words in sorted(record.translations.items())
            for said in words.values()
            if said
        )
    value = record.get_channel_display() if name == "channel" else getattr(record, name)
    # How a browser ends lines is no change of the words.
    return str(value).replace("\r\n", "\n")
