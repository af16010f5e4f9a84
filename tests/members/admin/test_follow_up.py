"""The follow-up status in the admin: on top with why, in the story, as a filter; and the facts that staff change follow at once."""

import datetime as dt

import pytest
from django.urls import reverse

from members.admin import status_filter
from members.admin.follow_up import cause_in_words
from members.admin.status_filter import StatusFilter
from members.models import Agreement, Booking, ClassSession, FollowUpChange, Member, Payment
from members.operations.follow_up import refresh_follow_up
from members.rules.days import start_of_day
from tests.factories import (
    NOW,
    AgreementFactory,
    BookingFactory,
    ClassSessionFactory,
    ClubFactory,
    MemberFactory,
    PaymentFactory,
)
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def club():
    return ClubFactory(time_zone="Pacific/Auckland")


@pytest.fixture
def member(club):
    return MemberFactory(club=club)


@pytest.fixture
def staff(client, club):
    person = staff_of(club)
    client.force_login(person)
    return person


def url(model, page, *args):
    return reverse(f"admin:members_{model._meta.model_name}_{page}", args=args)


def status(member):
    member.refresh_from_db()
    return member.follow_up_status


def typed(client, model, row=None, **values):
    """Saves the form with what it shows and `values`."""
    address = url(model, "change", row.pk) if row else url(model, "add")
    form = client.get(address).context["adminform"].form
    data = {}
    for name, field in form.fields.items():
        initial = form.get_initial_for_field(field, name)
        if isinstance(initial, dt.datetime):
            data |= {f"{name}_0": f"{initial:%Y-%m-%d}", f"{name}_1": f"{initial:%H:%M:%S}"}
        elif initial not in (None, False):
            data[name] = getattr(initial, "pk", initial)
    return client.post(address, data | values)


def test_the_members_page_says_the_status_and_why(client, staff, member):
    agreement = AgreementFactory(member=member, past_due=4000)
    refresh_follow_up(club=member.club, member_ids=[member.pk], now=NOW, causes={member.pk: "agreement 7"})
    page = client.get(url(Member, "change", member.pk)).context["page"]
    fact = next(fact for fact in page["facts"] if fact.label == "Follow-up")
    assert "Delinquent Customer" in fact.value
    assert f"$40.00 past due on {agreement}; would be Active Customer otherwise." in fact.value
    assert "Since 1 Aug 2025, 00:00." in fact.value
    (entry,) = [row["entry"] for row in page["timeline"] if row["entry"].kind == "Follow-up status"]
    bought_at = start_of_day(agreement.purchased_on, member.club.zone)
    assert (entry.at, entry.words) == (bought_at, "After news of agreement 7.")


def test_the_story_says_what_it_was_before(client, staff, member):
    refresh_follow_up(club=member.club, member_ids=[member.pk], now=NOW - dt.timedelta(days=2))
    AgreementFactory(member=member, canceled=True)
    refresh_follow_up(club=member.club, member_ids=[member.pk], now=NOW, cause="check")
    page = client.get(url(Member, "change", member.pk)).context["page"]
    words = [str(row["entry"].words) for row in page["timeline"] if row["entry"].kind == "Follow-up status"]
    assert words == ["Was Active Customer before. Found by the hourly check.", ""]


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("by hand", "After somebody changed something here."),
        ("booking B 7", "After news of booking B 7."),
        ("something else", "something else"),
        ("", ""),
    ],
)
def test_a_cause_is_told_in_words(cause, words):
    assert cause_in_words(cause) == words


def test_the_list_filters_by_status(client, staff, club, member):
    other = AgreementFactory(member__club=club, canceled=True).member
    refresh_follow_up(club=club, member_ids=[member.pk, other.pk], now=NOW)
    found = client.get(url(Member, "changelist"), {"follow_up_status__exact": "canceled"})
    assert [row.pk for row in found.context["cl"].result_list] == [other.pk]


def offered(client, **asked):
    page = client.get(url(Member, "changelist"), asked)
    spec = next(spec for spec in page.context["cl"].filter_specs if isinstance(spec, StatusFilter))
    (part,) = spec.choices(page.context["cl"])
    return [str(label) for _value, label in part["form"].fields["follow_up_status__exact"].choices]


def test_the_filter_says_how_many_have_each_status(client, staff, club, member):
    away = AgreementFactory(member__club=club, canceled=True).member
    refresh_follow_up(club=club, member_ids=[member.pk, away.pk], now=NOW)
    theirs = MemberFactory()
    refresh_follow_up(club=theirs.club, member_ids=[theirs.pk], now=NOW)
    labels = offered(client)
    assert labels[:2] == ["All", "Active Customer (1)"]
    assert "Canceled Customer (1)" in labels
    assert "Web Lead (0)" in labels
    assert offered(client, _facets="")[1] == "Active Customer (1)"
    theirs.club.staff.add(staff)
    assert offered(client)[1] == "Active Customer (2)"
    assert offered(client, club__id__exact=theirs.club.pk)[1] == "Active Customer (1)"


def test_the_filter_counts_to_a_bound_in_one_query(club, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(status_filter, "MOST", 2)
    people = [MemberFactory(club=club) for _ in range(4)]
    refresh_follow_up(club=club, member_ids=[person.pk for person in people], now=NOW)
    with django_assert_num_queries(1):
        numbers = status_filter.numbers_by_status([club.pk])
    assert (numbers["active"], numbers["lead"]) == ("more than 2", "0")
    assert status_filter.numbers_by_status([]) == {}


def test_a_member_changed_by_hand_is_followed_up(client, staff, member):
    assert typed(client, Member, member, stage="lead", origin="referral").status_code == 302
    assert status(member) == "referral"
    assert FollowUpChange.objects.get().cause == "by hand"


# --- Agreements, payments, bookings, classes ----------------------------------------------------
def test_an_agreement_added_changed_and_deleted_by_hand_is_followed_up(client, staff, member):
    added = typed(client, Agreement, member=member.pk, external_id="A1", purchased_on="2025-08-01")
    assert added.status_code == 302
    agreement = Agreement.objects.get()
    assert (agreement.club, agreement.changed_at, status(member)) == (member.club, NOW, "active")
    typed(client, Agreement, agreement, status="inactive", alert="canceled")
    assert status(member) == "canceled"
    client.post(url(Agreement, "delete", agreement.pk), {"post": "yes"})
    assert not Agreement.objects.exists()
    assert status(member) == "active"


def test_an_agreements_page_says_what_it_gives_and_why(client, staff, member):
    agreement = AgreementFactory(member=member, used=True)
    page = client.get(url(Agreement, "change", agreement.pk)).content.decode()
    assert "Drop-In" in page
    assert f"{agreement} was for one session, which is used." in page


def test_the_same_id_twice_in_a_club_is_refused(client, staff, member):
    AgreementFactory(member__club=member.club, external_id="A1")
    answer = typed(client, Agreement, member=member.pk, external_id="A1", purchased_on="2025-08-01")
    assert "Another agreement of this club has this ID." in answer.content.decode()


def test_sessions_are_told_both_or_neither(client, staff, member):
    agreement = AgreementFactory(member=member)
    answer = typed(client, Agreement, agreement, sessions_bought="1")
    assert "Say both how many sessions were bought" in answer.content.decode()


def test_a_payment_by_hand_is_followed_up_and_stays_with_its_member(client, staff, member):
    agreement = AgreementFactory(member=member)
    other = AgreementFactory(member__club=member.club)
    values = {
        "member": member.pk,
        "external_id": "P1",
        "amount": "40",
        "currency": "USD",
        "due_on": "2025-08-01",
    }
    refused = typed(client, Payment, **values, agreement=other.pk)
    assert "another member" in refused.content.decode()
    assert typed(client, Payment, **values, agreement=agreement.pk).status_code == 302
    assert status(member) == "delinquent"
    typed(client, Payment, Payment.objects.get(), status="paid")
    assert status(member) == "active"


def test_a_booking_by_hand_is_followed_up_and_stays_in_its_club(client, staff, member):
    Member.objects.update(stage="trial")
    AgreementFactory(member=member, is_trial=True)
    session, elsewhere = ClassSessionFactory(club=member.club), ClassSessionFactory(club=ClubFactory())
    elsewhere.club.staff.add(staff)
    values = {"member": member.pk, "external_id": "B1", "status": "attended"}
    refused = typed(client, Booking, **values, class_session=elsewhere.pk)
    assert "another club" in refused.content.decode()
    assert typed(client, Booking, **values, class_session=session.pk).status_code == 302
    assert status(member) == "trial_no_sale"


def test_a_booking_by_hand_keeps_its_instants_and_is_heard_of(client, staff, member, told, time_machine):
    time_machine.move_to(NOW, tick=False)
    session = ClassSessionFactory(club=member.club)
    values = {"member": member.pk, "external_id": "B1", "class_session": session.pk}
    typed(client, Booking, **values, status="booked")
    booking = Booking.objects.get()
    assert (booking.first_told_at, booking.status_since, told) == (NOW, NOW, [member.pk])
    time_machine.move_to(NOW + dt.timedelta(hours=1), tick=False)
    typed(client, Booking, booking, checked_in_at_0="2025-09-01", checked_in_at_1="10:30")
    booking.refresh_from_db()
    assert (booking.first_told_at, booking.status_since, len(told)) == (NOW, NOW, 2)
    typed(client, Booking, booking, status="attended")
    booking.refresh_from_db()
    assert (booking.first_told_at, booking.status_since) == (NOW, NOW + dt.timedelta(hours=1))
    client.post(url(Booking, "delete", booking.pk), {"post": "yes"})
    assert (Booking.objects.count(), told) == (0, [member.pk] * 4)


def test_a_class_called_off_by_hand_is_followed_up(client, staff, member, django_capture_on_commit_callbacks):
    Member.objects.update(stage="trial")
    AgreementFactory(member=member, is_trial=True)
    session = ClassSessionFactory(club=member.club)
    BookingFactory(member=member, class_session=session)
    refresh_follow_up(club=member.club, member_ids=[member.pk], now=NOW)
    assert status(member) == "trial_booked"
    with django_capture_on_commit_callbacks(execute=True):
        assert typed(client, ClassSession, session, is_canceled="on").status_code == 302
    assert status(member) == "lead"


def test_a_payments_amount_is_written_as_money(client, staff, member):
    PaymentFactory(agreement__member=member, currency="JPY", amount=4000)
    assert "JP¥4,000" in client.get(url(Payment, "changelist")).content.decode()
