"""The trigger of a live workflow is changed: who is inside for what another one named ends, and nobody else is held up."""

from collections.abc import Callable
from typing import Any

import pytest

from automations.engine.advancement import advance
from automations.engine.evaluation import evaluate, start_run
from automations.engine.recheck import CANNOT_TELL, end_reasons
from automations.models import Enrollment, StepRun, Workflow, WorkflowRun
from automations.rules.reasons import message_reason
from automations.triggers import TRIGGERS, Trigger
from automations.triggers.base import ANOTHER_TRIGGER
from members.models import Club
from members.rules.days import DAY, AwayClock
from messaging.models import Message
from messaging.operations.delivery import deliver
from tests.automations.triggers.asking import workflow_for
from tests.factories import NOW, AgreementFactory, ClubFactory, EnrollmentFactory, MemberFactory

pytestmark = pytest.mark.django_db

NAMED = {
    "missed_class": "absence:2025-08-25",
    "follow_up_status": "web_lead:2025-08-25 10:00:00+00",
    "low_engagement": "often:never",
    "high_retention_risk": "risk:2025-08-25",
    "membership_expiring": "agreement:5:2025-08-25",
    "new_member": "joined:2025-08-25",
    "birthday": "birthday:2025-08-25",
    "milestone": "anniversary:1:2025-08-25",
    "booking_created": "booking:5:2025-08-25 10:00:00+00",
    "booking_confirmed": "booking:6:2025-08-25 10:00:00+00",
    "booking_completed": "booking:7",
    "booking_no_show": "booking:8",
    "payment_overdue": "payment:5:2025-08-25",
    "document_expiring": "document:5:2025-08-25:14",
    "manual": "start:5",
}
"""What each trigger calls an occurrence of its own."""


def params_of(trigger: Trigger) -> dict[str, Any]:
    fields = trigger.Form.base_fields.items()
    params = {name: field.initial for name, field in fields if field.initial is not None}
    return params | ({"status": "web_lead"} if trigger.kind == "follow_up_status" else {})


def of_another(trigger: Trigger) -> set[str]:
    return {name for kind, name in NAMED.items() if TRIGGERS[kind].prefix != trigger.prefix}


@pytest.fixture
def club() -> Club:
    club: Club = ClubFactory()
    return club


@pytest.mark.parametrize("trigger", [*TRIGGERS], ids=lambda trigger: trigger.kind)
def test_it_knows_what_it_named_itself_and_answers_for_the_rest(trigger: Trigger, club: Club) -> None:
    every = set(NAMED.values())
    assert NAMED[trigger.kind] in trigger.named(every) == every - of_another(trigger)
    contexts = trigger.contexts(every, AwayClock.of(club, NOW))
    assert not any(contexts.get(name) for name in of_another(trigger))
    trigger.over(club, NOW, trigger.clean(params_of(trigger), club), every)


@pytest.mark.parametrize("trigger", [*TRIGGERS], ids=lambda trigger: trigger.kind)
def test_of_one_batch_those_end_whom_another_trigger_let_in(trigger: Trigger, club: Club) -> None:
    workflow = workflow_for(club, trigger.kind, params_of(trigger))
    inside = {
        name: EnrollmentFactory(workflow=workflow, member=MemberFactory(club=club), occurrence=name)
        for name in NAMED.values()
    }
    over = end_reasons(inside.values(), NOW)
    assert {name for name in inside if over.get(inside[name].pk) == ANOTHER_TRIGGER} == of_another(trigger)
    assert CANNOT_TELL not in over.values()
    assert message_reason(ANOTHER_TRIGGER) == "the workflow looks for something else now"


def away(club: Club) -> tuple[Any, str]:
    member = MemberFactory(club=club, days_away=10)
    return member, f"absence:{(NOW - DAY * 10).date()}"


def ending(club: Club) -> tuple[Any, str]:
    agreement = AgreementFactory(member=MemberFactory(club=club), ends_on=NOW.date() + DAY * 5)
    return agreement.member, f"agreement:{agreement.pk}:{agreement.ends_on}"


def hundredth(club: Club) -> tuple[Any, str]:
    return MemberFactory(club=club), "classes_attended:100"


@pytest.mark.parametrize(
    ("kind", "comes", "text"),
    [
        ("missed_class", away, "{{ days_away }}"),
        ("membership_expiring", ending, "{{ days_left }}"),
        ("milestone", hundredth, "{{ classes_attended }}"),
    ],
)
def test_newcomers_get_their_message_beside_those_who_end(
    kind: str, comes: Callable[[Club], tuple[Any, str]], text: str, club: Club
) -> None:
    workflow = workflow_for(club, kind, params_of(TRIGGERS[kind]), text)
    for name in of_another(TRIGGERS[kind]):
        EnrollmentFactory(workflow=workflow, member=MemberFactory(club=club), occurrence=name)
    member, name = comes(club)
    new = EnrollmentFactory(workflow=workflow, member=member, occurrence=name)
    assert advance(now=NOW) == {"exited": len(of_another(TRIGGERS[kind])), "arrived": 1, "done": 1}
    assert list(StepRun.objects.values_list("enrollment", "outcome")) == [(new.pk, "done")]


def test_what_waits_to_leave_for_those_who_end_stays_here_and_says_why(club: Club) -> None:
    params = {"min_days": 7, "max_days": 35, "hand_over": False}
    workflow = workflow_for(club, "missed_class", params)
    MemberFactory(club=club, days_away=10)
    evaluate(start_run(workflow, kind=WorkflowRun.Kind.BY_HAND, now=NOW))
    advance(now=NOW)
    Workflow.objects.filter(pk=workflow.pk).update(trigger="birthday", trigger_params={})
    assert deliver(clock=lambda: NOW) == {"skipped": 1}
    assert Message.objects.get().reason == ANOTHER_TRIGGER
    assert Enrollment.objects.count() == 1
