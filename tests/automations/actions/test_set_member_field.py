"""What a step may change of a member: some columns and the club's own fields, for the whole batch, with a version that says why."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from automations.actions import ACTIONS
from members.models import CustomField
from tests.factories import NOW, EnrollmentFactory, MemberFactory, StepFactory, UserFactory, WorkflowFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
SET = ACTIONS["set_member_field"]
NOTHING = {"level": "", "stage": "", "trainer": ""}


@pytest.fixture
def workflow():
    workflow = WorkflowFactory()
    workflow.club.staff.add(UserFactory(username="eva"))
    return workflow


def test_it_changes_those_who_differ_and_says_who_did_not(workflow, told):
    gold, other = (
        EnrollmentFactory(
            workflow=workflow,
            member=MemberFactory(club=workflow.club, days_away=10, membership_level=level),
        )
        for level in ("Gold", "")
    )
    outcomes = SET.run([gold, other], NOTHING | {"level": "Gold"}, NOW)
    other.member.refresh_from_db()
    assert other.member.membership_level == "Gold"
    assert [outcomes[each.pk].reason for each in (gold, other)] == ["already_so", ""]
    assert told == [other.member_id]
    assert gold.member.history.count() == 1
    version = other.member.history.first()
    assert (version.membership_level, version.history_change_reason) == ("Gold", "workflow “Missed class”")


def test_stage_and_trainer_change_together(workflow):
    enrollment = EnrollmentFactory(workflow=workflow)
    SET.run([enrollment], NOTHING | {"stage": "former", "trainer": "eva"}, NOW)
    enrollment.member.refresh_from_db()
    assert (enrollment.member.stage, enrollment.member.trainer.username) == ("former", "eva")


def test_a_change_of_stage_works_out_the_status_anew(workflow):
    enrollment = EnrollmentFactory(workflow=workflow)
    SET.run([enrollment], NOTHING | {"stage": "lead"}, NOW)
    enrollment.member.refresh_from_db()
    assert enrollment.member.follow_up_status == "lead"


@pytest.mark.parametrize(
    "params", [{}, {"stage": "king"}, {"trainer": "stranger"}, {"level": "x" * 51}, {"email": "a@b.example"}]
)
def test_what_does_not_fit_is_refused(params, workflow):
    UserFactory(username="stranger")
    with pytest.raises(ValidationError):
        SET.clean(NOTHING | params, workflow.club)
    assert SET.clean(NOTHING | {"trainer": "eva"}, workflow.club)["trainer"] == "eva"


@pytest.fixture
def own(workflow):
    for name, type in (("goal", "text"), ("lessons", "number"), ("since", "day"), ("vegan", "truth")):
        CustomField.objects.create(club=workflow.club, name=name, label=name.title(), type=type)


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("goal", " Marathon ", "Marathon"),
        ("lessons", "42", 42),
        ("lessons", "42.5", 42.5),
        ("lessons", "0", 0),
        ("since", "2024-02-29", "2024-02-29"),
        ("vegan", "Yes", True),
        ("vegan", "no", False),
    ],
)
def test_a_field_of_the_clubs_own_becomes_what_it_says_and_the_others_stay(workflow, told, name, typed, kept):
    member = MemberFactory(club=workflow.club, days_away=10, custom={"shoe": 42, "goal": "Fun"})
    enrollment = EnrollmentFactory(workflow=workflow, member=member)
    params = SET.clean(NOTHING | {"own_field": name, "own_value": typed}, workflow.club)
    for reason in ("", "already_so"):
        assert SET.run([enrollment], params, NOW)[enrollment.pk].reason == reason
    member.refresh_from_db()
    assert member.custom == {"shoe": 42, "goal": "Fun", name: kept}
    assert told == [member.pk]
    assert member.history.first().custom == member.custom


@pytest.mark.usefixtures("own")
def test_a_field_of_the_clubs_own_is_forgotten(workflow):
    member = MemberFactory(club=workflow.club, days_away=10, custom={"shoe": 42, "goal": "Fun"})
    enrollment = EnrollmentFactory(workflow=workflow, member=member)
    params = SET.clean(NOTHING | {"own_field": "goal"}, workflow.club)
    for reason in ("", "already_so"):
        assert SET.run([enrollment], params, NOW)[enrollment.pk].reason == reason
    member.refresh_from_db()
    assert member.custom == {"shoe": 42}


@pytest.mark.parametrize(("renewal", "is_recurring"), [("yes", True), ("no", False)])
def test_language_and_renewal_change_too(workflow, renewal, is_recurring):
    member = MemberFactory(club=workflow.club, days_away=10, is_recurring=not is_recurring)
    enrollment = EnrollmentFactory(workflow=workflow, member=member)
    SET.run([enrollment], SET.clean({"language": "de", "renewal": renewal}, workflow.club), NOW)
    member.refresh_from_db()
    assert (member.language, member.is_recurring) == ("de", is_recurring)


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"own_field": "shoe"}, "Own field"),
        ({"own_value": "42"}, "Choose the field that becomes this."),
        ({"own_field": "goal", "own_value": "x" * 201}, "200"),
        ({"own_field": "lessons", "own_value": "many"}, "Write a number like 42 or 42.5."),
        ({"own_field": "lessons", "own_value": "nan"}, "Write a number like 42 or 42.5."),
        ({"own_field": "lessons", "own_value": "1e400"}, "Write a number like 42 or 42.5."),
        ({"own_field": "since", "own_value": "29.2.2025"}, "Write a day like 2025-09-01."),
        ({"own_field": "since", "own_value": "2025-02-29"}, "Write a day like 2025-09-01."),
        ({"own_field": "vegan", "own_value": "perhaps"}, "Write “yes” or “no”."),
        ({"language": "xx"}, "Language of messages"),
        ({"renewal": "perhaps"}, "Membership"),
    ],
)
def test_a_value_that_does_not_fit_its_field_is_refused_in_words(params, says, workflow):
    with pytest.raises(ValidationError, match=says):
        SET.clean(NOTHING | params, workflow.club)


@pytest.mark.usefixtures("own")
def test_a_field_that_a_step_changes_is_not_deleted(workflow, admin_client):
    StepFactory(workflow=workflow, action="set_member_field", action_params={"own_field": "goal"})
    field = workflow.club.custom_fields.get(name="goal")
    address = reverse("admin:members_customfield_delete", args=[field.pk])
    assert "“Missed class” uses “Goal”." in admin_client.get(address).content.decode()
    admin_client.post(address, {"post": "yes"})
    assert workflow.club.custom_fields.filter(name="goal").exists()


def test_many_cost_as_many_queries_as_two(workflow, django_assert_max_num_queries):
    for number in (2, 20):
        enrolled = EnrollmentFactory.create_batch(number, workflow=workflow)
        with django_assert_max_num_queries(16):
            SET.run(enrolled, NOTHING | {"level": "Gold"}, NOW)


def test_it_says_what_it_does():
    params = {"level": "Gold", "stage": "former", "trainer": "eva"}
    assert (
        SET.sentence(params)
        == "set the level to “Gold” and the stage to “Former member” and the trainer to eva"
    )
    more = {"own_field": "shoe_size", "own_value": "42", "language": "de", "renewal": "no"}
    assert (
        SET.sentence(more)
        == "set “shoe size” to “42” and the language to German and the membership to end by itself"
    )
    assert SET.sentence({"own_field": "goal", "own_value": ""}) == "set “goal” to nothing"
