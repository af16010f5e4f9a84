"""What messaging adds to members: filters by who may be written to, and messages in the story."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messaging.admin.member_panel import PERHAPS
from messaging.gates import MEMBER_GATES
from tests.factories import (
    NOW,
    ClubFactory,
    ConsentRecordFactory,
    MemberFactory,
    MessageFactory,
    MessageTemplateFactory,
    SuppressionFactory,
    UserFactory,
)
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db

LIST = reverse("admin:members_member_changelist")
LATER = NOW + dt.timedelta(days=1)


@pytest.fixture
def people():
    """By name, all of one club."""
    club = ClubFactory()
    names = ("fine", "no_texts", "no_mail", "changed_her_mind", "nowhere", "empty", "bounced")
    found = {name: MemberFactory(club=club, phone=f"+4144668180{n}") for n, name in enumerate(names)}
    found["undialable"] = MemberFactory(club=club, phone="+155555501")
    for name, channels in {"no_texts": ["sms"], "no_mail": ["email"], "nowhere": ["sms", "email"]}.items():
        for channel in channels:
            ConsentRecordFactory(member=found[name], channel=channel)
    ConsentRecordFactory(member=found["changed_her_mind"])
    ConsentRecordFactory(member=found["changed_her_mind"], is_granted=True, recorded_at=LATER)
    type(found["empty"]).objects.filter(pk=found["empty"].pk).update(phone="", email="")
    SuppressionFactory(club=club, address=found["bounced"].phone)
    SuppressionFactory(club=club, channel="email", address=found["bounced"].email)
    SuppressionFactory(club=ClubFactory(), address=found["fine"].phone)
    return found


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("no_texts", {"no_texts", "nowhere"}),
        ("no_mail", {"no_mail", "nowhere"}),
        ("nowhere", {"nowhere", "empty", "bounced"}),
        ("undialable", {"undialable"}),
        ("unasked_texts", {"fine", "no_mail", "empty", "bounced", "undialable"}),
        ("unasked_mail", {"fine", "no_texts", "changed_her_mind", "empty", "bounced", "undialable"}),
    ],
)
def test_it_filters_by_who_may_be_written_to(admin_client, people, choice, expected):
    shown = admin_client.get(LIST, {"reach": choice}).context["cl"].result_list
    assert {name for name, member in people.items() if member in shown} == expected


def test_every_gate_says_whom_it_may_keep_out():
    assert {gate.reason for gate in MEMBER_GATES} == set(PERHAPS)


def test_staff_find_those_whom_nothing_reaches_by_the_list_of_their_own_club(client):
    """Somebody of another club with the same number may be written to there."""
    here, there = MemberFactory(phone="+41446681801", email=""), MemberFactory(phone="+41446681801", email="")
    SuppressionFactory(club=here.club, address=here.phone)
    for club, expected in ((here.club, [here]), (there.club, [])):
        client.force_login(staff_of(club))
        assert list(client.get(LIST, {"reach": "nowhere"}).context["cl"].result_list) == expected


def test_an_address_on_the_list_is_known_in_any_case_of_letters(admin_client):
    member = MemberFactory(phone="", email="Ana.Ruiz@Mail.example")
    SuppressionFactory(club=member.club, channel="email", address="ana.ruiz@mail.example")
    shown = admin_client.get(LIST, {"reach": "nowhere", "q": "ruiz"}).context["cl"].result_list
    assert list(shown) == [member]


def test_an_unknown_choice_filters_nothing(admin_client, people):
    assert len(admin_client.get(LIST, {"reach": "?"}).context["cl"].result_list) == len(people)


@pytest.mark.parametrize("choice", ["no_texts", "nowhere", "unasked_mail"])
def test_a_filter_costs_the_same_for_few_and_for_many(admin_client, choice):
    club = ClubFactory()

    def queries(number):
        for _ in range(number):
            ConsentRecordFactory(member=MemberFactory(club=club, unreachable=True))
        admin_client.get(LIST, {"reach": choice})
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(LIST, {"reach": choice})
        return len(captured)

    assert queries(2) == queries(30)


def story(client, member):
    page = client.get(reverse("admin:members_member_change", args=[member.pk])).context["page"]
    return [row["entry"] for row in page["timeline"]]


def test_a_message_tells_its_words_its_state_and_where_to_read_more(admin_client):
    message = MessageFactory(status="sent", sent_at=LATER, text_body="Hey John")
    (entry,) = story(admin_client, message.member)
    assert (entry.at, entry.words) == (LATER, "“Hey John”")
    assert "Sent" in entry.state
    assert admin_client.get(entry.link).status_code == 200


def test_a_message_without_words_yet_is_told_by_its_template_and_a_long_one_is_cut(admin_client):
    template = MessageTemplateFactory(name="Hello")
    member = MemberFactory(club=template.club)
    MessageFactory(member=member, template=template, status="skipped", reason="opted_out")
    assert story(admin_client, member)[0].words == "“Hello” Opted out."
    MessageFactory(member=member, text_body="x" * 500, created_at=LATER)
    assert len(story(admin_client, member)[0].words) <= 122


def test_a_message_by_hand_tells_by_whose(admin_client):
    person = UserFactory(username="ana")
    message = MessageFactory(origin="by hand", asked_by=person, text_body="Hey")
    (entry,) = story(admin_client, message.member)
    assert entry.words == "“Hey” Sent by hand, by ana."


def test_a_consent_tells_how_and_by_whom(admin_client):
    record = ConsentRecordFactory(words="Stop", recorded_by=UserFactory(username="ana"))
    (entry,) = story(admin_client, record.member)
    assert (entry.kind, entry.words) == (
        "Opted out of texts",
        "“Stop” How: front desk. Written down by ana.",
    )


@pytest.mark.parametrize(
    ("phone", "said"),
    [("+155555501", "Will hardly arrive"), ("+41791234567", "May be sent"), ("", "No phone")],
)
def test_texts_to_a_phone_that_cannot_be_dialed_are_not_promised(admin_client, phone, said):
    member = MemberFactory(phone=phone, email="")
    answer = admin_client.get(reverse("admin:members_member_change", args=[member.pk])).content.decode()
    assert said in answer


def test_what_a_member_wants_is_told_also_of_a_phone_that_cannot_be_dialed(admin_client):
    record = ConsentRecordFactory(category="marketing", member__phone="+155555501")
    page = admin_client.get(reverse("admin:members_member_change", args=[record.member_id])).content.decode()
    assert "No offers and news" in page
    assert "Will hardly arrive" in page
