"""What a text costs, what makes it dear, and what could be saved."""

import datetime as dt

import pytest
from django.core.cache import cache

from members.models import Club
from messaging.models import MessageTemplate
from messaging.reports.text_cost import TextCost, sent_lately, text_cost
from tests.factories import NOW, MessageFactory, MessageTemplateFactory

DEARER = "Hey John, we missed you last week! Book your next class here 📌 https://book.example/"


@pytest.fixture(autouse=True)
def nothing_remembered():
    cache.clear()


def cost(filled: str, source: str | None = None, price: int = 6450, sent: int = 300) -> TextCost:
    club = Club(sms_part_price=price, currency="USD", locale="en_US")
    return text_cost(filled, source=filled if source is None else source, club=club, sent=sent)


def test_the_dear_character_and_what_leaving_it_out_saves() -> None:
    found = cost(DEARER)

    assert (found.counted.parts, found.cheaper.parts, found.price) == (2, 1, "$0.0129")
    assert [(one.character.shown, one.character.twin) for one in found.dear] == [("📌", "")]
    assert (found.saves, found.saves_a_month, found.parts_saved_a_month) == ("$0.00645", "$1.935", 300)


def test_one_that_came_with_a_value_cannot_be_replaced_in_the_template() -> None:
    found = cost("Hi Zoë – come back", source="Hi {{ first_name }} – come back")

    assert [(one.character.shown, one.can_be_replaced) for one in found.dear] == [("ë", False), ("–", True)]
    assert found.cheaper.encoding == "UCS-2"


def test_what_a_value_costs_is_not_called_nothing() -> None:
    long = "Hi {} come back soon, " + "we miss you " * 8
    found = cost(long.format("Zoë"), source=long)

    assert (found.counted.parts, found.parts_saved, found.parts_through_values) == (2, 0, 1)
    assert cost("Hi Zoë", source="Hi {{ first_name }}").parts_through_values == 0


def test_a_short_text_costs_nothing_more_for_it() -> None:
    found = cost("Hi 📌")

    assert (found.parts_saved, found.saves, found.saves_a_month) == (0, "", "")


def test_without_a_price_only_the_parts_are_counted() -> None:
    found = cost(DEARER, price=0)

    assert (found.price, found.saves, found.parts_saved_a_month) == ("", "", 300)


@pytest.mark.parametrize("twins", [1, 2])
def test_several_are_offered_together(twins: int) -> None:
    assert cost("–’"[:twins]).can_replace_several is (twins > 1)


@pytest.mark.django_db
def test_texts_are_counted_that_this_template_sent_in_thirty_days(django_assert_num_queries) -> None:
    template = MessageTemplateFactory()
    for status, days in (("sent", 1), ("sent", 29), ("sent", 31), ("failed", 1), ("skipped", 1)):
        MessageFactory(
            member__club=template.club,
            template=template,
            status=status,
            sent_at=NOW - dt.timedelta(days=days),
        )
    MessageFactory(status="sent", sent_at=NOW)

    with django_assert_num_queries(1):
        assert [sent_lately(template, NOW) for _again in range(3)] == [2, 2, 2]
    assert sent_lately(MessageTemplate(), NOW) == 0
