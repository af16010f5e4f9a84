"""The export of one member: all that hangs on her, nothing of anybody else, no secrets."""

import json

import pytest

from members.operations.personal_data import HOLDINGS
from members.reports.everything import as_json
from messaging.models import MemberPassword, MemberSession
from messaging.operations.member_sessions import open_session
from tests.factories import NOW, MemberFactory, MessageFactory, SuppressionFactory, VisitFactory
from tests.members.admin.world import one_of_everything

pytestmark = pytest.mark.django_db


def test_it_tells_a_row_of_every_table_that_has_one():
    from members.models import Member

    rows = one_of_everything("Ann")
    told = json.loads(as_json(rows[Member], NOW))
    for holding in HOLDINGS:
        if holding.rows(rows[Member]).exists():
            assert told[str(holding.model._meta.verbose_name_plural)], holding.model
    assert told["member"]["first_name"] == "Ann"
    assert told["club"] == "Ann Gym"
    assert {"visits", "messages", "consent records", "follow-ups"} <= told.keys()


def test_it_tells_words_and_addresses_as_they_were():
    member = MemberFactory()
    MessageFactory(member=member, text_body="Hello 📌", address=member.phone)
    SuppressionFactory(club=member.club, address=member.phone)
    told = json.loads(as_json(member, NOW))
    assert told["messages"][0]["text_body"] == "Hello 📌"
    assert told["suppressions"][0]["address"] == member.phone


def test_it_tells_nothing_of_anybody_else():
    member, other = MemberFactory(), MemberFactory(first_name="Zoe", email="zoe@mail.example")
    VisitFactory(member=other)
    MessageFactory(member=other, text_body="For Zoe")
    told = as_json(member, NOW)
    assert "Zoe" not in told
    assert "zoe@" not in told
    assert "visits" not in json.loads(told)


def test_it_tells_no_hash_that_could_be_tried_out():
    member = MemberFactory()
    MemberPassword.objects.create(member=member, password="pbkdf2$secret", changed_at=NOW)
    session, secret = open_session(member=member, way=MemberSession.Way.PASSWORD, now=NOW)
    told = as_json(member, NOW)
    assert not any(words in told for words in ("pbkdf2", session.digest, session.prefix, secret))
