"""Staff type and read amounts as money, in the currency that they are in."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from members.models import Agreement, Payment
from tests.factories import NOW, AgreementFactory, ClubFactory, MemberFactory, PaymentFactory, UserFactory
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db
DAY = dt.date(2025, 8, 1)


@pytest.fixture
def club(time_machine):
    time_machine.move_to(NOW, tick=False)
    return ClubFactory(currency="USD")


@pytest.fixture
def member(club):
    return MemberFactory(club=club)


@pytest.fixture(autouse=True)
def staff(client, club):
    person = staff_of(club)
    client.force_login(person)
    return person


def add_payment(client, member, **values):
    given = {
        "member": member.pk,
        "external_id": "P1",
        "amount": "12.50",
        "currency": "",
        "due_on": "2025-08-01",
        "status": "pending",
        "paid_at_0": "",
        "paid_at_1": "",
    }
    return client.post(reverse("admin:members_payment_add"), given | values)


def page(client, row):
    return client.get(reverse(f"admin:members_{row._meta.model_name}_change", args=[row.pk]))


def shown(client, row, name):
    form = page(client, row).context["adminform"].form
    return str(form[name].value()), str(form[name].help_text)


def mistakes(answer):
    return answer.context["adminform"].form.errors


@pytest.mark.parametrize(
    ("typed", "currency", "kept"),
    [
        ("12.50", "", (1250, "USD")),
        ("12.5", "EUR", (1250, "EUR")),
        ("40", "", (4000, "USD")),
        ("0", "", (0, "USD")),
        ("1250", "JPY", (1250, "JPY")),
        ("1.250", "KWD", (1250, "KWD")),
    ],
)
def test_an_amount_is_typed_as_money(client, member, typed, currency, kept):
    assert add_payment(client, member, amount=typed, currency=currency).status_code == 302
    payment = Payment.objects.get()
    assert (payment.amount, payment.currency) == kept


@pytest.mark.parametrize(
    ("typed", "currency", "words"),
    [
        ("12.505", "", "Too many decimals for USD. Write it like 12.50."),
        ("12.50", "JPY", "Too many decimals for JPY. Write it like 1250."),
        ("-1", "", "greater than or equal to 0"),
        ("twelve", "", "Enter a number."),
        ("", "", "This field is required."),
    ],
)
def test_what_is_no_amount_is_refused_at_its_field(client, member, typed, currency, words):
    (said,) = mistakes(add_payment(client, member, amount=typed, currency=currency))["amount"]
    assert words in said
    assert not Payment.objects.exists()


def test_an_amount_is_shown_as_it_was_typed(client, member):
    agreement = AgreementFactory(member=member, past_due=4000)
    assert shown(client, PaymentFactory(agreement=agreement, amount=1250), "amount") == (
        "12.50",
        "USD. Like 12.50.",
    )
    assert (
        shown(client, PaymentFactory(agreement=agreement, amount=1250, currency="JPY"), "amount")[0] == "1250"
    )
    value, words = shown(client, agreement, "past_due")
    assert (value, words[:4]) == ("40.00", "USD.")


def test_what_an_agreement_owes_is_typed_as_money_and_may_be_left_to_its_payments(client, member):
    agreement = AgreementFactory(member=member, past_due=4000, purchased_on=DAY)
    given = {"purchased_on": "2025-08-01", "status": "active"}
    address = reverse("admin:members_agreement_change", args=[agreement.pk])
    for typed, kept in (("12.50", 1250), ("", None), ("0", 0)):
        assert client.post(address, given | {"past_due": typed}).status_code == 302
        assert Agreement.objects.get().past_due == kept


def test_whoever_may_only_look_reads_it_in_words(client, club, member):
    agreement = AgreementFactory(member=member, past_due=4000)
    payment = PaymentFactory(agreement=agreement, amount=1250)
    person = UserFactory()
    club.staff.add(person)
    person.user_permissions.set(Permission.objects.filter(codename__in=["view_agreement", "view_payment"]))
    client.force_login(person)
    assert "$40.00" in page(client, agreement).content.decode()
    assert "$12.50" in page(client, payment).content.decode()
    Agreement.objects.update(past_due=None)
    assert "as its payments say" in page(client, agreement).content.decode()
