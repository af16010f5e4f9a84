"""A file of fixtures that is loaded by itself works, or says in a sentence what comes first and writes nothing."""

import pytest
from django.core.management import CommandError

from members.models import Agreement
from tests.config.test_fixtures import load, snapshot
from tests.factories import ClubFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "first", "refusal"),
    [
        ("templates", [], "builds upon the club “riverside”, not stored yet. Load that first: manage.py loaddata members"),
        ("workflows", [], "builds upon the club “riverside”, not stored yet. Load that first: manage.py loaddata members"),
        ("agreements", [], "builds upon the club “riverside”"),
        ("prospects", [], "builds upon the club “riverside”"),
        ("payments", ["members"], "the agreement “A001”, not stored yet. Load that first: manage.py loaddata agreements"),
    ],
)  # fmt: skip
def test_a_file_alone_that_builds_upon_another_says_which_comes_first(name, first, refusal):
    if first:
        load(*first)
    before = snapshot()
    for _ in range(2):
        with pytest.raises(CommandError, match=refusal):
            load(name)
    assert snapshot() == before


def test_bookings_and_agreements_name_the_member_whom_they_lack():
    ClubFactory(slug="riverside")
    for name in ("agreements", "bookings", "payments"):
        with pytest.raises(
            CommandError,
            match=r"the member “M00.”, not stored yet. Load that first: manage.py loaddata members$",
        ):
            load(name)
    assert not Agreement.objects.exists()


@pytest.mark.parametrize("name", ["members", "schedule", "roles"])
def test_what_builds_upon_nothing_loads_alone_and_twice(name):
    load(name)
    first = snapshot()
    load(name)
    assert snapshot() == first
