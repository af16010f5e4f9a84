"""Files of consents: each row a word of a member, kept for good, taken in once."""

import io
import json
from typing import Any

import pytest

from members.models import Club
from members.transfer.importing import import_file, preview_file
from messaging.models import ConsentRecord
from messaging.transfer.consents import CONSENTS
from tests.factories import NOW, ClubFactory, MemberFactory

pytestmark = pytest.mark.django_db

ROW = {"id": "W1", "member": "M1", "channel": "sms", "is_granted": "no", "occurred_at": "2025-08-01T10:00"}


@pytest.fixture
def club() -> Club:
    return MemberFactory(club=ClubFactory(), external_id="M1").club


def file_of(*rows: dict[str, Any]) -> io.BytesIO:
    return io.BytesIO(json.dumps(rows).encode())


def test_a_file_carries_channel_category_how_and_words(club: Club) -> None:
    said = ROW | {"category": "marketing", "source": "website", "words": "No offers"}
    report = import_file(CONSENTS, club=club, path_or_file=file_of(said), now=NOW)
    assert (report.created, report.refused) == (1, [])
    record = ConsentRecord.objects.get()
    assert (record.channel, record.category, record.is_granted) == ("sms", "marketing", False)
    assert (record.source, record.words) == ("website", "No offers")


def test_a_csv_file_does_as_well_and_twice_is_as_good_as_once(club: Club) -> None:
    lines = ",".join(ROW) + "\n" + ",".join(ROW.values())
    for created in (1, 0):
        report = import_file(CONSENTS, club=club, path_or_file=io.BytesIO(lines.encode()), now=NOW)
        assert (report.created, report.refused_rows) == (created, 0)
    assert ConsentRecord.objects.get().category == ""


def test_a_look_at_it_writes_nothing(club: Club) -> None:
    assert preview_file(CONSENTS, club=club, path_or_file=file_of(ROW), now=NOW).created == 1
    assert not ConsentRecord.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"member": "nobody"}, "member"),
        ({"category": "spam"}, "category"),
        ({"occurred_at": ""}, "occurred_at"),
        ({"club_slug": "elsewhere"}, "club_slug"),
    ],
)
def test_a_bad_row_is_told_and_the_good_ones_go_in(club: Club, changes: dict[str, str], field: str) -> None:
    rows = file_of(ROW | {"id": "W0"} | changes, ROW)
    report = import_file(CONSENTS, club=club, path_or_file=rows, now=NOW)
    assert [refusal.field for refusal in report.refused] == [field]
    assert ConsentRecord.objects.get().external_id == "W1"


def test_a_word_is_never_changed_by_a_later_file(club: Club) -> None:
    import_file(CONSENTS, club=club, path_or_file=file_of(ROW), now=NOW)
    report = import_file(CONSENTS, club=club, path_or_file=file_of(ROW | {"is_granted": "yes"}), now=NOW)
    assert [refusal.field for refusal in report.refused] == ["id"]
    assert not ConsentRecord.objects.get().is_granted
