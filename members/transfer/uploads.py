"""Files that wait between their preview and their import: kept where no URL leads, bound to one person, for a day."""

import contextlib
import datetime as dt
import json
import os
import secrets
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core import signing

from members.models import Club
from members.transfer.columns import COLUMNS
from members.transfer.reading import opened, read_rows

KEPT_FOR = dt.timedelta(days=1)
SALT = "members.transfer.uploads"
PIECE = 65_536


class NotThere(LookupError):
    """The token is another person's, of another kind of file, too old, or made up; or the file is gone."""


class AlreadyTaken(Exception):
    """The file is being imported, or was."""


@dataclass(frozen=True)
class Upload:
    """A kept file: its own name, whose it is, for which club, what it was called at home, and what its rows are."""

    name: str
    user_id: int
    club_id: int
    called: str
    kind: str = "members"

    @property
    def path(self) -> Path:
        return _directory() / self.name

    @property
    def taken_path(self) -> Path:
        return _directory() / f"taken-{self.name}"

    @property
    def outcome_path(self) -> Path:
        return _directory() / f"done-{self.name}"

    @property
    def token(self) -> str:
        return signing.dumps(asdict(self), salt=SALT)

    @property
    def is_being_imported(self) -> bool:
        return self.taken_path.exists()

    def outcome(self) -> dict[str, Any] | None:
        """What the import left to be told, once it is done."""
        try:
            return dict(json.loads(self.outcome_path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None


def keep(
    *,
    file: BinaryIO,
    called: str,
    user_id: int,
    club: Club,
    now: dt.datetime,
    kind: str = "members",
    columns: Collection[str] = tuple(COLUMNS),
) -> Upload:
    """Copy the file to its place, and remove this person's former ones and everybody's that are too old.

    UnreadableFile is raised, and nothing kept, if it stops making sense anywhere.
    """
    remove_old(now=now, waiting_of=user_id)
    form = ".json" if called.lower().endswith(".json") else ".csv"
    upload = Upload(f"{user_id}-{secrets.token_hex(16)}{form}", user_id, club.pk, called[:100], kind)
    descriptor = os.open(upload.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as kept:
        file.seek(0)
        for piece in iter(lambda: file.read(PIECE), b""):
            kept.write(piece)
    try:
        with opened(upload.path) as readable:
            for _row in read_rows(readable, columns):
                pass
    except BaseException:
        upload.path.unlink()
        raise
    return upload


def find(*, token: str, user_id: int, kind: str = "members") -> Upload:
    """The upload of this kind that this token of this person means."""
    try:
        upload = Upload(**signing.loads(token, salt=SALT, max_age=KEPT_FOR))
    except signing.BadSignature as error:
        raise NotThere from error
    if (upload.user_id, upload.kind) != (user_id, kind):
        raise NotThere
    return upload


@contextlib.contextmanager
def taken(upload: Upload) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The file, for one import only, and what it leaves to be told; the file goes, or waits again if the import failed."""
    try:
        upload.path.rename(upload.taken_path)
    except FileNotFoundError as error:
        raise AlreadyTaken from error
    outcome: dict[str, Any] = {}
    try:
        yield upload.taken_path, outcome
    except BaseException:
        upload.taken_path.rename(upload.path)
        raise
    unfinished = upload.path.with_name(f"half-{upload.name}")
    unfinished.write_text(json.dumps(outcome), encoding="utf-8")
    unfinished.replace(upload.outcome_path)
    upload.taken_path.unlink()


def remove_old(*, now: dt.datetime, waiting_of: int | None = None) -> int:
    """Remove what is older than a day, and what waits for this person; how many files."""
    removed = 0
    for path in _directory().iterdir():
        with contextlib.suppress(FileNotFoundError):
            is_old = path.stat().st_mtime < (now - KEPT_FOR).timestamp()
            if is_old or path.name.startswith(f"{waiting_of}-"):
                path.unlink()
                removed += 1
    return removed


def _directory() -> Path:
    directory = Path(settings.VAR_DIR) / "imports"
    directory.mkdir(mode=0o700, exist_ok=True)
    return directory
