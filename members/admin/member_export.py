"""Members out to a file: what the list shows right now, and that somebody took it."""

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from members.admin.file_traces import download, leave_trace
from members.admin.scoping import visible_club_ids
from members.models import Club
from members.transfer.exporting import csv_lines, json_lines

FORMATS = {"csv": (csv_lines, "text/csv; charset=utf-8"), "json": (json_lines, "application/json")}
# What belongs to the page of the list, not to what it shows.
NOT_A_FILTER = ("p", "all", "o", "e", "_popup", "_to_field")


class WithExport:
    """For the admin of members: the page to export, and the way to it from the list."""

    admin_site: Any
    opts: Any

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        return [path("export/", view, name="members_member_export"), *super().get_urls()]  # type: ignore[misc]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        where = reverse("admin:members_member_export")
        if filters := request.GET.urlencode():
            where = f"{where}?{filters}"
        return super().changelist_view(request, {**(extra_context or {}), "export_url": where})  # type: ignore[misc, no-any-return]

    @method_decorator(require_http_methods(["GET", "POST"]))
    def export_view(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        if not self.has_view_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        filters = request.GET.copy()
        for name in NOT_A_FILTER:
            filters.pop(name, None)
        request.GET = filters  # type: ignore[assignment]
        try:
            members = self.get_changelist_instance(request).queryset  # type: ignore[attr-defined]
        except IncorrectLookupParameters:
            return HttpResponseRedirect(reverse("admin:members_member_changelist") + "?e=1")
        count = members.count()
        if request.method == "POST" and (form := FORMATS.get(request.POST.get("format", ""))) and count:
            lines, content_type = form
            suffix = request.POST["format"]
            clubs = {club.pk: club for club in Club.objects.filter(pk__in=visible_club_ids(request))}
            what = ngettext("%d member", "%d members", count) % count
            asked = filters.urlencode() or "–"
            leave_trace(
                request,
                self.opts.model,
                what,
                _("Exported as %(form)s; filtered by: %(filters)s") % {"form": suffix, "filters": asked},
            )
            owner = f"{next(iter(clubs.values())).slug}-" if len(clubs) == 1 else ""
            name = f"{owner}members-{timezone.now():%Y-%m-%d}.{suffix}"
            return download(lines(members, clubs), content_type, name)
        context = {"count": count, "is_filtered": bool(filters), "filtered_by": filters.urlencode()}
        everywhere = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Export members"),
        }
        return TemplateResponse(request, "admin/members/files/export.html", everywhere | context)
