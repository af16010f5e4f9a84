"""A preview tells what an import would do, and writes nothing."""

import io
import json

import pytest

from members.models import Member
from members.transfer import importing
from members.transfer.importing import ImportReport, preview_members, refusals
from tests.factories import NOW, ClubFactory, MemberFactory
from tests.members.transfer.test_importing import bring, counts

pytestmark = pytest.mark.django_db


@pytest.fixture
def club():
    return ClubFactory(time_zone="America/New_York")


def test_a_preview_tells_what_an_import_would_do_and_writes_nothing(club, monkeypatch):
    monkeypatch.setattr(importing, "ROWS_PER_CHUNK", 2)
    MemberFactory(club=club, external_id="1", first_name="Ana", phone="+155555501")
    MemberFactory(club=club, external_id="2", first_name="Bo")
    before = list(Member.objects.order_by("pk").values())
    rows = [
        {"id": "1", "first_name": "Anna", "phone": "+41446681800", "shoe": 1},
        {"id": "2", "first_name": "Bo"},
        {"id": "3", "first_name": "Cy"},
        {"id": "4", "first_name": ""},
        {"id": "5"},
        {"id": "1", "first_name": "Again"},
    ]
    file = json.dumps(rows).encode()
    preview = preview_members(club=club, path_or_file=io.BytesIO(file), now=NOW)
    assert list(Member.objects.order_by("pk").values()) == before
    (changed,), (created,) = preview.first["changed"], preview.first["created"]
    assert (changed.member.first_name, changed.changes["first_name"]) == ("Ana", "Anna")
    assert changed.changes.keys() == {"first_name", "phone", "phone_is_dialable"}
    assert created.changes == {"external_id": "3", "first_name": "Cy"}
    told = list(refusals(club=club, path_or_file=io.BytesIO(file), now=NOW))
    assert told == preview.refused
    report = bring(club, rows)
    for name in ImportReport.__dataclass_fields__:
        assert getattr(preview, name) == getattr(report, name), name
    assert counts(report) == (1, 1, 1, 3)


def test_a_preview_keeps_a_hundred_of_each_kind_and_counts_all(club):
    bring(club, [{"id": f"old{n}", "first_name": "Ana"} for n in range(150)])
    rows = [{"id": f"{kind}{n}", "first_name": "Bo"} for n in range(150) for kind in ("old", "new")]
    preview = preview_members(club=club, path_or_file=io.BytesIO(json.dumps(rows).encode()), now=NOW)
    assert counts(preview) == (150, 150, 0, 0)
    assert [len(plans) for plans in preview.first.values()] == [100, 100]
