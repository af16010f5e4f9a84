"""Staff sign a member out of their own page: asked first, by POST, with a permission, for their own clubs."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse

from members.models import Member
from messaging.models import MemberPassword, MemberSession, SignInLink
from messaging.operations.member_sessions import open_session, session_by
from tests.factories import NOW, ClubFactory, MemberFactory
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
MAY = ["members.view_member", "messaging.delete_membersession"]


@pytest.fixture
def member() -> Member:
    return MemberFactory(first_name="Ana")


@pytest.fixture
def staff(client: Client, member: Member) -> Client:
    client.force_login(staff_of(member.club, permissions=MAY))
    return client


def sign_in(member: Member, **values: Any) -> str:
    return open_session(member=member, way=MemberSession.Way.LINK, now=NOW, **values)[1]


def url(member: Member) -> str:
    return reverse("admin:members_member_action", args=[member.pk, "sign-out"])


def page(member: Member) -> str:
    return reverse("admin:members_member_change", args=[member.pk])


def test_every_session_the_password_and_unused_links_end_and_it_is_noted(
    staff: Client, member: Member
) -> None:
    relative = MemberFactory(club=member.club)
    secrets = [sign_in(member), sign_in(member, for_app=True)]
    others = sign_in(relative)
    MemberPassword.objects.create(member=member, password=make_password("x"), changed_at=NOW)
    SignInLink.objects.create(
        club=member.club, channel="email", member=member, prefix="abcdefgh", asked_at=NOW, expires_at=NOW
    )
    assert url(member) in staff.get(page(member)).content.decode()
    assert "a password that they chose is forgotten" in staff.get(url(member)).content.decode()
    assert MemberSession.objects.count() == 3
    answer = staff.post(url(member), follow=True)
    assert "Places where they were signed in: 2." in answer.content.decode()
    assert [
        session_by(secrets[0], for_app=False, now=NOW),
        session_by(secrets[1], for_app=True, now=NOW),
    ] == [
        None,
        None,
    ]
    assert session_by(others, for_app=False, now=NOW)
    assert not MemberPassword.objects.exists()
    assert not SignInLink.objects.exists()
    assert "Signed out." in LogEntry.objects.get().get_change_message()


def test_it_is_offered_only_for_whom_is_signed_in(staff: Client, member: Member) -> None:
    assert url(member) not in staff.get(page(member)).content.decode()
    sign_in(member)
    MemberSession.objects.update(expires_at=NOW - dt.timedelta(minutes=1))
    assert url(member) not in staff.get(page(member)).content.decode()


def test_a_second_press_says_that_nothing_was_left(staff: Client, member: Member) -> None:
    sign_in(member)
    staff.post(url(member))
    assert "They were not signed in anywhere." in staff.post(url(member)).content.decode()


def test_who_may_not_or_is_of_another_club_ends_nothing(client: Client, member: Member) -> None:
    sign_in(member)
    client.force_login(staff_of(member.club, permissions=MAY[:1]))
    assert url(member) not in client.get(page(member)).content.decode()
    assert client.post(url(member)).status_code == 403
    client.force_login(staff_of(ClubFactory(), permissions=MAY))
    assert client.post(url(member)).status_code == 404
    assert MemberSession.objects.count() == 1
