"""An ID that was erased stays away, whoever brings it, until the club lets it come again."""

import json

import pytest

from members.models import ErasedMember, Member
from members.operations.erasure import erase_member, let_return
from tests.api_client import ApiClient
from tests.factories import NOW, MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return MemberFactory(external_id="QZ-0815")


def erase(member):
    return erase_member(member_id=member.pk, now=NOW)


def brought_back(member, external_id="QZ-0815"):
    return (
        ApiClient(member.club)
        .post("members", [{"id": external_id, "first_name": "Quirina"}])
        .json()["results"]
    )


def test_an_import_does_not_bring_her_back(member):
    erase(member)
    [answer] = brought_back(member)
    assert answer["outcome"] == "refused"
    assert "erased on request" in json.dumps(answer)
    assert brought_back(member, "QZ-0816")[0]["outcome"] == "created"


def test_nor_after_the_secret_key_was_changed(member, settings):
    erase(member)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert brought_back(member)[0]["outcome"] == "refused"


def test_another_club_may_have_the_same_id(member):
    erase(member)
    assert brought_back(MemberFactory())[0]["outcome"] == "created"


def test_unless_the_club_says_so(member):
    erase(member)
    assert let_return(erased_id=ErasedMember.objects.get().pk)
    assert brought_back(member)[0]["outcome"] == "created"
    assert Member.objects.get(external_id="QZ-0815").pk != member.pk
