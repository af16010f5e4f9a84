"""Document expiring: which reminder on which day, in which zone, each once, and what ends or replaces it."""

import datetime as dt
from typing import Any

import pytest

from automations.engine.classification import Question
from automations.engine.evaluation import evaluate, evaluate_members, start_run
from automations.engine.explanation import explain
from automations.engine.recheck import end_reasons
from automations.models import Decision, Enrollment, Reason, Workflow
from automations.reports.preview import preview
from automations.triggers import TRIGGERS
from members.models import Document, Member
from members.rules.days import AwayClock
from tests.factories import NOW, ClubFactory, MemberFactory, StepFactory, WorkflowFactory
from tests.perk_factories import DocumentFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TODAY = NOW.date()
LAST = dt.date(2025, 9, 15)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.fixture
def member() -> Member:
    member: Member = MemberFactory()
    return member


def handed_in(member: Member, days_left: int, **more: Any) -> Document:
    document: Document = DocumentFactory(member=member, expires_on=TODAY + days_left * DAY, **more)
    return document


def workflow_for(club: Any, document: str = "", days_before: str = "30, 14, 7", **more: Any) -> Workflow:
    params = {"document": document, "days_before": days_before}
    workflow: Workflow = WorkflowFactory(
        **{"club": club, "trigger": "document_expiring", "trigger_params": params, "cooldown_days": 0, **more}
    )
    StepFactory(workflow=workflow)
    return workflow


def answer(member: Member, now: dt.datetime = NOW, **more: Any) -> tuple[str, str]:
    """The reason and, behind the document's key, the occurrence."""
    workflow = WorkflowFactory.build(
        club=member.club,
        pk=0,
        trigger="document_expiring",
        trigger_params={"document": "", "days_before": "30, 14, 7", **more},
    )
    found = Question(workflow, now).members().values_list("decided", "occurrence_key").get(pk=member.pk)
    return found[0], ":".join((found[1] or "").split(":")[2:])


@pytest.mark.parametrize(
    ("days_left", "reason", "occurrence"),
    [
        (31, "no_occasion", ""),
        (30, "due", "30"),
        (29, "due", "30"),
        (15, "due", "30"),
        (14, "due", "14"),
        (13, "due", "14"),
        (8, "due", "14"),
        (7, "due", "7"),
        (6, "due", "7"),
        (0, "due", "7"),
        (-1, "too_long_ago", "7"),
        (-31, "too_long_ago", "7"),
        (-32, "no_occasion", ""),
    ],
)
def test_each_number_of_days_is_a_reminder_until_the_next_one(
    member: Member, days_left: int, reason: str, occurrence: str
) -> None:
    document = handed_in(member, days_left)
    said, named = answer(member)
    assert said == reason
    if occurrence:
        assert named == f"{document.expires_on}:{occurrence}"


@pytest.mark.parametrize(
    ("zone", "expires_on", "now", "reason"),
    [
        ("UTC", "2025-09-15", "2025-08-31T23:59:59Z", "30"),
        ("UTC", "2025-09-15", "2025-09-01T00:00:00Z", "14"),
        ("UTC", "2025-09-15", "2025-09-15T23:59:59Z", "7"),
        ("UTC", "2025-09-15", "2025-09-16T00:00:00Z", "too_long_ago"),
        # On either side of the date line.
        ("Pacific/Auckland", "2025-09-15", "2025-08-31T11:59:59Z", "30"),
        ("Pacific/Auckland", "2025-09-15", "2025-08-31T12:00:00Z", "14"),
        ("Pacific/Honolulu", "2025-09-15", "2025-09-01T09:59:59Z", "30"),
        ("Pacific/Honolulu", "2025-09-15", "2025-09-01T10:00:00Z", "14"),
        # Nights of 23 and of 25 hours lie between.
        ("America/New_York", "2025-03-23", "2025-03-09T04:59:59Z", "30"),
        ("America/New_York", "2025-03-23", "2025-03-09T05:00:00Z", "14"),
        ("America/New_York", "2025-11-16", "2025-11-02T03:59:59Z", "30"),
        ("America/New_York", "2025-11-16", "2025-11-02T04:00:00Z", "14"),
        # 29 February is a day like any other.
        ("UTC", "2024-02-29", "2024-02-14T23:59:59Z", "30"),
        ("UTC", "2024-02-29", "2024-02-15T00:00:00Z", "14"),
        ("UTC", "2024-03-07", "2024-02-29T00:00:00Z", "7"),
    ],
)
def test_days_are_calendar_days_of_the_club(zone: str, expires_on: str, now: str, reason: str) -> None:
    member = MemberFactory(club=ClubFactory(time_zone=zone))
    DocumentFactory(member=member, expires_on=dt.date.fromisoformat(expires_on))
    said, occurrence = answer(member, at(now))
    assert reason == (occurrence.rpartition(":")[2] if said == "due" else said)


def test_the_reminder_counts_from_the_beginning_of_its_day_whenever_it_is_asked(member: Member) -> None:
    handed_in(member, 14)
    workflow = workflow_for(member.club)
    facts = {
        Question(workflow, NOW + days * DAY).members().values_list("fact", flat=True).get()
        for days in range(7)
    }
    assert facts == {NOW.replace(hour=0, minute=0)}


def test_each_reminder_is_sent_once_and_a_worker_that_was_down_sends_the_one_it_is_in(member: Member) -> None:
    workflow = workflow_for(member.club)
    handed_in(member, 30)
    # None from the 12th to the 20th day, in which the second one began.
    days = [*range(12), *range(20, 33)]
    sent = [day for day in days if evaluate_members(workflow, [member.pk], now=NOW + day * DAY)]
    assert sent == [0, 20, 23]


def test_what_is_entered_late_gets_the_one_reminder_that_it_is_in(member: Member) -> None:
    workflow = workflow_for(member.club)
    handed_in(member, 3)
    assert [evaluate_members(workflow, [member.pk], now=NOW + day * DAY) for day in range(5)] == [
        1,
        0,
        0,
        0,
        0,
    ]


def test_each_of_several_documents_has_its_own_reminders(member: Member) -> None:
    workflow = workflow_for(member.club)
    handed_in(member, 14)
    handed_in(member, 20, kind="certificate", name="First aid")
    handed_in(member, 20, kind="certificate", name="Climbing")
    handed_in(member, -3, kind="vaccination")
    assert evaluate_members(workflow, [member.pk], now=NOW) == 3
    assert evaluate_members(workflow, [member.pk], now=NOW + DAY) == 0


@pytest.mark.parametrize(("kind", "reason"), [("waiver", "due"), ("certificate", "no_occasion")])
def test_it_may_be_about_one_kind_alone(member: Member, kind: str, reason: str) -> None:
    handed_in(member, 10)
    assert answer(member, document=kind)[0] == reason


@pytest.mark.parametrize(
    ("newer", "reason"),
    [
        ({"days_left": 300}, "no_occasion"),
        ({"days_left": 300, "kind": "certificate"}, "due"),
        ({"days_left": 300, "name": "For children"}, "due"),
    ],
)
def test_whoever_brought_a_newer_one_is_left_alone(
    member: Member, newer: dict[str, Any], reason: str
) -> None:
    handed_in(member, 10)
    handed_in(member, **newer)
    assert answer(member)[0] == reason


def test_whose_membership_is_canceled_is_not_reminded() -> None:
    member = MemberFactory(canceled=True)
    handed_in(member, 10)
    assert answer(member)[0] == Reason.CANCELED


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"expires_on": TODAY + 300 * DAY}, "row_moved"),
        ({"name": "Waiver of 2025"}, None),
        ("newer", "document_replaced"),
        ("gone", "row_gone"),
        (None, None),
    ],
)
def test_what_is_planned_ends_once_there_is_a_newer_one(
    member: Member, change: Any, reason: str | None
) -> None:
    handed_in(member, 30)
    evaluate_members(workflow_for(member.club), [member.pk], now=NOW)
    enrollment = Enrollment.objects.select_related("workflow__club").get()
    match change:
        case "newer":
            handed_in(member, 300)
        case "gone":
            Document.objects.all().delete()
        case dict():
            Document.objects.update(**change)
    # Also when the next reminder has come meanwhile.
    for later in (NOW, NOW + 17 * DAY):
        assert end_reasons([enrollment], later) == ({enrollment.pk: reason} if reason else {})


@pytest.mark.parametrize(
    ("last_check", "days_left", "reason"),
    [(1, 0, Reason.DUE), (1, -1, Reason.TOO_LONG_AGO), (9, -1, Reason.MISSED), (9, -3, Reason.TOO_LONG_AGO)],
)
def test_what_began_and_expired_while_no_check_took_place_is_missed(
    member: Member, last_check: int, days_left: int, reason: Reason
) -> None:
    workflow = workflow_for(member.club)
    evaluate(start_run(workflow, kind="by_hand", now=NOW - last_check * DAY))
    handed_in(member, days_left)
    evaluate(start_run(workflow, kind="by_hand", now=NOW))
    assert Decision.objects.get(member=member, until_run=None).reason == reason


def test_a_message_names_the_document_and_its_day(member: Member) -> None:
    certificate = handed_in(member, 14, kind="certificate", name="First aid")
    waiver = handed_in(member, 7)
    names = [f"document:{one.pk}:{one.expires_on}:7" for one in (certificate, waiver)]
    values = TRIGGERS["document_expiring"].contexts(names, AwayClock.of(member.club, NOW))
    assert values == {
        names[0]: {"document": "First aid", "expires_on": "15 September 2025", "days_left": "14"},
        names[1]: {"document": "waiver", "expires_on": "8 September 2025", "days_left": "7"},
    }


def test_an_explanation_names_the_document_and_when_the_reminder_comes(member: Member) -> None:
    workflow = workflow_for(member.club)
    handed_in(member, 32)
    told = explain(member, workflow, now=NOW)
    assert told.decided == "no_occasion"
    assert any("“Waiver” expires on 3 October 2025" in str(gate) for gate in told.gates)
    assert told.next_at
    assert told.next_at.date() == TODAY + 2 * DAY
    assert "unless a newer one comes in before" in told.what_next
    Document.objects.update(expires_on=TODAY + 5 * DAY)
    told = explain(member, workflow, now=NOW)
    assert told.decided == "due"
    assert any("“Waiver” expires on 6 September 2025" in str(gate) for gate in told.gates)
    Document.objects.update(expires_on=TODAY - DAY)
    told = explain(member, workflow, now=NOW)
    assert "has expired, and nothing newer is on file" in told.why
    assert any("“Waiver” expired on 31 August 2025" in str(gate) for gate in told.gates)


def test_a_preview_shows_who_just_is_and_who_just_is_not(member: Member) -> None:
    for name, days in (("Ana", 30), ("Ben", 16), ("Cleo", 0), ("Dora", -1), ("Eli", 40)):
        handed_in(MemberFactory(club=member.club, first_name=name), days)
    seen = preview(Question(workflow_for(member.club), NOW))
    assert [(one.first_name, one.says) for one in seen.just_in] == [
        ("Ana", "expires in 30 days"),
        ("Cleo", "expires today"),
        ("Ben", "expires in 16 days"),
    ]
    assert [(one.first_name, one.says) for one in seen.just_out] == [
        ("Dora", "expired 1 day ago"),
        ("Eli", "expires in 40 days"),
    ]


@pytest.mark.parametrize(
    ("days_left", "reason"), [(15, "no_occasion"), (14, "due"), (0, "due"), (-1, "too_long_ago")]
)
def test_one_reminder_alone_will_do(member: Member, days_left: int, reason: str) -> None:
    document = handed_in(member, days_left)
    said, named = answer(member, days_before="14")
    assert said == reason
    if said == "due":
        assert named == f"{document.expires_on}:14"
