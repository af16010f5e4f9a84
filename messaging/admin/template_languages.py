"""A template in another language: its words there, checked and shown as they would be sent, and kept as a new version."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from members.rules.wording import language_name, languages
from messaging.admin.message_copies import CopyForm
from messaging.admin.template_trial import label_of
from messaging.models import MessageTemplate
from messaging.operations.templates import write_in
from messaging.reports.speakers import speakers
from messaging.rules.languages import code_at_meta, fields_of, may_be_written_in, own_language


class WithLanguages:
    """For the templates' admin."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view  # type: ignore[attr-defined]
        return [
            path(
                "<int:pk>/languages/<slug:code>/",
                view(self.language_view),
                name="messaging_messagetemplate_language",
            ),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def languages_of(self, request: HttpRequest, template: MessageTemplate) -> dict[str, Any]:
        """For the panel: its own language, those that it is written in besides, and those that it could be; each with how
        many members speak it."""
        spoken = speakers(template.club)

        def link(code: str, name: str) -> dict[str, Any]:
            where = reverse("admin:messaging_messagetemplate_language", args=[template.pk, code])
            return {"name": name, "url": where, "members": spoken.get(code, 0)}

        own = own_language(template, template.club)
        others = [link(code, name) for code, name in languages() if code in template.translations]
        rest = [
            link(code, name)
            for code, name in languages()
            if code != own and code not in template.translations
        ]
        may = self.has_change_permission(request, template)  # type: ignore[attr-defined]
        return {
            "own": {"name": language_name(own), "members": spoken.get(own, 0)},
            "others": others,
            "rest": sorted(rest, key=lambda one: -one["members"]) if may else [],
        }

    def language_view(self, request: HttpRequest, pk: int, code: str) -> HttpResponse:
        """GET shows the form, filled with the template's own words at first; POST keeps it, or takes the language away."""
        template = self._in(request, pk, code)
        back = reverse("admin:messaging_messagetemplate_change", args=[pk])
        form = self._form(request, template, code)
        if request.method == "POST":
            if not self.has_change_permission(request, template):  # type: ignore[attr-defined]
                raise PermissionDenied
            is_dropped = "_drop" in request.POST
            if is_dropped or form.is_valid():
                words = None if is_dropped else form.cleaned_data
                try:
                    kept = write_in(template_id=pk, language=code, words=words, by=request.user)
                except ValidationError as refused:
                    form.is_valid()
                    form.add_error(None, refused)
                else:
                    said = _("Kept as version %(version)s.") % {"version": kept.version}
                    messages.success(request, said)
                    return HttpResponseRedirect(back)
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": _("%(template)s in %(language)s")
            % {"template": template, "language": language_name(code)},
            "opts": MessageTemplate._meta,
            "template": template,
            "form": form,
            "fields": list(form),
            "is_written": code in template.translations,
            "may_write": self.has_change_permission(request, template),  # type: ignore[attr-defined]
            "own": [(label_of(name), getattr(template, name)) for name in fields_of(template.channel)],
            "own_language": language_name(own_language(template, template.club)),
            "language": code,
            "back": back,
            "preview": self.panel_of(request, template, code),  # type: ignore[attr-defined]
        }
        return render(request, "admin/messaging/template_language.html", context)

    def _in(self, request: HttpRequest, pk: int, code: str) -> MessageTemplate:
        template: MessageTemplate = self.seen_or_404(request, pk)  # type: ignore[attr-defined]
        if not may_be_written_in(template, code):
            raise Http404
        return template

    def _form(self, request: HttpRequest, template: MessageTemplate, code: str) -> CopyForm:
        form = CopyForm(
            request.POST if request.method == "POST" and "_drop" not in request.POST else None,
            template=template,
            fields=fields_of(template.channel),
            initial={"whatsapp_language": "", **template.translations.get(code, {})},
        )
        if "whatsapp_language" in form.fields:
            form.fields["whatsapp_language"].help_text = _(
                "By which Meta approved these words; %(code)s if empty."
            ) % {"code": code_at_meta(code, template.club)}
        return form
