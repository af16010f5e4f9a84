"""Finding a member by whatever staff have at hand."""

import pytest

from members.models import Member
from members.rules.search import matching, subscriber_digits
from tests.factories import ClubFactory, MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> Member:
    club = ClubFactory()
    MemberFactory(club=club, first_name="Anna", last_name="Keller", phone="+41441234567", external_id="K-1")
    MemberFactory(club=club, first_name="Jan", last_name="Meyer", phone="+41311234567", external_id="J-2")
    return MemberFactory(
        club=club,
        first_name="Anna",
        last_name="Meyer",
        phone="+41791239876",
        email="anna1985@mail.example",
        external_id="CH-00712",
    )


@pytest.mark.parametrize(
    "words",
    [
        "anna mey",
        "Meyer Anna",
        "nna eye",
        "079 123",
        "0791239876",
        "079/123 98 76",
        "+41 79 123-98-76",
        "+41 (0)79 123 98 76",
        "0041 79 123",
        "(79) 123",
        "1985",
        "anna1985@",
        "00712",
        "ch-00712",
        "anna 079 123",
    ],
)
def test_it_finds_one_by_any_part(anna: Member, words: str) -> None:
    assert list(Member.objects.filter(matching(words))) == [anna]


@pytest.mark.parametrize("words", ["anna muller", "078 123", "anna 044 999", "zzz"])
def test_it_does_not_find_what_is_not_there(anna: Member, words: str) -> None:
    assert not Member.objects.filter(matching(words)).exists()


@pytest.mark.parametrize("words", ["", "   ", "-", "... !"])
def test_nothing_to_look_for_hides_nobody(anna: Member, words: str) -> None:
    assert Member.objects.filter(matching(words)).count() == 3


@pytest.mark.parametrize(
    ("words", "number"), [("me", 2), ("ME", 2), ("a", 2), ("CH", 1), ("ey", 0), ("07", 0)]
)
def test_two_letters_are_looked_for_at_beginnings(anna: Member, words: str, number: int) -> None:
    """Of a name or an ID; in the middle they are a part of nearly everything."""
    assert Member.objects.filter(matching(words)).count() == number


def test_a_number_without_its_first_zero_is_left_alone() -> None:
    assert subscriber_digits("79 123") == "79123"
    assert subscriber_digits("00 41 79") == "4179"
    assert subscriber_digits("0") == ""
