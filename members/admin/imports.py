"""Rows in from a file, after a look at what it would do: the same pages for every kind of file."""

import csv
import io
from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from members.admin.file_kinds import FileKind
from members.admin.file_traces import download, leave_trace, person_of
from members.admin.import_words import refusal_in_words
from members.admin.scoping import visible_club_ids
from members.admin.upload_forms import UploadForm, UpTo
from members.models import Club
from members.transfer import uploads
from members.transfer.formulas import guarded
from members.transfer.importing import UnreadableFile, import_file, preview_file, refusals

REFUSALS_SHOWN = 100
TOLD_AFTERWARDS = (
    "created",
    "changed",
    "unchanged",
    "refused_rows",
    "reasons",
    "undialable",
    "undialable_first",
    "older",
)


class WithImport:
    """For an admin whose rows come in files: the pages to bring one in, and the way to them from the list."""

    file_kind: ClassVar[FileKind]
    admin_site: Any
    opts: Any

    @property
    def media(self) -> forms.Media:
        return super().media + forms.Media(css={"all": ["rollcall/files.css"]})  # type: ignore[misc, no-any-return]

    def get_urls(self) -> list[URLPattern]:
        def at(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=self._named(name))

        return [
            at("import/", self.import_view, "import"),
            at("import/<str:token>/", self.preview_view, "import_preview"),
            at("import/<str:token>/refused.csv", self.refused_view, "import_refused"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        more = {"import_url": self._url("import")} if self._may_import(request) else {}
        return super().changelist_view(request, {**(extra_context or {}), **more})  # type: ignore[misc, no-any-return]

    @method_decorator(csrf_exempt)  # Asked for below, once the handler of what is uploaded is in its place.
    def import_view(self, request: HttpRequest) -> HttpResponse:
        self._refuse_strangers(request)
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
                        user_id=person_of(request),
                        club=form.only_club or form.cleaned_data["club"],
                        now=timezone.now(),
                        kind=self.file_kind.name,
                        columns=self.file_kind.kind.columns,
                    )
                    return HttpResponseRedirect(self._url("import_preview", upload.token))
                except UnreadableFile as error:
                    form.add_error("file", str(error))
        context = {"form": form, "has_clubs": bool(clubs), "largest": settings.LARGEST_IMPORT_MB}
        return self._page(request, "import", self.file_kind.title, context)

    @method_decorator(require_http_methods(["GET", "POST"]))
    def preview_view(self, request: HttpRequest, token: str) -> HttpResponse:
        upload, club = self._upload_of(request, token)
        if request.method == "POST":
            return self._import(request, upload, club)
        context: dict[str, Any] = {"club": club, "upload": upload, "refused_shown": REFUSALS_SHOWN}
        if outcome := upload.outcome():
            return self._page(request, "import_outcome", _("Imported"), context | {"outcome": outcome})
        if upload.is_being_imported:
            return self._page(request, "import_outcome", _("Import under way"), context)
        try:
            preview = preview_file(
                self.file_kind.kind, club=club, path_or_file=upload.path, now=timezone.now()
            )
        except UnreadableFile:
            return self._gone(request)
        to_write = preview.created + preview.changed
        context |= {
            "preview": preview,
            "to_write": to_write,
            "button": self.file_kind.button(to_write, str(intcomma(to_write))),
            "refused": self._in_words(preview.refused),
            "refused_url": self._url("import_refused", upload.token),
            **{what: self.file_kind.in_words(club, rows) for what, rows in preview.first.items()},
        }
        return self._page(request, "import_preview", _("What this file would do"), context)

    def _import(self, request: HttpRequest, upload: uploads.Upload, club: Club) -> HttpResponse:
        try:
            with uploads.taken(upload) as (file, outcome):
                report = import_file(self.file_kind.kind, club=club, path_or_file=file, now=timezone.now())
                outcome |= {name: getattr(report, name) for name in TOLD_AFTERWARDS}
                outcome["refused"] = self._in_words(report.refused)
                leave_trace(
                    request,
                    self.opts.model,
                    f"{upload.called} → {club}",
                    _("Imported: %(created)d created, %(changed)d changed, %(refused_rows)d refused.")
                    % outcome,
                )
        except uploads.AlreadyTaken:
            if not (upload.is_being_imported or upload.outcome()):
                return self._gone(request)
        return HttpResponseRedirect(self._url("import_preview", upload.token))

    @method_decorator(require_GET)
    def refused_view(self, request: HttpRequest, token: str) -> HttpResponse | StreamingHttpResponse:
        upload, club = self._upload_of(request, token)
        if not upload.path.exists():
            return self._gone(request)
        lines = _refused_lines(upload, club, self.file_kind)
        return download(lines, "text/csv; charset=utf-8", "refused-rows.csv")

    # --- What the pages have in common ------------------------------------------------------------
    def _may_import(self, request: HttpRequest) -> bool:
        return bool(self.has_add_permission(request) and self.has_change_permission(request))  # type: ignore[attr-defined]

    def _refuse_strangers(self, request: HttpRequest) -> None:
        if not self._may_import(request):
            raise PermissionDenied

    def _upload_of(self, request: HttpRequest, token: str) -> tuple[uploads.Upload, Club]:
        self._refuse_strangers(request)
        try:
            upload = uploads.find(token=token, user_id=person_of(request), kind=self.file_kind.name)
            return upload, Club.objects.visible_to(request.user).get(pk=upload.club_id)
        except (uploads.NotThere, Club.DoesNotExist) as error:
            raise Http404 from error

    def _in_words(self, refused: list[Any]) -> list[dict[str, str]]:
        return [refusal_in_words(each, self.file_kind.column) for each in refused[:REFUSALS_SHOWN]]

    def _gone(self, request: HttpRequest) -> HttpResponse:
        messages.warning(request, _("That file is no longer kept here. Please choose it again."))
        return HttpResponseRedirect(self._url("import"))

    def _named(self, name: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{name}"

    def _url(self, name: str, *args: Any) -> str:
        return reverse(f"admin:{self._named(name)}", args=args)

    def _page(self, request: HttpRequest, name: str, title: Any, context: dict[str, Any]) -> HttpResponse:
        everywhere = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "file_kind": self.file_kind,
            "import_url": self._url("import"),
            "list_url": self._url("changelist"),
            "change_url": f"admin:{self._named('change')}",
        }
        return TemplateResponse(request, f"admin/members/files/{name}.html", everywhere | context)


def _refused_lines(upload: uploads.Upload, club: Club, file_kind: FileKind) -> Iterator[str]:
    # The mark at the start tells spreadsheets that it is UTF-8.
    yield "\ufeff"
    line = io.StringIO(newline="")
    writer = csv.writer(line)
    is_json = upload.path.suffix == ".json"
    # Lines tell nothing of a JSON file, rows nothing of a CSV.
    writer.writerow(["row" if is_json else "line", file_kind.who, "field", "value", "reason"])
    found = refusals(club=club, path_or_file=upload.path, now=timezone.now(), kind=file_kind.kind)
    for refusal in found:
        place = (refusal.row or refusal.line) if is_json else refusal.line
        told = map(guarded, (refusal.who, refusal.field, refusal.value, refusal.reason))
        writer.writerow([place, *told])
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()
