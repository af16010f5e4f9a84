"""What staff wrote for messages of workflows: gone after the club's days, unless it is still to be said; the rows stay."""

import datetime as dt
import uuid

import pytest

from automations.models import Correction, PlannedCopy
from automations.operations.oops import carry_on_corrections
from automations.operations.retention import blank_old_words
from tests.factories import (
    NOW,
    EnrollmentFactory,
    MessageFactory,
    MessageTemplateFactory,
    StepFactory,
    StepRunFactory,
    WorkflowRunFactory,
)

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
WORDS = {"text_body": "Anna, see you at six"}


@pytest.fixture
def step():
    return StepFactory(workflow__club__keep_words_days=90)


def copied(planned, status="active", days=91, **where):
    enrollment = EnrollmentFactory(workflow=planned.workflow, status=status, **({"step": planned} | where))
    return PlannedCopy.objects.create(
        enrollment=enrollment, step=planned, channel="sms", own_words=WORDS, changed_at=NOW - days * DAY
    )


def corrected(step, days, **given):
    given = {"own_words": WORDS} | given
    return Correction.objects.create(
        workflow=step.workflow,
        run=WorkflowRunFactory(workflow=step.workflow),
        token=uuid.uuid4(),
        made_at=NOW - days * DAY,
        **given,
    )


def words(row):
    row.refresh_from_db()
    return row.own_words


def test_a_copy_loses_its_words_once_its_step_is_not_to_come_any_more(step):
    waits, ended = copied(step), copied(step, status="exited")
    elsewhere = copied(step, step=StepFactory(workflow=step.workflow, position=2))
    nowhere = copied(step, step=None)
    young = copied(step, status="done", days=89)
    assert blank_old_words(now=NOW) == {"words deleted": 0, "copies emptied": 3}
    assert [words(one) for one in (waits, ended, elsewhere, nowhere, young)] == [
        WORDS,
        None,
        None,
        None,
        WORDS,
    ]
    assert blank_old_words(now=NOW) == {"words deleted": 0}


@pytest.mark.parametrize(("age", "kept"), [(89, True), (90, True), (91, False)])
def test_a_correction_loses_its_words_after_the_clubs_days(step, age, kept):
    correction = corrected(step, age)
    blank_old_words(now=NOW)
    assert words(correction) == (WORDS if kept else {})
    assert (correction.finished_at is None) is kept


def test_a_correction_without_words_is_sent_to_nobody(step):
    correction = corrected(step, 91)
    message = MessageFactory(status="sent", created_at=NOW - 92 * DAY, ended_at=NOW)
    enrollment = EnrollmentFactory(workflow=step.workflow, run=correction.run, member=message.member)
    StepRunFactory(enrollment=enrollment, message=message)
    blank_old_words(now=NOW)
    assert carry_on_corrections(now=NOW) == 0


def test_a_correction_by_a_template_has_no_words_of_its_own(step):
    by_template = corrected(
        step, 91, own_words=None, template=MessageTemplateFactory(club=step.workflow.club)
    )
    blank_old_words(now=NOW)
    assert words(by_template) is None
    assert by_template.finished_at is None


def test_a_club_that_does_not_say_keeps_them():
    step = StepFactory()
    rows = [copied(step, status="done", days=4_000), corrected(step, 4_000)]
    blank_old_words(now=NOW)
    assert [words(row) for row in rows] == [WORDS, WORDS]
