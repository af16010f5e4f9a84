"""Payment overdue: from which day on, in which zone, how late, what ends it, and what a message may say of it."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from automations.engine.classification import Question
from automations.engine.evaluation import evaluate_members
from automations.engine.explanation import explain
from automations.engine.recheck import end_reasons
from automations.models import Enrollment, Workflow
from automations.reports.preview import preview
from automations.rules.sentences import workflow_sentence
from automations.triggers import TRIGGERS
from members.models import Payment
from members.rules.days import AwayClock
from tests.factories import NOW, ClubFactory, MemberFactory, PaymentFactory, StepFactory, WorkflowFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TODAY = NOW.date()


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.fixture
def member():
    return MemberFactory()


def owing(member, due_on=TODAY - 3 * DAY, **more) -> Payment:
    return PaymentFactory(agreement=None, member=member, due_on=due_on, **more)


def workflow_for(club, days=3, **more) -> Workflow:
    workflow = WorkflowFactory(
        **{
            "club": club,
            "trigger": "payment_overdue",
            "trigger_params": {"days": days},
            "cooldown_days": 0,
            **more,
        }
    )
    StepFactory(workflow=workflow)
    return workflow


def decided(member, now=NOW, days=3, **more) -> str:
    workflow = WorkflowFactory.build(
        club=member.club, pk=0, trigger="payment_overdue", trigger_params={"days": days}, **more
    )
    return Question(workflow, now).members().values_list("decided", flat=True).get(pk=member.pk)


@pytest.mark.parametrize(
    ("zone", "due_on", "now", "reason"),
    [
        ("UTC", "2025-08-29", "2025-08-31T23:59:59Z", "no_occasion"),
        ("UTC", "2025-08-29", "2025-09-01T00:00:00Z", "due"),
        # 72 hours of patience from the beginning of that day.
        ("UTC", "2025-08-29", "2025-09-04T00:00:00Z", "due"),
        ("UTC", "2025-08-29", "2025-09-04T00:00:01Z", "missed"),
        ("UTC", "2025-08-29", "2025-10-02T23:59:59Z", "missed"),
        ("UTC", "2025-08-29", "2025-10-03T00:00:00Z", "no_occasion"),
        # On either side of the date line.
        ("Pacific/Auckland", "2025-08-29", "2025-08-31T11:59:59Z", "no_occasion"),
        ("Pacific/Auckland", "2025-08-29", "2025-08-31T12:00:00Z", "due"),
        ("Pacific/Honolulu", "2025-08-29", "2025-09-01T09:59:59Z", "no_occasion"),
        ("Pacific/Honolulu", "2025-08-29", "2025-09-01T10:00:00Z", "due"),
        # Nights of 23 and of 25 hours lie between; the patience begins at the midnight that there was.
        ("America/New_York", "2025-03-07", "2025-03-10T03:59:59Z", "no_occasion"),
        ("America/New_York", "2025-03-07", "2025-03-10T04:00:00Z", "due"),
        ("America/New_York", "2025-03-07", "2025-03-13T04:00:01Z", "missed"),
        ("America/New_York", "2025-10-31", "2025-11-03T04:59:59Z", "no_occasion"),
        ("America/New_York", "2025-10-31", "2025-11-03T05:00:00Z", "due"),
        # 29 February is a day like any other.
        ("UTC", "2024-02-27", "2024-02-29T23:59:59Z", "no_occasion"),
        ("UTC", "2024-02-27", "2024-03-01T00:00:00Z", "due"),
        ("UTC", "2024-02-29", "2024-03-03T00:00:00Z", "due"),
    ],
)
def test_days_are_calendar_days_of_the_club(zone, due_on, now, reason):
    member = MemberFactory(club=ClubFactory(time_zone=zone))
    owing(member, dt.date.fromisoformat(due_on))
    assert decided(member, at(now)) == reason


@pytest.mark.parametrize(("days", "reason"), [(0, "due"), (1, "no_occasion")])
def test_it_may_be_the_day_itself(member, days, reason):
    owing(member, TODAY)
    assert decided(member, days=days) == reason


@pytest.mark.parametrize("status", Payment.Status.values)
def test_only_what_is_still_owed_counts(member, status):
    owing(member, status=status)
    assert decided(member) == ("due" if status in ("pending", "failed") else "no_occasion")


def test_what_is_too_late_does_not_hide_what_is_due(member):
    owing(member, TODAY - 20 * DAY)
    owing(member)
    owing(member, TODAY + DAY)
    assert decided(member) == "due"


def test_each_payment_leads_to_an_enrollment_of_its_own(member):
    workflow = workflow_for(member.club)
    for days in (3, 4, 5):
        owing(member, TODAY - days * DAY)
    assert evaluate_members(workflow, [member.pk], now=NOW) == 3
    assert evaluate_members(workflow, [member.pk], now=NOW) == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "paid"}, "payment_settled"),
        ({"status": "refunded"}, "payment_settled"),
        ({"status": "failed"}, None),
        ({"due_on": TODAY + 5 * DAY}, "row_moved"),
        ({"amount": 100}, None),
    ],
)
def test_what_is_planned_ends_when_it_is_paid_or_due_on_another_day(member, change, reason):
    owing(member)
    evaluate_members(workflow_for(member.club), [member.pk], now=NOW)
    enrollment = Enrollment.objects.select_related("workflow__club").get()
    assert end_reasons([enrollment], NOW) == {}
    Payment.objects.update(**change)
    assert end_reasons([enrollment], NOW) == ({enrollment.pk: reason} if reason else {})


def test_a_payment_put_off_is_another_occasion_once_it_is_overdue_again(member):
    workflow = workflow_for(member.club)
    owing(member)
    evaluate_members(workflow, [member.pk], now=NOW)
    Payment.objects.update(due_on=TODAY + 5 * DAY)
    assert [evaluate_members(workflow, [member.pk], now=NOW + days * DAY) for days in (7, 8, 9)] == [0, 1, 0]


@pytest.mark.parametrize(
    ("locale", "currency", "amount", "due_on"),
    [
        ("en_US", "USD", "$40.00", "August 29, 2025"),
        ("en_GB", "JPY", "JP¥4,000", "29 August 2025"),
        ("de_CH", "CHF", "CHF 40.00", "29. August 2025"),
    ],
)
def test_a_message_says_amount_and_day_as_the_clubs_country_writes_them(locale, currency, amount, due_on):
    member = MemberFactory(club=ClubFactory(locale=locale))
    name = f"payment:{owing(member, currency=currency).pk}:2025-08-29"
    values = TRIGGERS["payment_overdue"].contexts({name}, AwayClock.of(member.club, NOW))
    assert values == {name: {"amount": amount, "due_on": due_on}}


def test_an_explanation_names_the_day_from_which_on_it_counts(member):
    workflow = workflow_for(member.club)
    owing(member, TODAY - DAY)
    told = explain(member, workflow, now=NOW)
    assert told.decided == "no_occasion"
    # The check of the day after tomorrow, and not before the quiet hours end.
    assert told.next_at == NOW.replace(hour=8) + 2 * DAY
    assert "unless it is paid before" in told.what_next
    Payment.objects.update(due_on=TODAY - 3 * DAY)
    assert "1 September 2025" in explain(member, workflow, now=NOW).why


def test_a_preview_shows_who_just_is_and_who_just_is_not(member):
    for name, days in (("Ana", 3), ("Ben", 5), ("Cleo", 9)):
        owing(MemberFactory(club=member.club, first_name=name), TODAY - days * DAY)
    seen = preview(Question(workflow_for(member.club), NOW))
    assert [(one.first_name, one.says) for one in seen.just_in] == [("Ana", "today"), ("Ben", "2 days ago")]
    assert [(one.first_name, one.says) for one in seen.just_out] == [("Cleo", "6 days ago")]


@pytest.mark.parametrize(
    ("days", "said"), [(0, "is due and has not come"), (1, "owed for 1 day:"), (3, "owed for 3 days:")]
)
def test_its_sentence_tells_for_how_long(member, days, said):
    assert said in workflow_sentence(workflow_for(member.club, days))


@pytest.mark.parametrize("params", [{}, {"days": -1}, {"days": 366}, {"days": "soon"}])
def test_parameters_that_make_no_sense_are_refused(params):
    with pytest.raises(ValidationError):
        TRIGGERS["payment_overdue"].clean(params, None)
