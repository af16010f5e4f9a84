"""The buttons above the page of one row: what this person may do with it, each asked about once more before it is done."""

from typing import Any

from django.http import HttpRequest, HttpResponse


class WithPageDeeds:
    """For an admin that says by `deeds_of` which buttons a row has, each with its label and its address."""

    change_form_outer_before_template = "admin/messaging/page_deeds.html"

    def deeds_of(self, request: HttpRequest, row: Any) -> list[dict[str, Any]]:
        raise NotImplementedError

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id) if object_id else None  # type: ignore[attr-defined]
        context = {"deeds": self.deeds_of(request, row) if row else [], **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)  # type: ignore[misc, no-any-return]
