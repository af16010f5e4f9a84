"""Whom a person was quicker with: counted before a run as the step itself will see it."""

import datetime as dt

import pytest
from django.urls import reverse

from automations.actions import ACTIONS
from automations.engine.classification import Question
from automations.models import Step
from automations.reports.told_already import told_already
from messaging.models import Message
from messaging.operations.by_hand import ORIGIN
from tests.factories import (
    NOW,
    EnrollmentFactory,
    MemberFactory,
    MessageFactory,
    MessageTemplateFactory,
    StepFactory,
    WorkflowFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

LAST_VISIT = NOW.replace(hour=12) - dt.timedelta(days=10)


@pytest.fixture
def workflow():
    workflow = WorkflowFactory()
    template = MessageTemplateFactory(club=workflow.club, slug="hello")
    StepFactory(workflow=workflow, action_params={"template": template.slug})
    return workflow


def by_hand(workflow, member, **values):
    template = workflow.club.message_templates.get(slug="hello")
    given = {"template": template, "origin": ORIGIN, "status": "sent", "created_at": NOW}
    return MessageFactory(member=member, **{**given, **values})


def away(workflow, days=10, **values):
    return MemberFactory(club=workflow.club, days_away=days, **values)


@pytest.mark.parametrize(
    "sent",
    [
        {"created_at": LAST_VISIT - dt.timedelta(minutes=1)},
        {"created_at": LAST_VISIT},
        {"status": "queued"},
        {"status": "unknown"},
        {"status": "failed"},
        {"status": "skipped"},
        {"origin": "another-workflow"},
    ],
)
def test_it_counts_whom_the_step_will_skip(workflow, sent):
    member = away(workflow)
    by_hand(workflow, member, **sent)
    counted = told_already(Question(workflow, NOW))
    outcome = ACTIONS["send_message"].run(
        [EnrollmentFactory(workflow=workflow, member=member)], {"template": "hello"}, NOW
    )
    is_skipped = [one.reason for one in outcome.values()] == ["sent_by_hand"]
    assert is_skipped is (counted is not None)


def test_only_those_who_are_due_count_and_the_first_are_named(workflow):
    for days, name in ((10, "Ana"), (12, "Bo"), (3, "Cy"), (50, "Di")):
        by_hand(workflow, away(workflow, days, first_name=name))
    away(workflow, first_name="Ed")
    told = told_already(Question(workflow, NOW))
    assert (told.count, [name for _pk, name in told.people]) == (2, ["Bo", "Ana"])


def test_other_words_and_other_clubs_do_not_count(workflow):
    by_hand(workflow, away(workflow), template=MessageTemplateFactory(club=workflow.club))
    other = StepFactory(action_params={"template": "hello"}).workflow
    MessageTemplateFactory(club=other.club, slug="hello")
    by_hand(other, away(other))
    assert told_already(Question(workflow, NOW)) is None


def test_the_steps_as_typed_are_asked_about(workflow):
    by_hand(workflow, away(workflow))
    drafted = [Step(workflow=workflow, position=1, action="send_message", action_params={"template": "bye"})]
    assert told_already(Question(workflow, NOW, drafted=drafted)) is None
    assert told_already(Question(workflow, NOW, drafted=[])) is None


@pytest.mark.parametrize("page", ["preview", "run_now", "dry_run"])
def test_each_look_ahead_says_so(admin_client, workflow, page):
    url = reverse(f"admin:automations_workflow_{page}", args=[workflow.pk])
    words = "1 of them got this message from a person already"
    member = away(workflow, first_name="Ana")
    assert words not in admin_client.get(url).content.decode()
    by_hand(workflow, member)
    assert words in admin_client.get(url).content.decode()
    assert Message.objects.count() == 1


@pytest.mark.parametrize("size", [1, 20])
def test_it_asks_three_questions_at_most(workflow, size, django_assert_max_num_queries):
    for _ in range(size):
        by_hand(workflow, away(workflow))
    question = Question(workflow, NOW)
    question.occurrences, question.kept_out, question.fits  # noqa: B018 - asked for by the preview before
    with django_assert_max_num_queries(4):
        assert told_already(question).count == size
