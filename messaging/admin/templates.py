"""Message templates: the words, with the placeholders, the preview and the price beside them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminTextareaWidget

from members.admin.columns import when
from members.admin.scoping import ClubScopedAdmin, ScopedFilter, visible_club_ids
from messaging.admin.template_languages import WithLanguages
from messaging.admin.template_preview import WithPreview
from messaging.admin.template_trial import Trial, fill
from messaging.admin.template_trial_send import WithTrialSend
from messaging.admin.template_use import refusals_of_waiting
from messaging.admin.template_versions import WithVersions
from messaging.models import Channel, MessageTemplate
from messaging.rules.placeholders import OF_THE_CLUB, OF_THE_MEMBER, OF_THE_OCCASION, PLACEHOLDERS
from messaging.rules.sms_parts import count_parts
from messaging.signals import uses_of

GROUPS = (
    (_("Member"), OF_THE_MEMBER),
    (_("Club"), OF_THE_CLUB),
    (_("Occasion"), OF_THE_OCCASION),
)


class MessageTemplateForm(forms.ModelForm):
    class Meta:
        widgets = {
            # The browser's own checks of spelling are welcome, its corrections of braces are not.
            "text_body": UnfoldAdminTextareaWidget(
                {"rows": 8, "autocapitalize": "off", "data-takes-placeholders": ""}
            ),
            "html_body": UnfoldAdminTextareaWidget(
                {"rows": 12, "spellcheck": "false", "data-takes-placeholders": ""}
            ),
        }

    # Browsers end lines with two characters, of which a text message would be charged both.
    def clean_text_body(self) -> str:
        return self.cleaned_data["text_body"].replace("\r\n", "\n")

    def clean_html_body(self) -> str:
        return self.cleaned_data["html_body"].replace("\r\n", "\n")


@admin.register(MessageTemplate)
class MessageTemplateAdmin(WithPreview, WithLanguages, WithTrialSend, WithVersions, ClubScopedAdmin):
    club_path = "club"
    # A workflow's step names its template by club and short name.
    fixed_once_saved = ("club", "slug")
    form = MessageTemplateForm
    list_display = ["name", "channel", "category", "start_of_text", "parts", "used_by", "changed"]
    list_filter = [
        ("channel", ChoicesDropdownFilter),
        ("category", ChoicesDropdownFilter),
        ("club", ScopedFilter),
    ]
    list_filter_submit = True
    list_select_related = ["club"]
    search_fields = ["name", "slug", "text_body"]
    filled_from = {"slug": ["name"]}
    readonly_fields = ["placeholders_used", "version", "placeholder_buttons"]
    change_form_show_cancel_button = True
    change_form_outer_after_template = "admin/messaging/template_preview.html"
    warn_unsaved_form = True
    fieldsets = [
        (None, {"fields": ["club", "name", "slug", "channel", "category"]}),
        (
            _("Words"),
            {
                "fields": [
                    "subject",
                    "text_body",
                    "placeholder_buttons",
                    "html_body",
                    "language",
                    "placeholders_used",
                    "version",
                ]
            },
        ),
        (_("Sender, if not the club's"), {"fields": ["from_name", "from_email"]}),
        (_("In-app messages"), {"fields": ["title", "action_url", "icon"], "classes": ["collapse"]}),
        (_("WhatsApp"), {"fields": ["whatsapp_template", "whatsapp_language"], "classes": ["collapse"]}),
    ]

    class Media:
        js = ["rollcall/template_editor.js"]
        css = {"all": ["rollcall/template_editor.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[MessageTemplate]:
        newest = MessageTemplate.history.filter(id=OuterRef("pk")).order_by("-history_date", "-history_id")
        found = super().get_queryset(request).select_related("club")
        return found.annotate(changed_at=Subquery(newest.values("history_date")[:1]))

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return [*self.list_display, "club"] if len(visible_club_ids(request)) > 1 else list(self.list_display)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        shown = super().get_changelist_instance(request)
        shown.result_list = list(shown.result_list)
        uses = uses_of(shown.result_list)
        for template in shown.result_list:
            template.uses = uses[template.pk]
        return shown

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in ("subject", "title", "action_url"):
            field.widget.attrs["data-takes-placeholders"] = ""
        return field

    def get_fieldsets(self, request: HttpRequest, obj: MessageTemplate | None = None) -> Any:
        may_write = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        if may_write:
            return self.fieldsets
        return [
            (name, {**part, "fields": [one for one in part["fields"] if one != "placeholder_buttons"]})
            for name, part in self.fieldsets
        ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        template = self.get_object(request, object_id) if object_id else None
        extra: dict[str, Any] = {**(extra_context or {}), "preview": self._panel(request, template)}
        if extra["preview"]["uses"]:
            # What would be refused is not offered; the panel says who sends it.
            extra["show_delete"] = False
        return super().changeform_view(request, object_id, form_url, extra)

    def _panel(self, request: HttpRequest, template: MessageTemplate | None) -> dict[str, Any]:
        panel = self.panel_of(request, template)
        if template is None:
            return panel | {"uses": []}
        return panel | {
            "uses": self._links(request, template),
            "languages": self.languages_of(request, template),
            "versions_url": reverse("admin:messaging_messagetemplate_history", args=[template.pk]),
        }

    def _links(self, request: HttpRequest, template: MessageTemplate) -> list[dict[str, str]]:
        return [
            {"place": use.place, "url": use.url if request.user.has_perm(use.permission) else ""}
            for use in uses_of([template])[template.pk]
        ]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """A template that something still sends, or that waits to leave, is protected, on its own page and in the list's action alike."""
        deleted, counts, lacking, protected = super().get_deleted_objects(objs, request)
        for uses in uses_of(list(objs)).values():
            protected += [use.refusal for use in uses]
        protected += refusals_of_waiting(list(objs))
        return deleted, counts, lacking, protected

    @admin.display(description=_("text"))
    def start_of_text(self, template: MessageTemplate) -> str:
        return template.text_body if len(template.text_body) <= 80 else f"{template.text_body[:79]}…"

    @admin.display(description=_("parts"))
    def parts(self, template: MessageTemplate) -> int | str:
        """For somebody made up, whose name is neither short nor long."""
        if template.channel != Channel.SMS:
            return ""
        trial = Trial(template, template.club)
        fill(trial, timezone.now(), is_sent=False)
        return count_parts(trial.words.text).parts if trial.words else "?"

    @admin.display(description=_("sent by"))
    def used_by(self, template: MessageTemplate) -> SafeString | str:
        uses = template.uses  # type: ignore[attr-defined]
        return format_html_join(", ", "{}", ((use.place,) for use in uses)) if uses else str(_("nothing yet"))

    @admin.display(description=_("changed"), ordering="changed_at")
    def changed(self, template: MessageTemplate) -> str:
        return when(template.changed_at, template.club) or str(_("not yet"))  # type: ignore[attr-defined]

    @admin.display(description=_("placeholders used"))
    def placeholders_used(self, template: MessageTemplate) -> str:
        return ", ".join(
            str(PLACEHOLDERS[name].label) for name in template.placeholders if name in PLACEHOLDERS
        )

    @admin.display(description=_("click to insert"))
    def placeholder_buttons(self, template: MessageTemplate | None = None) -> SafeString:
        return render_to_string("admin/messaging/placeholder_buttons.html", {"groups": GROUPS})
