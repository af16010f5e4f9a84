"""`import_agreements` and its neighbors keep the promises of `import_members`."""

import io

import pytest
from django.core.management import CommandError, call_command

from members.models import Agreement, Booking, ClassSession, Document, Payment
from tests.factories import AgreementFactory, ClassSessionFactory, ClubFactory, MemberFactory

pytestmark = pytest.mark.django_db
FILES = {
    "import_agreements": ("id,member,purchased_on,status\nA2,M1,2025-08-01,active\n", Agreement),
    "import_payments": (
        "\ufeffid;member;agreement;amount;due_on;status\nP1;M1;A1;12.50;2025-08-01;paid\n",
        Payment,
    ),
    "import_classes": ('[{"id": "C2", "name": "Yoga", "starts_at": "2025-09-01T18:00"}]', ClassSession),
    "import_bookings": ("id\tmember\tclass\tstatus\nB1\tM1\tC1\tattended\n", Booking),
    "import_documents": ("id,member,kind,expires_on\nD1,M1,waiver,2026-01-07\n", Document),
}


@pytest.fixture(autouse=True)
def club():
    club = ClubFactory(slug="east")
    member = MemberFactory(club=club, external_id="M1")
    AgreementFactory(member=member, external_id="A1")
    ClassSessionFactory(club=club, external_id="C1")
    return club


def run(command, path, *options):
    """The exit code and what was printed."""
    out = io.StringIO()
    try:
        call_command(command, str(path), *options, stdout=out)
    except SystemExit as stop:
        return stop.code, out.getvalue()
    except CommandError as error:
        return error.returncode, out.getvalue() + str(error)
    return 0, out.getvalue()


@pytest.mark.parametrize("command", FILES)
def test_all_rows_in_is_0_and_again_changes_nothing(command, tmp_path):
    content, model = FILES[command]
    path = tmp_path / "rows.csv"
    path.write_text(content)
    ClubFactory(slug="west")
    assert run(command, path, "--club", "east") == (0, "1 created, 0 changed, 0 unchanged, 0 refused\n")
    assert run(command, path, "--club", "east") == (0, "0 created, 0 changed, 1 unchanged, 0 refused\n")
    assert model.objects.filter(club__slug="west").count() == 0


@pytest.mark.parametrize("command", FILES)
def test_a_file_that_cannot_be_read_is_2(command, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("no,columns\n")
    code, said = run(command, path)
    assert code == 2
    assert "There is no column “id”" in said
    assert run(command, tmp_path / "nowhere.csv")[0] == 2


def test_some_refused_is_1_and_each_is_told_by_line_field_and_reason(tmp_path):
    path = tmp_path / "payments.csv"
    path.write_text(
        "id,member,amount,due_on,status,note\nP1,M1,40.00,2025-08-01,paid,x\nP2,M1,40,2025-08-01,paid,\nP3,M2,1.00,soon,paid,\n"
    )
    code, said = run("import_payments", path)
    assert code == 1
    assert said.splitlines() == [
        "line 3, amount: “40” could be in the smallest unit; write 40.00 if it is not.",
        "line 4, due_on: “soon” is no date like 2025-08-25.",
        "Not known, left out: note",
        "1 created, 0 changed, 0 unchanged, 2 refused",
    ]


def test_older_rows_are_counted_and_told(tmp_path, club):
    path = tmp_path / "agreements.csv"
    path.write_text("id,member,purchased_on,status\nA1,M1,2025-08-02,active\n")
    run("import_agreements", path)
    path.write_text("id,member,purchased_on,status,occurred_at\nA1,M1,2025-08-03,active,2025-08-03T10:00Z\n")
    assert run("import_agreements", path) == (
        0,
        "Left as they are, since newer news of them is known: 1 rows\n"
        "0 created, 0 changed, 1 unchanged, 0 refused\n",
    )
