"""An offer made by a step: one per enrollment and step, good for so many days, known to the messages after it."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from automations.actions import ACTIONS
from automations.engine.advancement import advance
from members.models import Offer
from messaging.models import Message
from messaging.operations.wording import envelope_of
from tests.factories import (
    NOW,
    ClubFactory,
    EnrollmentFactory,
    MessageTemplateFactory,
    StepFactory,
    WorkflowFactory,
)

pytestmark = pytest.mark.django_db
OFFER = ACTIONS["make_offer"]
TWENTY = {"percent": 20, "amount": None, "what": "your next month", "valid_days": 14}


def enrolled_at(workflow, **params):
    step = StepFactory(workflow=workflow, action="make_offer", action_params=TWENTY | params)
    return EnrollmentFactory(workflow=workflow, step=step)


def test_the_same_step_makes_one_offer_however_often_it_is_tried():
    enrollment = enrolled_at(WorkflowFactory())
    details = {OFFER.run([enrollment], TWENTY, NOW)[enrollment.pk].detail for _ in range(2)}
    offer = Offer.objects.get()
    assert (offer.member, offer.percent, offer.what) == (enrollment.member, 20, "your next month")
    assert details == {f"Code {offer.code}, good until 15 September 2025."}


@pytest.mark.parametrize(
    ("zone", "now", "last"),
    [
        ("UTC", dt.datetime(2024, 2, 15, 12, tzinfo=dt.UTC), dt.date(2024, 2, 29)),
        ("UTC", dt.datetime(2025, 2, 15, 12, tzinfo=dt.UTC), dt.date(2025, 3, 1)),
        ("Pacific/Auckland", dt.datetime(2025, 9, 27, 13, tzinfo=dt.UTC), dt.date(2025, 10, 12)),
        ("Pacific/Honolulu", dt.datetime(2025, 9, 1, 5, tzinfo=dt.UTC), dt.date(2025, 9, 14)),
        ("America/New_York", dt.datetime(2025, 11, 2, 5, 30, tzinfo=dt.UTC), dt.date(2025, 11, 16)),
    ],
)
def test_its_last_day_counts_from_the_clubs_own_day(zone, now, last):
    enrollment = enrolled_at(WorkflowFactory(club__time_zone=zone))
    OFFER.run([enrollment], TWENTY, now)
    assert Offer.objects.get().expires_on == last


def test_an_amount_is_kept_in_the_currencys_smallest_unit():
    enrollment = enrolled_at(WorkflowFactory(club__currency="EUR"))
    params = OFFER.clean(TWENTY | {"percent": None, "amount": "12.50"}, enrollment.workflow.club)
    OFFER.run([enrollment], params, NOW)
    assert (Offer.objects.get().amount, Offer.objects.get().currency) == (1250, "EUR")


def test_a_later_message_names_the_code_and_the_last_day():
    workflow = WorkflowFactory()
    StepFactory(workflow=workflow, position=1, action="make_offer", action_params=TWENTY)
    words = MessageTemplateFactory(
        club=workflow.club, text_body="{{ offer }}: {{ offer_code }} until {{ offer_until }}"
    )
    StepFactory(workflow=workflow, position=2, action_params={"template": words.slug})
    EnrollmentFactory(workflow=workflow)
    while advance(now=NOW):
        pass
    said = envelope_of(Message.objects.get()).text
    assert said == f"20% off your next month: {Offer.objects.get().code} until 15 September 2025"


def test_of_two_offers_the_later_one_is_named():
    workflow = WorkflowFactory()
    for position, percent in ((1, 10), (2, 30)):
        StepFactory(
            workflow=workflow,
            position=position,
            action="make_offer",
            action_params=TWENTY | {"percent": percent},
        )
    StepFactory(workflow=workflow, position=3)
    EnrollmentFactory(workflow=workflow)
    while advance(now=NOW):
        pass
    assert Message.objects.get().context["offer_code"] == Offer.objects.get(percent=30).code


@pytest.mark.parametrize(
    "params",
    [
        {"percent": None},
        {"amount": "5"},
        {"percent": 0},
        {"percent": 101},
        {"valid_days": 0},
        {"valid_days": 731},
        {"percent": None, "amount": "0"},
        {"percent": None, "amount": "1.234"},
    ],
)
def test_what_is_no_offer_is_refused(params):
    with pytest.raises(ValidationError):
        OFFER.clean(TWENTY | params, ClubFactory())
    assert OFFER.clean(TWENTY, ClubFactory())["percent"] == 20


def test_it_says_what_it_does():
    club = ClubFactory(currency="EUR")
    for params, said in (
        (TWENTY, "offer 20% off your next month, good for 14 days"),
        (
            {"percent": None, "amount": "12.50", "what": "", "valid_days": 1},
            "offer €12.50 off, good for 1 day",
        ),
    ):
        assert OFFER.sentence(OFFER.named(params, club)) == said
