"""Many rows in one statement: what goes in, what is left out, and what only its holder may write."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db.models import F, Value

from members.models import Member, Visit
from members.models.bulk import add_up, insert_from, update_from, update_rows
from messaging.models import Message, MessageTally
from tests.factories import NOW, ClubFactory, MemberFactory, MessageFactory, VisitFactory

pytestmark = pytest.mark.django_db
VISIT = {"member": F("pk"), "attended_at": F("last_attended_at")}


def test_it_inserts_a_row_for_each_row_of_the_query() -> None:
    first, second = MemberFactory(days_away=1), MemberFactory(days_away=2)
    MemberFactory()
    assert insert_from(Visit, Member.objects.exclude(last_attended_at=None), VISIT) == 2
    assert set(Visit.objects.values_list("member", "attended_at")) == {
        (first.pk, first.last_attended_at),
        (second.pk, second.last_attended_at),
    }


def test_it_leaves_out_what_is_there_already() -> None:
    old, new = MemberFactory(days_away=1), MemberFactory(days_away=2)
    VisitFactory(member=old, attended_at=old.last_attended_at)
    assert insert_from(Visit, Member.objects.exclude(last_attended_at=None), VISIT) == 1
    assert Visit.objects.filter(member=new).count() == Visit.objects.filter(member=old).count() == 1


def test_inserting_from_a_query_that_can_have_no_rows_inserts_none(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert insert_from(Visit, Member.objects.none(), VISIT) == 0


def test_a_percent_sign_and_a_quote_reach_the_column_unharmed() -> None:
    club = ClubFactory()
    words = """100 % of "them" can't; DROP TABLE"""
    member = MemberFactory(club=club)
    rows = Member.objects.filter(pk=member.pk)
    insert_from(
        Message,
        rows,
        {
            "club": Value(club.pk),
            "member": F("pk"),
            **{
                field: Value("")
                for field in ("subject", "text_body", "html_body", "reason", "provider_id", "address")
            },
            "channel": Value("sms"),
            "origin": Value("test"),
            "error": Value(words),
            "status": Value("queued"),
            "attempts": Value(0),
            "created_at": Value(NOW),
            "due_at": Value(NOW),
            "context": Value({}, output_field=Message._meta.get_field("context")),
        },
    )
    assert Message.objects.get().error == words


def test_it_updates_the_rows_that_a_query_names() -> None:
    first, second, third = (VisitFactory(attended_at=NOW - dt.timedelta(days=n)) for n in (1, 2, 3))
    rows = Member.objects.filter(pk__in=[first.member_id, second.member_id])
    assert update_from(Visit, rows, "visits__pk", {"member": f"{third.member_id:d}"}) == 2
    assert set(Visit.objects.values_list("member", flat=True)) == {third.member_id}


def test_updating_from_a_query_that_can_have_no_rows_updates_none() -> None:
    VisitFactory()
    assert update_from(Visit, Member.objects.none(), "visits__pk", {"member": "member_id"}) == 0


@pytest.fixture
def messages() -> list[Message]:
    return [MessageFactory(claim=uuid.UUID(int=1)) for _ in range(3)]


def test_it_writes_to_each_row_its_own_values_and_the_same_to_all(messages: list[Message]) -> None:
    rows = [(message.pk, f"id-{message.pk} 'é' 100%", number) for number, message in enumerate(messages)]
    written = update_rows(
        Message,
        ["provider_id", "attempts"],
        rows,
        to_all={"status": "sent", "sent_at": NOW},
        where={"status": "queued"},
    )
    assert written == 3
    assert list(Message.objects.order_by("pk").values_list("pk", "provider_id", "attempts")) == rows
    assert set(Message.objects.values_list("status", "sent_at")) == {("sent", NOW)}


@pytest.mark.parametrize(
    "words", ["NULL", "null", "{a,b}", 'a"b', "back\\slash", "", " ", "né, 'x' %s", "a\nb"]
)
def test_each_text_arrives_as_it_is_however_rows_are_handed_over(words: str, messages: list[Message]) -> None:
    rows = [(messages[0].pk, words, NOW), (messages[1].pk, "other", None)]
    update_rows(Message, ["error", "sent_at"], rows, to_all={}, where={})
    assert list(Message.objects.order_by("pk").values_list("error", "sent_at")[:2]) == [
        (words, NOW),
        ("other", None),
    ]


def test_it_writes_only_where_the_row_is_still_as_expected(messages: list[Message]) -> None:
    Message.objects.filter(pk=messages[0].pk).update(claim=uuid.UUID(int=2))
    rows = [(message.pk, "mine") for message in messages]
    assert update_rows(Message, ["provider_id"], rows, to_all={}, where={"claim": uuid.UUID(int=1)}) == 2
    assert Message.objects.get(pk=messages[0].pk).provider_id == ""


def test_no_rows_are_no_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert update_rows(Message, ["provider_id"], [], to_all={}, where={}) == 0


def test_nothing_becomes_null_where_a_value_is_missing(messages: list[Message]) -> None:
    rows = [(messages[0].pk, 7), (messages[1].pk, None)]
    Message.objects.update(template_version=3)
    update_rows(Message, ["template_version"], rows, to_all={}, where={"status": "queued"})
    assert list(Message.objects.order_by("pk").values_list("template_version", flat=True)) == [7, None, 3]


def test_all_nothing_is_fine_for_a_column_of_numbers(messages: list[Message]) -> None:
    Message.objects.update(template_version=3)
    update_rows(
        Message, ["template_version"], [(m.pk, None) for m in messages], to_all={}, where={"status": "queued"}
    )
    assert set(Message.objects.values_list("template_version", flat=True)) == {None}


def test_what_is_added_up_begins_at_nothing_and_grows(django_assert_num_queries: Any) -> None:
    def add(**numbers: int) -> None:
        rows = [
            {"channel": "sms", "result": what, "counted_until": NOW, "number": n}
            for what, n in numbers.items()
        ]
        with django_assert_num_queries(1):
            add_up(MessageTally, rows, "number", unique=["channel", "result"])

    add(sent=2, failed=1)
    add(sent=3)
    assert dict(MessageTally.objects.values_list("result", "number")) == {"sent": 5, "failed": 1}
    with django_assert_num_queries(0):
        add_up(MessageTally, [], "number", unique=["channel", "result"])
