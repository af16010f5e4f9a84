"""`import_members` tells what became of each row, and its exit code says the same."""

import io

import pytest
from django.core.management import CommandError, call_command

from members.models import Member
from tests.factories import ClubFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "members.csv"
    path.write_text("id,first_name,phone\n1,Ana,+155555501\n2,Bo,\n")
    return path


def run(*arguments):
    """The exit code and what was printed."""
    out = io.StringIO()
    try:
        call_command("import_members", *map(str, arguments), stdout=out)
    except SystemExit as stop:
        return stop.code, out.getvalue()
    except CommandError as error:
        return error.returncode, out.getvalue() + str(error)
    return 0, out.getvalue()


def test_all_rows_in_is_0(file):
    ClubFactory()
    code, text = run(file)
    assert code == 0
    assert text.splitlines() == [
        "Kept, but no network could dial them: 1 phone numbers",
        "2 created, 0 changed, 0 unchanged, 0 refused",
    ]


def test_some_refused_is_1_and_each_is_listed_with_line_field_and_reason(file):
    ClubFactory()
    file.write_text("id,first_name,phone,age\n1,Ana,\n2,Bo,0791234567,3\n3,,,3\n4,Di,,3\n")
    code, text = run(file)
    assert code == 1
    assert text.splitlines() == [
        "line 2, has 3 cells, the first line has 4.",
        "line 3, phone: must begin with the country code, like +41 79 123 45 67 or 0041 79 123 45 67.",
        "line 4, first_name: is missing.",
        "Not known, left out: age",
        "1 created, 0 changed, 0 unchanged, 3 refused",
    ]


@pytest.mark.parametrize("content", [b"", b"no,columns\n", b"id,first_name\n1,\xff\n", b"{}"])
def test_a_file_that_cannot_be_read_is_2(file, content):
    ClubFactory()
    file.write_bytes(content)
    code, text = run(file)
    assert code == 2
    assert str(file) in text


def test_a_missing_file_is_2(tmp_path):
    ClubFactory()
    assert run(tmp_path / "nowhere.json")[0] == 2


def test_a_file_that_breaks_in_the_middle_is_2_and_says_what_went_in(file):
    ClubFactory()
    file.write_bytes(b"id,first_name\n1,Ana\n2,Bo\n3,Zo\xeb\n")
    code, text = run(file)
    assert code == 2
    assert text.startswith("2 created, ")
    assert "Line 4 is not UTF-8" in text


def test_more_reasons_than_are_kept_are_counted(file):
    ClubFactory()
    file.write_text("id,first_name\n" + "".join(f"{n},\n" for n in range(1200)))
    code, text = run(file)
    assert code == 1
    assert "… and 200 more" in text.splitlines()


def test_the_club_may_be_left_out_while_there_is_only_one(file):
    club = ClubFactory(slug="east")
    ClubFactory(slug="west")
    code, text = run(file)
    assert code == 2
    assert "east, west" in text
    code, text = run(file, "--club", "north")
    assert code == 2
    assert "east, west" in text
    assert run(file, "--club", "east")[0] == 0
    assert {member.club for member in Member.objects.all()} == {club}


def test_without_any_club_it_says_how_to_get_one(file):
    code, text = run(file)
    assert code == 2
    assert "loaddata members" in text


def test_a_long_file_shows_its_progress_on_a_terminal(file, monkeypatch, capsys):
    from members.management import import_command

    ClubFactory()
    monkeypatch.setattr(import_command, "LONG_FILE", 10)
    run(file)
    assert "members.csv" not in capsys.readouterr().err
    monkeypatch.setenv("FORCE_COLOR", "1")
    run(file)
    assert "members.csv" in capsys.readouterr().err
