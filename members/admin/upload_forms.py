"""What a person fills in to import members, and the guard against files that are too large."""

from typing import Any

from django import forms
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from members.models import Club


class UpTo(FileUploadHandler):
    """Reads what is too large to its end without storing it, so that the person gets an answer and not a broken line."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit
        self.is_exceeded = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        if start + len(raw_data) > self.limit:
            self.is_exceeded = True
            raise StopUpload(connection_reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


class UploadForm(forms.Form):
    club = forms.ModelChoiceField(
        Club.objects.none(), label=gettext_lazy("Club"), widget=UnfoldAdminSelectWidget
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.json,.txt,text/csv,application/json"}),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("The file is empty."),
        },
    )

    def __init__(self, clubs: list[int], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.only_club = Club.objects.get(pk=clubs[0]) if len(clubs) == 1 else None
        if self.only_club:
            del self.fields["club"]
        else:
            self.fields["club"].queryset = Club.objects.filter(pk__in=clubs)  # type: ignore[attr-defined]
