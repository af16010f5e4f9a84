"""The page of outcomes: who may see it, what it counts, its files, and what it costs."""

import csv
import datetime as dt
import io
import json
from urllib.parse import parse_qsl

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messaging.models import OutcomeDay
from tests.factories import NOW, ClubFactory, MessageTemplateFactory, UserFactory, WorkflowFactory
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
TODAY = NOW.date()


def day(club, **given):
    template = given.pop("template", None)
    given = {"day": TODAY, "channel": "sms", "origin": "missed-class", "sent": 10, "counted_at": NOW} | given
    return OutcomeDay.objects.create(
        club=club, template=template, template_number=template.pk if template else 0, **given
    )


@pytest.fixture
def club():
    club = ClubFactory(name="Iron Gym")
    WorkflowFactory(club=club, name="Missed class")
    return club


@pytest.fixture
def seen(client, club):
    client.force_login(staff_of(club))

    def get(**asked):
        return client.get(reverse("outcomes"), asked)

    return get


def rows(answer):
    return [(row["name"], row["sent"]) for row in answer.context["rows"]]


def test_it_tells_by_workflow_with_shares_cost_and_cost_per_return(seen, club):
    day(club, sent=200, delivered=150, clicked=20, came_back=8, failed=3, billed=200, cost=2_000_000)
    day(club, origin="by hand", sent=5)
    answer = seen()
    assert rows(answer) == [("Missed class", 200), ("By hand", 5)]
    row = answer.context["rows"][0]
    assert row["shares"][0] == (150, "75 %")
    assert (row["cost"], row["per_return"]) == ("US$2.00", "US$0.25")
    assert "Missed class" in answer.text
    assert answer.context["total"]["sent"] == 205


def test_it_tells_by_template_channel_and_month(seen, club):
    wording = MessageTemplateFactory(club=club, name="Wording B")
    day(club, template=wording, sent=7)
    day(club, channel="email", sent=3, day=TODAY.replace(day=1) - dt.timedelta(days=1))
    assert rows(seen(by="template")) == [("Wording B", 7), ("Template deleted", 3)]
    assert rows(seen(by="channel")) == [("SMS", 7), ("E-mail", 3)]
    assert rows(seen(by="month")) == [("2025-08", 3), ("2025-09", 7)]


def test_it_can_be_narrowed(seen, club):
    day(club, sent=7)
    day(club, channel="email", origin="welcome", sent=3)
    day(club, day=TODAY - dt.timedelta(days=30), sent=90)
    assert rows(seen(channel="email")) == [("Welcome", 3)]
    assert rows(seen(origin="missed-class")) == [("Missed class", 7)]
    assert rows(seen(first="2025-08-01", last="2025-08-31")) == [("Missed class", 90)]


@pytest.mark.parametrize(
    "asked",
    [
        {"first": "yesterday"},
        {"by": "password"},
        {"template": "x"},
        {"first": "2030-01-01", "last": "2020-01-01"},
        {"first": "0001-01-01"},
        {"channel": "pigeon"},
        {"last": "9999-12-31"},
    ],
)
def test_nonsense_in_the_address_is_left_out(seen, club, asked):
    day(club)
    assert seen(**asked).status_code == 200


def test_reasons_are_told_in_words(seen, club):
    day(club, failed=3, reasons={"phone_unreachable": 2, "whatsapp_1": 1})
    day(club, origin="welcome", failed=1, reasons={"phone_unreachable": 1})
    answer = seen()
    assert answer.context["reasons"] == [
        ("The phone was off or out of reach", 3),
        ("WhatsApp's error 1", 1),
    ]


def test_nobody_sees_another_clubs(seen, club):
    day(ClubFactory(), sent=99)
    day(club, sent=1)
    assert rows(seen(club="all")) == [("Missed class", 1)]


def test_who_may_not_see_messages_may_not_see_this(client, club):
    client.force_login(staff_of(club, permissions=["members"]))
    assert client.get(reverse("outcomes")).status_code == 403
    client.logout()
    assert client.get(reverse("outcomes")).status_code == 302


def test_the_files_say_the_same_and_no_cell_is_a_formula(seen, club):
    evil = MessageTemplateFactory(club=club, name="=HYPERLINK(1)")
    day(club, template=evil, sent=4, came_back=2, billed=4, cost=25_800, failed=1, reasons={"other": 1})
    table = list(csv.DictReader(io.StringIO(seen(by="template", format="csv").text)))
    assert table[0]["template"] == "'=HYPERLINK(1)"
    assert (table[0]["sent"], table[0]["cost_usd"]) == ("4", "0.025800")
    assert table[0]["cost_per_return_usd"] == "0.012900"
    answer = seen(by="template", format="json")
    (row,) = json.loads(answer.text)["rows"]
    assert (row["template"], row["sent"], row["reasons"]) == ("=HYPERLINK(1)", 4, {"other": 1})
    assert "attachment" in answer["Content-Disposition"]


def test_cost_by_month_is_drawn(seen, club):
    day(club, billed=10, cost=1_230_000)
    day(club, billed=10, cost=2_000_000, day=dt.date(2025, 8, 1))
    answer = seen()
    assert answer.context["cost_rows"] == [("2025-08", "US$2.00", 10), ("2025-09", "US$1.23", 10)]
    assert "2025-09: US$1.23" in answer.text


def test_wordings_are_told_apart_by_workflow_and_template(seen, club):
    kind, short = (MessageTemplateFactory(club=club, name=name) for name in ("Kind", "Short"))
    day(club, template=kind, variant="A", sent=20, clicked=2, came_back=4, billed=20, cost=2_000)
    day(club, template=short, variant="B", sent=30, opted_out=3)
    day(club, sent=99, billed=99, cost=5_000_000)
    answer = seen(by="variant")
    assert rows(answer) == [("Missed class, B: Short", 30), ("Missed class, A: Kind", 20)]
    row = answer.context["rows"][1]
    assert (row["cost"], row["per_return"]) == ("US$0.002", "US$0.0005")
    assert answer.context["total"]["sent"] == 50
    assert "Messages per day: 50 arrived" in answer.text
    assert answer.context["cost_rows"] == [("2025-09", "US$0.002", 20)]
    months = seen(**dict(parse_qsl(row["only"])))
    assert rows(months) == [("2025-09", 20)]
    assert "Messages of “Missed class”: Kind, wording A" in months.text
    assert list(csv.DictReader(io.StringIO(seen(by="variant", format="csv").text)))[1]["variant"] == (
        "Missed class, A: Kind"
    )


def test_where_no_wordings_were_compared_the_other_views_can_still_be_reached(seen, club):
    day(club, sent=5)
    answer = seen(by="variant")
    assert "No step compared wordings in these days." in answer.text
    assert "By workflow" in answer.text


def test_an_empty_page_says_so(seen):
    assert "No message left in these days" in seen().text


def test_it_costs_the_same_number_of_queries_however_much_there_is(client, club):
    client.force_login(UserFactory(superuser=True))
    client.get(reverse("outcomes"))

    def count():
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("outcomes"), {"by": "template"})
        return len(queries)

    day(club, template=MessageTemplateFactory(club=club))
    few = count()
    for n in range(25):
        other = ClubFactory()
        day(
            other,
            template=MessageTemplateFactory(club=other),
            day=TODAY - dt.timedelta(days=n),
            billed=1,
            cost=1,
        )
    assert count() == few <= 16
