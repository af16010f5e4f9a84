"""Whose an address is, answered by an index."""

import pytest
from django.db import connection

from members.models import Member
from messaging.rules.addresses import having
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


def found(channel, *addresses):
    return set(Member.objects.filter(having(channel, addresses)).values_list("first_name", flat=True))


def test_an_e_mail_address_is_the_same_in_capitals():
    MemberFactory(first_name="Ann", email="Ann@Mail.example")
    MemberFactory(first_name="Bob", email="")
    assert found("email", "ann@mail.EXAMPLE") == {"Ann"}
    assert found("email", "") == found("email") == set()


def test_a_number_is_itself_alone():
    MemberFactory(first_name="Ann", phone="+41446681800")
    MemberFactory(first_name="Bob", phone="")
    assert found("sms", "+41446681800", "+41446681801") == {"Ann"}
    assert found("sms", "+4144668180") == found("sms", "") == set()


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("channel", "address", "index"),
    [("email", "ann@mail.example", "member_email_lower"), ("sms", "+41446681800", "member_phone")],
)
def test_it_is_asked_as_the_index_is_made(channel, address, index):
    MemberFactory()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert index in Member.objects.filter(having(channel, [address])).explain()
