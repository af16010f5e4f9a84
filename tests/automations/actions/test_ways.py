"""Where the first message cannot reach somebody: another channel, else a person; the step says which and why."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from automations.actions import ACTIONS
from automations.engine.classification import Question
from automations.engine.explanation import explain
from automations.models import Decision, StepRun, WorkflowRun
from automations.operations.workflow_runs import run_workflow
from automations.reports.log import planned_rows, run_rows
from members.models import StaffTask
from messaging.models import Message
from tests.factories import (
    NOW,
    ConsentRecordFactory,
    EnrollmentFactory,
    MemberFactory,
    MessageTemplateFactory,
    StepFactory,
    SuppressionFactory,
    WorkflowFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
SEND = ACTIONS["send_message"]


@pytest.fixture
def club():
    workflow = WorkflowFactory()
    MessageTemplateFactory(club=workflow.club, slug="text")
    MessageTemplateFactory(club=workflow.club, slug="mail", as_email=True)
    return workflow.club


def enrolled(club, **member):
    workflow = club.workflows.get()
    return EnrollmentFactory(
        workflow=workflow,
        member=MemberFactory(club=club, days_away=10, **member),
        step=StepFactory(workflow=workflow),
    )


def opted_out(club):
    enrollment = enrolled(club)
    ConsentRecordFactory(member=enrollment.member, channel="sms")
    return enrollment


def suppressed(club):
    enrollment = enrolled(club)
    SuppressionFactory(club=club, channel="sms", address=enrollment.member.phone)
    return enrollment


UNREACHED = {
    "no_address": (lambda club: enrolled(club, phone=""), "E-mail instead: No phone number."),
    "opted_out": (opted_out, "E-mail instead: Opted out of texts with offers and news."),
    "suppressed": (suppressed, "E-mail instead: The address is on the suppression list."),
}
FALLBACK = {"template": "text", "fallback": "mail"}


@pytest.mark.parametrize("reason", UNREACHED)
def test_whom_no_text_can_reach_gets_the_mail_and_the_step_says_why(reason, club):
    make, detail = UNREACHED[reason]
    enrollment, other = make(club), enrolled(club)
    outcomes = SEND.run([enrollment, other], FALLBACK, NOW)
    assert (outcomes[enrollment.pk].message.channel, outcomes[enrollment.pk].reason) == ("email", reason)
    assert outcomes[enrollment.pk].detail == detail
    assert (outcomes[other.pk].message.channel, outcomes[other.pk].reason) == ("sms", "")


def test_whom_neither_can_reach_is_handed_to_a_person(club):
    enrollment = enrolled(club, phone="", email="")
    for _ in range(2):
        outcome = SEND.run([enrollment], FALLBACK | {"fallback_task": "Call"}, NOW)[enrollment.pk]
    assert (outcome.staff_task.description, outcome.message) == ("Call", None)
    assert outcome.detail == "A task instead: No phone number."
    assert StaffTask.objects.count() == 1
    assert not Message.objects.exists()


def test_a_person_may_be_the_only_other_way(club):
    enrollment = enrolled(club, phone="")
    outcome = SEND.run([enrollment], {"template": "text", "fallback_task": "Call"}, NOW)[enrollment.pk]
    assert outcome.staff_task
    assert not Message.objects.exists()


def test_without_a_person_the_first_way_stands_and_the_door_says_why(club):
    enrollment = enrolled(club, phone="", email="")
    outcome = SEND.run([enrollment], FALLBACK, NOW)[enrollment.pk]
    assert (outcome.message.channel, outcome.reason) == ("sms", "")


@pytest.mark.parametrize(
    ("params", "member", "decided"),
    [
        ({"template": "text"}, {"phone": ""}, "no_address"),
        (FALLBACK, {"phone": ""}, "due"),
        (FALLBACK, {"email": ""}, "due"),
        (FALLBACK, {"phone": "", "email": ""}, "no_address"),
        (FALLBACK | {"fallback_task": "Call"}, {"phone": "", "email": ""}, "due"),
        ({"template": "text", "fallback_task": "Call"}, {"phone": ""}, "due"),
    ],
)
def test_the_gates_keep_out_only_whom_no_way_reaches(params, member, decided, club):
    workflow = club.workflows.get()
    StepFactory(workflow=workflow, action_params=params)
    MemberFactory(club=club, days_away=10, **member)
    run_workflow(workflow)
    assert Decision.objects.get().reason == decided


def test_a_whole_run_reaches_each_by_the_way_that_is_left(club):
    workflow = club.workflows.get()
    StepFactory(workflow=workflow, action_params=FALLBACK | {"fallback_task": "Call"})
    for addresses in ({}, {"phone": ""}, {"phone": "", "email": ""}):
        MemberFactory(club=club, days_away=10, **addresses)
    run_workflow(workflow)

    assert sorted(Message.objects.values_list("channel", flat=True)) == ["email", "sms"]
    assert StaffTask.objects.get().description == "Call"
    assert sorted(StepRun.objects.values_list("detail", flat=True)) == [
        "",
        "A task instead: No phone number.",
        "E-mail instead: No phone number.",
    ]


def test_the_log_says_by_which_way_and_why(club):
    workflow = club.workflows.get()
    StepFactory(workflow=workflow, action_params=FALLBACK | {"fallback_task": "Call"})
    members = [
        MemberFactory(club=club, days_away=10, **addresses)
        for addresses in ({}, {"phone": ""}, {"phone": "", "email": ""})
    ]
    planned = [row.channel for row in planned_rows(Question(workflow, NOW))]
    assert planned == ["sms", "email", ""]
    run, _delivered = run_workflow(workflow, as_of=NOW)
    rows = {row.member_id: row for row in run_rows(run)}
    told = [rows[member.external_id] for member in members]
    assert [row.channel for row in told] == planned
    assert [row.status for row in told] == ["sent", "sent", ""]
    assert not told[0].reason_text.endswith("No phone number.")
    assert told[1].reason_text.endswith("E-mail instead: No phone number.")
    assert told[2].reason_text.endswith("A task instead: No phone number.")


@pytest.mark.parametrize(("member", "says"), [({}, "will be texted"), ({"phone": ""}, "will be written to")])
def test_the_explanation_knows_the_way_that_is_left(member, says, club):
    workflow = club.workflows.get()
    StepFactory(workflow=workflow, action_params=FALLBACK)
    explained = explain(MemberFactory(club=club, days_away=10, **member), workflow, now=NOW)
    assert says in explained.what_next
    gate = next(gate for gate in explained.gates if gate.reason == "no_address")
    assert (gate.question, gate.passes) == ("has a phone number, or can be reached by E-mail instead", True)


def test_whom_neither_way_reaches_is_told_so(club):
    workflow = club.workflows.get()
    StepFactory(workflow=workflow, action_params=FALLBACK)
    member = MemberFactory(club=club, days_away=10, phone="", email="")
    assert explain(member, workflow, now=NOW).why == "No phone number. No way by E-mail either."


def test_an_old_run_is_explained_by_the_ways_of_its_day(club):
    workflow = club.workflows.get()
    step = StepFactory(workflow=workflow, action_params=FALLBACK)
    MemberFactory(club=club, days_away=10, phone="", email="")
    run, _delivered = run_workflow(workflow, as_of=NOW)
    step.action_params = {"template": "text"}
    step.save()
    [row] = run_rows(WorkflowRun.objects.get(pk=run.pk))
    assert row.reason_text == "No phone number. No way by E-mail either."


def test_the_rarer_fields_are_folded_away_until_they_say_something(club):
    assert not SEND.Form(club=club, initial={"template": "text"}).is_unfolded()
    assert SEND.Form(club=club, initial=FALLBACK).is_unfolded()
    form = SEND.Form({"template": "text", "share": "0"}, club=club)
    assert form.is_unfolded()
    shown = [field.name for field in form.in_sight()]
    assert shown == ["template", "booking_link"]
    assert {field.name for field in form.out_of_sight()} == set(SEND.Form.folded)


def test_a_template_that_only_a_later_way_sends_is_not_deleted(club, admin_client):
    StepFactory(workflow=club.workflows.get(), action_params=FALLBACK)
    mail = club.message_templates.get(slug="mail")
    answer = admin_client.post(
        reverse("admin:messaging_messagetemplate_delete", args=[mail.pk]), {"post": "yes"}
    )
    assert answer.status_code in (200, 302, 403)
    assert club.message_templates.filter(slug="mail").exists()


def test_it_asks_the_database_as_often_for_thirty_as_for_three(club, django_assert_num_queries):
    for number in (3, 30):
        batch = [
            enrolled(club, phone="" if n % 3 else "+15550000001", email="" if n % 3 == 2 else "a@b.example")
            for n in range(number)
        ]
        # As without another way, who is blocked from each channel, the second message, and what the tasks take.
        with django_assert_num_queries(19):
            SEND.run(batch, FALLBACK | {"fallback_task": "Call"}, NOW)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"template": "text", "fallback": "text2"}, "another channel"),
        ({"template": "text", "template_b": "mail"}, "same channel"),
        ({"template": "text", "template_b": "text"}, "same wording"),
        ({"template": "text", "template_b": "text2", "share_b": "0"}, "greater than or equal to 1"),
    ],
)
def test_ways_that_make_no_sense_are_refused(params, said, club):
    MessageTemplateFactory(club=club, slug="text2")
    with pytest.raises(ValidationError) as refused:
        SEND.clean(params, club)
    assert said in " ".join(refused.value.messages)


def test_a_fallback_that_is_gone_fails_in_words(club):
    enrollment = enrolled(club)
    outcome = SEND.run([enrollment], {"template": "text", "fallback": "gone"}, NOW)[enrollment.pk]
    assert (outcome.outcome, outcome.error) == ("failed", "There is no template “gone” any more.")


def test_it_says_every_way(club):
    params = SEND.named(FALLBACK | {"fallback_task": "Call."}, club)
    assert (
        SEND.sentence(params) == "send the message “text”, or else “mail”, or else open a staff task: “Call”"
    )
