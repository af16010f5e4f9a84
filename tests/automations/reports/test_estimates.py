"""What a workflow makes, a week or in its first night: a message for each step that sends one, and the texts at their price."""

import datetime as dt

import pytest

from automations.models import Reason, Step, Workflow, WorkflowRun
from automations.reports.estimates import amount, estimate
from messaging.models import MessageTemplate
from tests.factories import NOW, ClubFactory, EnrollmentFactory, MessageTemplateFactory, WorkflowFactory

pytestmark = pytest.mark.django_db

SEVENTY = 70
DAY = dt.timedelta(days=1)
STARTED = [Step(action="send_message", action_params={"template": slug}) for slug in ("one", "two")]
ALL = "Every step is counted as taken by everybody."


@pytest.fixture
def workflow():
    workflow = WorkflowFactory(club=ClubFactory(locale="en_US", currency="USD", sms_part_price=100_000))
    for slug, words in (("one", "Hello"), ("two", "x" * 161), ("mail", "Hello")):
        MessageTemplateFactory(club=workflow.club, slug=slug, text_body=words, as_email=slug == "mail")
    return workflow


@pytest.mark.parametrize(
    ("steps", "messages", "cost"),
    [
        ([{"template": "one"}], 70, "$7.00"),
        ([{"template": "one"}, {"template": "two"}], 140, "$21.00"),
        ([{"template": "mail"}], 70, ""),
        # One in four gets the longer one.
        ([{"template": "one", "template_b": "two", "share": 3, "share_b": 1}], 70, "$8.75"),
        ([{"template": "one", "fallback": "mail"}], 70, "$7.00"),
        ([{"template": "mail", "fallback": "one"}], 70, ""),
        ([], 0, ""),
    ],
)
def test_each_step_is_a_message_and_texts_cost_as_their_wordings_come(workflow, steps, messages, cost):
    drafted = [Step(action="send_message", action_params=params) for params in steps]
    drafted.append(Step(action="open_staff_task", action_params={"description": "Call"}))
    found = amount(workflow, drafted, SEVENTY)
    assert (found.messages, found.cost) == (messages, cost)


@pytest.mark.parametrize(
    ("channel", "currency", "cost"),
    [("email", "USD", "$0.14"), ("whatsapp", "USD", "$2.10"), ("in_app", "USD", ""), ("email", "EUR", "")],
)
def test_what_is_billed_in_dollars_counts_where_the_club_has_dollars(workflow, channel, currency, cost):
    club = workflow.club
    club.email_price, club.whatsapp_price, club.currency = 2_000, 30_000, currency
    MessageTemplate.objects.filter(slug="mail").update(channel=channel)
    drafted = [Step(action="send_message", action_params={"template": "mail"})]
    assert amount(workflow, drafted, SEVENTY).cost == cost


def test_many_steps_cost_one_query(workflow, django_assert_num_queries):
    steps = [Step(action="send_message", action_params={"template": slug}) for slug in ("one", "two", "mail")]
    with django_assert_num_queries(1):
        amount(workflow, steps, SEVENTY)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        (0, "no messages"),
        (0.4, "fewer than one message, for $0.04"),
        (0.6, "about 1 message, for $0.06"),
        (1200, "about 1,200 messages, for $120.00"),
    ],
)
def test_it_is_told_as_roughly_as_it_is_known(workflow, members, said):
    assert str(amount(workflow, STARTED[:1], members)) == said


def asked_for(workflow, days):
    runs = [
        WorkflowRun(
            workflow=workflow, kind="daily", as_of=NOW - DAY * ago, checked_on=(NOW - DAY * ago).date()
        )
        for ago in range(days)
    ]
    WorkflowRun.objects.bulk_create(runs)


def said(workflow, due=12, **kwargs):
    return estimate(workflow, STARTED[:1], due=due, now=NOW, **kwargs).removesuffix(f" {ALL}")


def test_one_that_was_never_on_tells_of_its_first_night_and_no_more(workflow):
    workflow.trigger, workflow.trigger_params = "payment_overdue", {}
    assert said(workflow) == (
        "First night: about 12 messages, for $1.20. What comes after cannot be told yet."
    )
    assert "about 12 messages, for $1.20 or more" in said(workflow, is_more=True)
    assert "nothing can be told yet" in said(workflow, due=0)


def test_where_it_can_look_back_it_says_so(workflow):
    assert said(workflow).endswith("What a week makes, looking back tells.")


def test_by_hand_it_tells_what_each_start_makes(workflow):
    workflow.trigger, workflow.trigger_params = "manual", {}
    assert said(workflow, due=0) == "For each member for whom it is started: about 1 message, for $0.10."


@pytest.mark.parametrize(
    ("days", "told"), [(6, "Next check: about 12"), (7, "By the last 7 days"), (27, "By")]
)
def test_after_a_week_of_checks_it_tells_of_a_week(workflow, days, told):
    asked_for(workflow, days)
    assert said(workflow).startswith(told)


def test_a_week_is_that_of_the_last_four_without_those_left_out(workflow):
    asked_for(workflow, 28)
    for ago in (1, 2, 3, 27, 29):
        EnrollmentFactory(workflow=workflow, enrolled_at=NOW - DAY * ago)
    EnrollmentFactory(workflow=workflow, enrolled_at=NOW - DAY, end_reason=Reason.CONTROL, status="ended")
    assert said(workflow) == "By the last 28 days on which it asked: about 1 message, for $0.10 a week."


def test_what_it_asked_before_tells_nothing_of_another_question(workflow):
    asked_for(workflow, 28)
    typed = Workflow.objects.get(pk=workflow.pk)
    typed.trigger_params = {**typed.trigger_params, "max_days": 90}
    assert said(typed).startswith("First night")


def test_one_that_sends_nothing_tells_nothing(workflow):
    call = Step(action="open_staff_task", action_params={"description": "Call"})
    assert estimate(workflow, [call], due=12, now=NOW) == ""
