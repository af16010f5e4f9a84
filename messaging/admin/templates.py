"""Message templates: the words, with the placeholders beside them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminTextareaWidget

from members.admin.scoping import ClubScopedAdmin, ScopedFilter, WithHistory
from messaging.models import MessageTemplate
from messaging.rules.placeholders import PLACEHOLDERS
from messaging.signals import template_in_use


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


@admin.register(MessageTemplate)
class MessageTemplateAdmin(WithHistory, ClubScopedAdmin):
    club_path = "club"
    # A workflow's step names its template by club and short name.
    fixed_once_saved = ("club", "slug")
    form = MessageTemplateForm
    list_display = ["name", "channel", "start_of_text", "version", "club"]
    list_filter = [("channel", ChoicesDropdownFilter), ("club", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["club"]
    search_fields = ["name", "slug", "text_body"]
    filled_from = {"slug": ["name"]}
    readonly_fields = ["placeholders_used", "version", "placeholder_buttons"]
    change_form_show_cancel_button = True
    fieldsets = [
        (None, {"fields": ["club", "name", "slug", "channel"]}),
        (
            _("Words"),
            {
                "fields": [
                    "placeholder_buttons",
                    "subject",
                    "text_body",
                    "html_body",
                    "placeholders_used",
                    "version",
                ]
            },
        ),
        (_("Sender, if not the club's"), {"fields": ["from_name", "from_email"]}),
        (_("In-app messages"), {"fields": ["title", "action_url", "icon"], "classes": ["collapse"]}),
    ]

    class Media:
        js = ["rollcall/placeholders.js"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in ("subject", "title", "action_url"):
            field.widget.attrs["data-takes-placeholders"] = ""
        return field

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """A template that something still sends is protected, on its own page and in the list's action alike."""
        deleted, counts, lacking, protected = super().get_deleted_objects(objs, request)
        for template in objs:
            for _receiver, sentences in template_in_use.send(MessageTemplate, template=template):
                protected += sentences
        return deleted, counts, lacking, protected

    @admin.display(description=_("text"))
    def start_of_text(self, template: MessageTemplate) -> str:
        return template.text_body if len(template.text_body) <= 80 else f"{template.text_body[:79]}…"

    @admin.display(description=_("placeholders used"))
    def placeholders_used(self, template: MessageTemplate) -> str:
        return ", ".join(
            str(PLACEHOLDERS[name].label) for name in template.placeholders if name in PLACEHOLDERS
        )

    @admin.display(description=_("click to insert"))
    def placeholder_buttons(self, template: MessageTemplate | None = None) -> SafeString:
        return format_html_join(
            "",
            '<button type="button" class="rollcall-placeholder" data-inserts="{{{{ {} }}}}" title="{}">{}</button>',
            (
                (
                    one.name,
                    _("{{ %(name)s }}, for example: %(sample)s") % {"name": one.name, "sample": one.sample},
                    one.label,
                )
                for one in PLACEHOLDERS.values()
            ),
        )
