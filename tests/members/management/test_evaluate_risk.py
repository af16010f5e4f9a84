"""`evaluate_risk`: what it prints for enough members, and for too few."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.factories import ClubFactory
from tests.members.reports.test_risk_evaluation import member_who_came, weekly

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


def test_it_prints_the_area_and_a_table(capsys):
    club = ClubFactory(name="Riverside Gym")
    for n in range(20):
        member_who_came(club, *weekly(112 + n % 7, 200))
        member_who_came(club, *weekly(1 + n % 7, 200))
    call_command("evaluate_risk", club=club.slug)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Riverside Gym: 40 members judged as of 3 June 2025, of whom 20 lapsed since."
    assert lines[2] == ("AUC 1.00 (0.5 is chance, 1 is perfect). The days since the last visit alone: 1.00.")
    assert lines[5].split() == ["0.0", "to", "0.1", "20", "0.00", "0%"]


def test_each_club_is_told_of_and_too_few_say_nothing(capsys):
    for name in ("Two", "One"):
        ClubFactory(name=name)
    call_command("evaluate_risk")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines if "judged" in line] == ["One", "Two"]
    assert lines[1] == "Too few to tell: it takes 20 who lapsed and 20 who stayed."


def test_a_club_that_does_not_exist_is_refused():
    ClubFactory()
    with pytest.raises(CommandError, match="no club"):
        call_command("evaluate_risk", club="elsewhere")
