"""What is kept of an error names the place and the kind, and no member."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from automations.models import JobRun
from automations.operations.job_runs import recorded
from automations.rules.job_errors import told
from members.models import Member
from tests.factories import MemberFactory

DETAIL = """duplicate key value violates unique constraint "member_once"
DETAIL:  Failing row contains (7, Anna, Lind, anna@mail.example, +41791234567, line one
line two of a note, 1990-05-03).
CONTEXT:  unnamed portal parameter $3 = 'Anna'"""


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:
        return caught


def test_it_says_where_and_what_kind():
    words = told(raised(RuntimeError("no room")))
    assert "test_job_errors.py" in words
    assert words.endswith("RuntimeError: no room")


def test_what_a_database_adds_is_left_out():
    words = told(raised(IntegrityError(DETAIL)))
    assert words.endswith('IntegrityError: duplicate key value violates unique constraint "member_once"')
    for value in ("Anna", "Lind", "anna@", "+4179", "line two", "1990"):
        assert value not in words


@pytest.mark.parametrize("error", [RuntimeError, DatabaseError])
def test_addresses_and_numbers_are_masked_in_any_message(error):
    words = told(raised(error("could not reach anna.lind@mail.example or +41 79 123 45 67 today")))
    assert words.endswith("could not reach [address] or [number] today")


@pytest.mark.parametrize(
    "message",
    [
        'invalid input syntax for type integer: "Anna"',
        'invalid input value for enum mood: "Anna"',
    ],
)
def test_a_value_that_a_database_quotes_back_is_left_out(message):
    assert "Anna" not in told(raised(DatabaseError(message)))


def test_the_errors_that_led_to_it_are_told_without_values_too():
    def fail() -> None:
        try:
            raise IntegrityError(DETAIL)
        except IntegrityError as cause:
            raise RuntimeError("gave up") from cause

    with pytest.raises(RuntimeError) as caught:
        fail()
    words = told(caught.value)
    assert "IntegrityError" in words
    assert words.endswith("RuntimeError: gave up")
    assert "Anna" not in words


def test_a_group_tells_each_of_its_errors():
    words = told(raised(ExceptionGroup("both", [ValueError("one"), IntegrityError(DETAIL)])))
    assert "ValueError: one" in words
    assert "Anna" not in words


def test_it_never_grows_beyond_what_is_kept():
    assert len(told(raised(RuntimeError("x" * 100_000)))) <= 4000


@pytest.mark.django_db
def test_a_real_refusal_of_the_database_leaves_no_name_behind():
    member = MemberFactory(first_name="Annabella", phone="+41791234567")

    def work() -> dict[str, int]:
        with transaction.atomic():
            twin = Member.objects.get(pk=member.pk)
            twin.pk = None
            Member.objects.bulk_create([twin])
        return {}

    with pytest.raises(IntegrityError):
        recorded("count", work)
    kept = JobRun.objects.get().error
    assert "IntegrityError" in kept
    assert "Annabella" not in kept
    assert member.external_id not in kept
