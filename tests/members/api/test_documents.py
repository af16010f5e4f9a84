"""Documents by the API: the whole row, the newer news counts, and what cannot be is refused."""

import datetime as dt
from typing import Any

import pytest

from members.models import Document, Scope
from tests.api_client import ApiClient
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


def document(day: int = 1, **values: Any) -> dict[str, Any]:
    told = {"id": "D1", "member": "M1", "kind": "waiver", "expires_on": "2026-01-07"}
    return told | {"occurred_at": f"2025-08-{day:02}T10:00:00Z"} | values


@pytest.fixture(autouse=True)
def member(api: ApiClient) -> Any:
    return MemberFactory(club=api.club, external_id="M1")


def test_newer_news_of_a_document_counts_and_older_does_not(api: ApiClient) -> None:
    assert api.outcomes("documents", [document(2)]) == ["created"]
    assert api.outcomes("documents", [document(2)]) == ["unchanged"]
    assert api.outcomes("documents", [document(1, expires_on="2025-09-09")]) == ["unchanged"]
    assert Document.objects.get().expires_on == dt.date(2026, 1, 7)
    assert api.outcomes("documents", [document(3, expires_on=None, name="For children")]) == ["updated"]
    kept = Document.objects.get()
    assert (kept.expires_on, kept.name, kept.club) == (None, "For children", api.club)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"member": "nobody"}, "member"),
        ({"kind": "passport"}, "kind"),
        ({"kind": None}, "kind"),
        ({"issued_on": "2026-01-08"}, "expires_on"),
        ({"expires_on": "soon"}, "expires_on"),
        ({"expired": True}, "expired"),
    ],
)
def test_what_cannot_be_is_refused_and_stops_nothing_else(
    api: ApiClient, values: dict[str, Any], field: str
) -> None:
    told = api.post("documents", [document(**values), document(id="D2")]).json()["results"]
    assert [result["outcome"] for result in told] == ["refused", "created"]
    assert [error["field"] for error in told[0]["errors"]] == [field]


def test_a_key_that_may_write_bookings_writes_no_documents(api: ApiClient) -> None:
    api.key.scopes = [Scope.WRITE_BOOKINGS]
    api.key.save()
    assert api.post("documents", [document()]).status_code == 403
