"""Members in from a file, after a look at what it would do, and out to one: what the list shows right now."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import IncorrectLookupParameters, get_content_type_for_model
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from members.admin.import_words import plans_in_words, refusal_in_words
from members.admin.scoping import visible_club_ids
from members.admin.upload_forms import UploadForm, UpTo
from members.models import Club, Member
from members.transfer import uploads
from members.transfer.exporting import csv_lines, json_lines
from members.transfer.formulas import guarded
from members.transfer.importing import UnreadableFile, import_members, preview_members, refusals

REFUSALS_SHOWN = 100
FORMATS = {"csv": (csv_lines, "text/csv; charset=utf-8"), "json": (json_lines, "application/json")}
# What belongs to the page of the list, not to what it shows.
NOT_A_FILTER = ("p", "all", "o", "e", "_popup", "_to_field")


class WithFiles:
    """For the admin of members: the pages to import and to export, and the way to them from the list."""

    admin_site: Any
    opts: Any

    @property
    def media(self) -> forms.Media:
        return super().media + forms.Media(css={"all": ["rollcall/member_files.css"]})  # type: ignore[misc, no-any-return]

    def get_urls(self) -> list[URLPattern]:
        def at(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"members_member_{name}")

        return [
            at("import/", self.import_view, "import"),
            at("import/<str:token>/", self.preview_view, "import_preview"),
            at("import/<str:token>/refused.csv", self.refused_view, "import_refused"),
            at("export/", self.export_view, "export"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        more = {"may_import": _may_import(request), "filtered_by": request.GET.urlencode()}
        return super().changelist_view(request, {**(extra_context or {}), **more})  # type: ignore[misc, no-any-return]

    # --- In -------------------------------------------------------------------------------------
    @method_decorator(csrf_exempt)  # Asked for below, once the handler of what is uploaded is in its place.
    def import_view(self, request: HttpRequest) -> HttpResponse:
        _refuse_unless(_may_import(request))
        limit = UpTo(settings.LARGEST_IMPORT_MB * 1_000_000)
        request.upload_handlers.insert(0, limit)
        return self._upload(request, limit)

    @method_decorator([csrf_protect, require_http_methods(["GET", "POST"])])
    def _upload(self, request: HttpRequest, limit: UpTo) -> HttpResponse:
        clubs = visible_club_ids(request)
        form = UploadForm(clubs)
        if request.method == "POST":
            form = UploadForm(clubs, request.POST, request.FILES)
            if limit.is_exceeded:
                form.errors["file"] = form.error_class(
                    [
                        _(
                            "The file is larger than %d MB. Split it, or ask whoever runs Rollcall to import it."
                        )
                        % settings.LARGEST_IMPORT_MB
                    ]
                )
            elif form.is_valid():
                try:
                    upload = uploads.keep(
                        file=form.cleaned_data["file"],
                        called=form.cleaned_data["file"].name,
                        user_id=_person(request),
                        club=form.only_club or form.cleaned_data["club"],
                        now=timezone.now(),
                    )
                    return HttpResponseRedirect(_preview_url(upload))
                except UnreadableFile as error:
                    form.add_error("file", str(error))
        context = {"form": form, "has_clubs": bool(clubs), "largest": settings.LARGEST_IMPORT_MB}
        return self._page(request, "import", _("Import members"), context)

    @method_decorator(require_http_methods(["GET", "POST"]))
    def preview_view(self, request: HttpRequest, token: str) -> HttpResponse:
        upload, club = _upload_of(request, token)
        if request.method == "POST":
            return self._import(request, upload, club)
        context: dict[str, Any] = {"club": club, "upload": upload, "refused_shown": REFUSALS_SHOWN}
        if outcome := upload.outcome():
            return self._page(request, "import_outcome", _("Imported"), context | {"outcome": outcome})
        if upload.is_being_imported:
            return self._page(request, "import_outcome", _("Import under way"), context)
        try:
            preview = preview_members(club=club, path_or_file=upload.path, now=timezone.now())
        except UnreadableFile:
            return _gone(request)
        context |= {
            "preview": preview,
            "to_write": preview.created + preview.changed,
            "refused": [refusal_in_words(refusal) for refusal in preview.refused[:REFUSALS_SHOWN]],
            **plans_in_words(club, preview),
        }
        return self._page(request, "import_preview", _("What this file would do"), context)

    def _import(self, request: HttpRequest, upload: uploads.Upload, club: Club) -> HttpResponse:
        try:
            with uploads.taken(upload) as (file, outcome):
                report = import_members(club=club, path_or_file=file, now=timezone.now())
                for name in (
                    "created",
                    "changed",
                    "unchanged",
                    "refused_rows",
                    "reasons",
                    "undialable",
                    "undialable_first",
                ):
                    outcome[name] = getattr(report, name)
                outcome["refused"] = [refusal_in_words(each) for each in report.refused[:REFUSALS_SHOWN]]
                _leave_trace(
                    request,
                    f"{upload.called} → {club}",
                    _("Imported: %(created)d created, %(changed)d changed, %(refused_rows)d refused.")
                    % outcome,
                )
        except uploads.AlreadyTaken:
            if not (upload.is_being_imported or upload.outcome()):
                return _gone(request)
        return HttpResponseRedirect(_preview_url(upload))

    @method_decorator(require_GET)
    def refused_view(self, request: HttpRequest, token: str) -> HttpResponse | StreamingHttpResponse:
        upload, club = _upload_of(request, token)
        if not upload.path.exists():
            return _gone(request)
        return _download(_refused_lines(upload, club), "text/csv; charset=utf-8", "refused-rows.csv")

    # --- Out ------------------------------------------------------------------------------------
    @method_decorator(require_http_methods(["GET", "POST"]))
    def export_view(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        _refuse_unless(self.has_view_permission(request))  # type: ignore[attr-defined]
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
            _leave_trace(
                request,
                what,
                _("Exported as %(form)s; filtered by: %(filters)s") % {"form": suffix, "filters": asked},
            )
            owner = f"{next(iter(clubs.values())).slug}-" if len(clubs) == 1 else ""
            name = f"{owner}members-{timezone.now():%Y-%m-%d}.{suffix}"
            return _download(lines(members, clubs), content_type, name)
        context = {"count": count, "is_filtered": bool(filters), "filtered_by": filters.urlencode()}
        return self._page(request, "export", _("Export members"), context)

    def _page(self, request: HttpRequest, name: str, title: str, context: dict[str, Any]) -> HttpResponse:
        everywhere = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(request, f"admin/members/member/{name}.html", everywhere | context)


def _may_import(request: HttpRequest) -> bool:
    return request.user.has_perms(["members.add_member", "members.change_member"])


def _refuse_unless(may: bool) -> None:
    if not may:
        raise PermissionDenied


def _person(request: HttpRequest) -> int:
    assert request.user.pk, "the admin lets nobody in without a login"
    return int(request.user.pk)


def _upload_of(request: HttpRequest, token: str) -> tuple[uploads.Upload, Club]:
    _refuse_unless(_may_import(request))
    try:
        upload = uploads.find(token=token, user_id=_person(request))
        return upload, Club.objects.visible_to(request.user).get(pk=upload.club_id)
    except (uploads.NotThere, Club.DoesNotExist) as error:
        raise Http404 from error


def _preview_url(upload: uploads.Upload) -> str:
    return reverse("admin:members_member_import_preview", args=[upload.token])


def _gone(request: HttpRequest) -> HttpResponse:
    messages.warning(request, _("That file is no longer kept here. Please choose it again."))
    return HttpResponseRedirect(reverse("admin:members_member_import"))


def _refused_lines(upload: uploads.Upload, club: Club) -> Iterator[str]:
    # The mark at the start tells spreadsheets that it is UTF-8.
    yield "\ufeff"
    line = io.StringIO(newline="")
    writer = csv.writer(line)
    is_json = upload.path.suffix == ".json"
    # Lines tell nothing of a JSON file, rows nothing of a CSV.
    writer.writerow(["row" if is_json else "line", "member", "field", "value", "reason"])
    for refusal in refusals(club=club, path_or_file=upload.path, now=timezone.now()):
        place = (refusal.row or refusal.line) if is_json else refusal.line
        told = map(guarded, (refusal.who, refusal.field, refusal.value, refusal.reason))
        writer.writerow([place, *told])
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()


def _download(lines: Iterator[str], content_type: str, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(lines, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _leave_trace(request: HttpRequest, what: str, words: str) -> None:
    LogEntry.objects.create(
        user_id=_person(request),
        content_type=get_content_type_for_model(Member),
        object_repr=what[:200],
        action_flag=CHANGE,
        change_message=words,
    )
