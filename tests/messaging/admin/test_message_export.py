"""The log as a file: what the list shows and no more, harmless in a spreadsheet, whoever took it on record."""

import csv
import io
import json
import logging

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.models import Club
from messaging.transfer.message_log import FIELDS
from tests.factories import NOW, ClubFactory, MemberFactory, MessageFactory, MessageTemplateFactory
from tests.members.admin.world import one_of_everything, staff_of

pytestmark = pytest.mark.django_db
WHERE = "/admin/messaging/message/export."


def taken(client, form, **asked):
    answer = client.get(f"{WHERE}{form}", asked)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode()


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_a_file_has_what_the_list_shows(admin_client):
    message = MessageFactory(
        status="sent", sent_at=NOW, text_body="Hi, “Zoë”\nsee you", address="+15550001", subject=""
    )
    MessageFactory(status="failed")
    (row,) = rows_of(taken(admin_client, "csv", status__exact="sent"))
    assert list(row) == list(FIELDS)
    assert row["text"] == "Hi, “Zoë”\nsee you"
    assert (row["member_id"], row["to"], row["status"]) == (message.member.external_id, "+15550001", "Sent")
    assert row["sent_at"] == "2025-09-01T10:00:00+00:00"
    assert json.loads(taken(admin_client, "json", status__exact="sent")) == [row]


def test_the_search_goes_along(admin_client):
    anna = MemberFactory(first_name="Anna")
    MessageFactory(member=anna)
    MessageFactory()
    assert [row["name"] for row in json.loads(taken(admin_client, "json", q="anna"))] == ["Anna Doe"]


def test_only_ones_own_clubs_are_taken_along(client):
    mine = one_of_everything("Mine")
    one_of_everything("Hidden")
    client.force_login(staff_of(mine[Club], permissions=["messaging.view_message"]))
    for form in ("csv", "json"):
        text = taken(client, form)
        assert "Mine" in text
        assert "Hidden" not in text


def test_whoever_may_not_read_the_log_takes_nothing(client):
    client.force_login(staff_of(one_of_everything("Mine")[Club], permissions=["members.view_member"]))
    assert client.get(f"{WHERE}csv").status_code == 403
    client.logout()
    assert client.get(f"{WHERE}csv").status_code == 302


def test_another_form_does_not_exist(admin_client):
    assert admin_client.get(f"{WHERE}xlsx").status_code == 404


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("see;=1+1", "see;'=1+1"),
        ("see; +cmd|x", "see; '+cmd|x"),
        ("one\n=1+1", "one\n'=1+1"),
        ("a;b = c", "a;b = c"),
    ],
)
def test_no_cell_is_a_formula_whatever_separates_them(typed, kept, admin_client):
    MessageFactory(text_body=typed)
    assert rows_of(taken(admin_client, "csv"))[0]["text"] == kept
    assert json.loads(taken(admin_client, "json"))[0]["text"] == typed


def test_nothing_listed_is_still_a_file(admin_client):
    assert json.loads(taken(admin_client, "json")) == []
    assert taken(admin_client, "csv") == "\ufeff" + ",".join(FIELDS) + "\r\n"


def test_who_took_how_many_is_on_record_and_nothing_private(admin_client, admin_user, caplog):
    MessageFactory.create_batch(3, address="+15550001")
    with caplog.at_level(logging.INFO):
        taken(admin_client, "csv")
    assert f"User {admin_user.pk} exported 3 messages as csv" in caplog.text
    assert "+1555" not in caplog.text


def test_a_download_that_is_broken_off_is_on_record_too(admin_client, caplog):
    MessageFactory.create_batch(3)
    with caplog.at_level(logging.INFO):
        answer = admin_client.get(f"{WHERE}csv")
        pieces = iter(answer.streaming_content)
        next(pieces), next(pieces)
        answer.close()
        pieces.close() if hasattr(pieces, "close") else None
        del pieces, answer
    assert "exported 1 messages" in caplog.text


def test_a_file_of_many_costs_as_many_queries_as_one_of_few(admin_client):
    club = ClubFactory()
    template = MessageTemplateFactory(club=club)
    asked = []
    for number in (2, 40):
        for _ in range(number):
            MessageFactory(member=MemberFactory(club=club), template=template)
        with CaptureQueriesContext(connection) as queries:
            taken(admin_client, "csv")
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_the_clubs_clock_is_told_with_its_distance_from_utc(admin_client):
    club = ClubFactory(time_zone="Pacific/Auckland")
    MessageFactory(member__club=club, status="sent", sent_at=NOW)
    (row,) = rows_of(taken(admin_client, "csv"))
    assert row["sent_at"] == "2025-09-01T22:00:00+12:00"
