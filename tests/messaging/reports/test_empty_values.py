"""For how many members a template could not be filled."""

import pytest
from django.core.cache import cache

from messaging.reports.empty_values import empty_values
from tests.factories import MemberFactory, MessageTemplateFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_remembered():
    cache.clear()


def lacking(text: str, club, **fields):
    template = MessageTemplateFactory.build(club=club, text_body=text, **fields)
    template.clean()
    return [(one.name, one.count, one.members) for one in empty_values(template, club)]


def test_it_counts_those_without_a_value_in_one_query(django_assert_num_queries) -> None:
    club = MemberFactory(last_name="", membership_level="").club
    MemberFactory(club=club, membership_level="Gold")
    MemberFactory(club=club, last_name="", canceled=True)
    MemberFactory(last_name="")

    with django_assert_num_queries(1):
        assert lacking("{{ first_name }} {{ last_name }} {{ membership_level }}", club) == [
            ("last_name", 1, 2),
            ("membership_level", 1, 2),
        ]
    with django_assert_num_queries(0):
        lacking("{{ first_name }} {{ last_name }} {{ membership_level }} again", club)


@pytest.mark.parametrize(
    "text",
    [
        "Hi {{ last_name|default('there') }}",
        "Hi {% if last_name %}{{ last_name }}{% endif %}!",
        "Hi {{ days_away }} {{ booking_link }} {{ club_name }} {{ unsubscribe_link }}",
        "Hi",
    ],
)
def test_what_can_do_without_is_not_counted(text: str, django_assert_num_queries) -> None:
    club = MemberFactory(last_name="").club
    with django_assert_num_queries(0):
        assert lacking(text, club) == []


def test_the_subject_and_the_html_of_an_e_mail_count_too() -> None:
    club = MemberFactory(last_name="").club
    assert lacking("Hi", club, channel="email", subject="Hi {{ last_name }}") == [("last_name", 1, 1)]
    cache.clear()
    assert lacking("Hi", club, channel="email", subject="Hi", html_body="{{ last_name }}") == [
        ("last_name", 1, 1)
    ]


def test_the_fallback_is_shown_ready_to_copy() -> None:
    club = MemberFactory(last_name="").club
    template = MessageTemplateFactory.build(club=club, text_body="{{ last_name }}")
    template.clean()
    assert empty_values(template, club)[0].with_fallback == "{{ last_name|default('…') }}"
