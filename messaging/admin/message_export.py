"""The log as a file: exactly what the list shows with its filters, for whoever may read it."""

import logging
from collections.abc import Iterator
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.urls import path, reverse
from django.utils import timezone

from messaging.transfer.message_log import FORMATS, lines_of

logger = logging.getLogger(__name__)


class WithExport:
    """For the log's list: a link for each kind of file, which takes the list's own filters along."""

    list_before_template = "admin/messaging/message/export.html"

    def get_urls(self) -> list[Any]:
        own = path(
            "export.<slug:form>",
            self.admin_site.admin_view(self.export_view),  # type: ignore[attr-defined]
            name="messaging_message_export",
        )
        return [own, *super().get_urls()]  # type: ignore[misc]

    def export_view(self, request: HttpRequest, form: str) -> HttpResponseBase:
        if form not in FORMATS:
            raise Http404
        if not self.has_view_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        try:
            rows = self.get_changelist_instance(request).queryset  # type: ignore[attr-defined]
        except IncorrectLookupParameters:
            return HttpResponseRedirect(reverse("admin:messaging_message_changelist"))

        def pieces() -> Iterator[str]:
            written = 0
            try:
                for piece, written in lines_of(rows, form):  # noqa: B007 - told below
                    yield piece
            finally:
                # Who took how many away; never whom they were about.
                logger.info("User %s exported %d messages as %s", request.user.pk, written, form)

        response = StreamingHttpResponse(pieces(), content_type=FORMATS[form])
        name = f"messages-{timezone.now():%Y-%m-%d}.{form}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
