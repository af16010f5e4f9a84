"""Who is told what of an alert: each person one mail, about what concerns her, with nothing personal in it."""

import pytest
from django.contrib.auth.models import Group
from django.core import mail

from automations.models import Alert
from automations.reports.alert_mails import MANAGERS, mail_alerts
from tests.factories import NOW, ClubFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def club():
    return ClubFactory(name="Riverside")


def late():
    return Alert.objects.create(
        kind="job_late", subject="deliver_messages", numbers={"minutes": 12}, opened_at=NOW, seen_at=NOW
    )


def refused(club):
    numbers = {"asked": 40, "refused": 12}
    return Alert.objects.create(
        kind="refusals", subject="sms", club=club, numbers=numbers, opened_at=NOW, seen_at=NOW
    )


def manager_of(club, **values):
    person = UserFactory(**values)
    person.groups.add(Group.objects.get_or_create(name=MANAGERS)[0])
    club.staff.add(person)
    return person


def told():
    return {address: sent.subject for sent in mail.outbox for address in sent.to}


def test_superusers_are_told_everything_and_managers_what_concerns_their_club(club):
    UserFactory(username="root", superuser=True)
    manager_of(club, username="ours")
    manager_of(ClubFactory(), username="theirs")
    assert mail_alerts([late(), refused(club)]) == 3
    assert told() == {
        "root@club.example": "Rollcall: 2 things need attention",
        "ours@club.example": "Rollcall: 2 things need attention",
        "theirs@club.example": "Rollcall: something needs attention",
    }
    assert ["Riverside" in sent.body for sent in mail.outbox] == [True, True, False]


def test_nobody_else_is_told(club):
    club.staff.add(UserFactory(username="desk"))
    manager_of(club, is_active=False)
    manager_of(club, email="")
    UserFactory(superuser=True, email="")
    UserFactory(username="without a club").groups.add(Group.objects.get(name=MANAGERS))
    assert mail_alerts([late()]) == 0
    assert mail.outbox == []


def test_an_address_with_two_logins_is_told_once(club):
    manager_of(club, email="Jo@club.example")
    manager_of(ClubFactory(), email="jo@club.example")
    mail_alerts([late(), refused(club)])
    [only] = mail.outbox
    assert only.body.count("Riverside: 12 of the last 40 text messages") == 1


def test_the_mail_says_what_is_wrong_what_to_do_and_where_to_look(club, settings):
    settings.PUBLIC_URL = "https://rollcall.example"
    UserFactory(superuser=True)
    mail_alerts([late()])
    body = mail.outbox[0].body
    for words in (
        "The job “Sending” is late: it should have started 12 minutes ago.",
        "Nothing is lost",
        "https://rollcall.example/admin/",
        "once",
    ):
        assert words in body


def test_one_address_that_fails_keeps_nobody_else_from_being_told(club, monkeypatch):
    for name in ("first", "second"):
        UserFactory(username=name, superuser=True)
    send = mail.EmailMessage.send

    def refuse_the_first(message, *args, **kwargs):
        if message.to == ["first@club.example"]:
            raise OSError("no route")
        return send(message, *args, **kwargs)

    monkeypatch.setattr(mail.EmailMessage, "send", refuse_the_first)
    assert mail_alerts([late()]) == 1
    assert list(told()) == ["second@club.example"]


def test_it_costs_the_same_for_many_people(club, django_assert_num_queries):
    for _ in range(5):
        manager_of(club)
    alert = Alert.objects.select_related("club").get(pk=refused(club).pk)
    with django_assert_num_queries(2):
        mail_alerts([alert])
