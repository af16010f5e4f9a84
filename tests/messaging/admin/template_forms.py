"""A template's form as a browser would post it, and somebody who may edit it."""

from typing import Any

from django.urls import reverse

from messaging.models import MessageTemplate
from tests.members.admin.world import staff_of

EDITS = ("messaging.view_messagetemplate", "messaging.change_messagetemplate", "members.view_member")


def page(template: MessageTemplate | None, name: str) -> str:
    return reverse(f"admin:messaging_messagetemplate_{name}", args=[template.pk] if template else [])


def typed(template: MessageTemplate, **changes: Any) -> dict[str, Any]:
    names = ("name", "channel", "category", *MessageTemplate.WORDS, "from_name", "from_email", "icon")
    return {name: getattr(template, name) for name in names} | changes


def editor_of(template: MessageTemplate, permissions: Any = EDITS) -> Any:
    return staff_of(template.club, permissions=permissions)
