"""Of those who share a phone or an address one gets what a step sends to all of them; the log names who."""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from automations.engine.advancement import advance
from automations.engine.evaluation import evaluate
from automations.engine.explanation import explain
from automations.models import Workflow
from automations.reports.log import log_rows
from members.models import Member
from messaging.models import AddressTurn, Message, MessageTemplate
from messaging.operations.delivery import deliver
from messaging.operations.families import address_keys, take_turns, who_got_it
from tests.factories import (
    NOW,
    ClubFactory,
    ConsentRecordFactory,
    MemberFactory,
    MessageFactory,
    StepFactory,
    WorkflowRunFactory,
)

pytestmark = pytest.mark.django_db
PHONE = "+41791234567"
DAY = dt.timedelta(days=1)


@pytest.fixture
def workflow() -> Workflow:
    workflow: Workflow = StepFactory().workflow
    return workflow


@pytest.fixture
def family(workflow: Workflow) -> list[Member]:
    return [
        MemberFactory(
            club=workflow.club, phone=PHONE, days_away=9 + n, first_name=name, email=f"{name}@x.example"
        )
        for n, name in enumerate(["Anna", "Ben", "Carl"])
    ]


def run(workflow: Workflow) -> Any:
    run = evaluate(WorkflowRunFactory(workflow=workflow))
    advance(now=NOW)
    return run


def outcomes() -> dict[str, tuple[str, str]]:
    return {m.member.first_name: (m.status, m.reason) for m in Message.objects.select_related("member")}


def test_one_of_a_family_gets_it_and_the_others_are_told_apart(
    workflow: Workflow, family: list[Member]
) -> None:
    stranger = MemberFactory(club=workflow.club, days_away=10, first_name="Dora")
    run(workflow)
    assert deliver(clock=lambda: NOW) == {"sent": 2, "skipped": 2}
    assert outcomes() == {
        "Anna": ("sent", ""),
        "Ben": ("skipped", "shared_address"),
        "Carl": ("skipped", "shared_address"),
        "Dora": ("sent", ""),
    }
    assert Message.objects.get(member=stranger).address_key == ""
    skipped = Message.objects.filter(reason="shared_address")
    assert set(who_got_it(skipped).values()) == {family[0]}


def test_whom_another_gate_stops_takes_it_from_nobody(workflow: Workflow, family: list[Member]) -> None:
    run(workflow)
    ConsentRecordFactory(member=family[0])
    deliver(clock=lambda: NOW)
    assert {name: status for name, (status, _reason) in outcomes().items()} == {
        "Anna": "skipped",
        "Ben": "sent",
        "Carl": "skipped",
    }


def test_who_cannot_be_written_to_takes_it_from_nobody(workflow: Workflow, family: list[Member]) -> None:
    MessageTemplate.objects.update(text_body="Hi {{ last_name }}")
    family[0].last_name = ""
    family[0].save()
    run(workflow)
    deliver(clock=lambda: NOW)
    assert {name: status for name, (status, _reason) in outcomes().items()} == {
        "Anna": "failed",
        "Ben": "sent",
        "Carl": "skipped",
    }


def test_one_that_is_prepared_once_more_keeps_its_turn(workflow: Workflow, family: list[Member]) -> None:
    run(workflow)
    messages = list(Message.objects.order_by("member"))
    for _again in range(2):
        assert take_turns(messages, NOW) == {messages[1].pk, messages[2].pk}
        assert take_turns(messages[1:], NOW) == {messages[1].pk, messages[2].pk}
    assert take_turns(messages[:1], NOW) == set()


def test_what_each_has_to_be_told_each_is_told(workflow: Workflow, family: list[Member]) -> None:
    MessageTemplate.objects.update(category="service")
    run(workflow)
    assert deliver(clock=lambda: NOW) == {"sent": 3}


@pytest.mark.parametrize(
    "apart", ["other club", "other day", "other step", "other channel", "other address", "no address"]
)
def test_only_the_same_step_on_the_same_day_at_the_same_address_counts(apart: str) -> None:
    club = ClubFactory()
    one, two = MemberFactory(club=club, phone=PHONE), MemberFactory(club=club, phone=PHONE)
    template = StepFactory(workflow__club=club).workflow.club.message_templates.get()

    def key(member: Member, **changes: Any) -> str | None:
        given: dict[str, Any] = {"cause": "flow:1", "club": member.club, "now": NOW} | changes
        return address_keys([member], template, **given).get(member.pk)

    first = key(one)
    assert first
    assert key(two) == first
    if apart == "other club":
        assert key(MemberFactory(phone=PHONE)) is None
    elif apart == "other day":
        assert key(two, now=NOW + DAY) != first
    elif apart == "other step":
        assert key(two, cause="flow:2") != first
    elif apart == "other channel":
        Member.objects.update(email="Home@x.example")
        template.channel = "email"
        two.refresh_from_db()
        assert key(two) not in (None, first)
        Member.objects.filter(pk=one.pk).update(email="home@X.example")
        assert key(one) == key(two)
    elif apart == "other address":
        Member.objects.filter(pk=two.pk).update(phone="+41791234568")
        assert key(one) is None
    else:
        Member.objects.update(phone="")
        assert key(one) is None


def test_the_database_lets_nobody_take_a_turn_twice() -> None:
    message = MessageFactory(address_key="x")
    AddressTurn.objects.create(key="x", message=message, taken_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        AddressTurn.objects.create(key="x", message=MessageFactory(address_key="x"), taken_at=NOW)


def test_log_explanation_and_pages_name_who_got_it(
    admin_client: Any, workflow: Workflow, family: list[Member]
) -> None:
    run(workflow)
    deliver(clock=lambda: NOW)
    ben = family[1]
    told = {row.first_name: row.reason_text for row in log_rows(workflow.club)}
    said = "another member with the same address got it"
    assert f"Not sent: {said} (Anna Doe)." in told["Ben"]
    assert "Not sent" not in told["Anna"]
    assert f"({said}: Anna Doe)" in explain(ben, workflow, now=NOW).history
    message = Message.objects.get(member=ben)
    for address in (
        reverse("admin:messaging_message_changelist") + f"?member__id__exact={ben.pk}",
        reverse("admin:messaging_message_change", args=[message.pk]),
        reverse("admin:members_member_change", args=[ben.pk]),
    ):
        page = admin_client.get(address).content.decode()
        assert "Another member with the same address got it: Anna Doe" in page


def test_a_crowd_costs_no_more(family: list[Member], django_assert_num_queries: Any) -> None:
    messages = [MessageFactory(member=family[0], address_key=f"key-{n % 7}") for n in range(30)]
    with django_assert_num_queries(2):
        assert len(take_turns(messages, NOW)) == 23
    with django_assert_num_queries(0):
        assert (
            take_turns([MessageFactory.build(member=family[0], club=family[0].club, template=None)], NOW)
            == set()
        )


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_workers_at_the_same_instant_one_has_the_turn() -> None:
    first, second = (MessageFactory(address_key="x") for _ in range(2))
    answers: dict[int, set[int]] = {}
    has_taken, may_commit = threading.Event(), threading.Event()

    def other_worker() -> None:
        try:
            has_taken.wait(10)
            # Nothing of the other's is to be seen yet: this waits for its commit.
            with transaction.atomic():
                answers[second.pk] = take_turns([second], NOW)
        finally:
            connection.close()

    thread = threading.Thread(target=other_worker)
    thread.start()
    with transaction.atomic():
        answers[first.pk] = take_turns([first], NOW)
        has_taken.set()
        may_commit.wait(0.2)
        assert second.pk not in answers
    thread.join(10)
    assert answers == {first.pk: set(), second.pk: {second.pk}}
