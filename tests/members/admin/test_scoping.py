"""Staff see and touch only what belongs to their clubs: asked of every admin there is, so that none can be forgotten."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse

from automations.models import (
    Correction,
    CorrectionRecipient,
    JobTally,
    ManualStart,
    PlannedCopy,
    Step,
    Variant,
)
from members.admin.scoping import ClubScopedAdmin, SuperusersOnly
from members.models import (
    ApiAnswer,
    Club,
    FollowUpChange,
    Member,
    MemberEvent,
    MemberTag,
    Pause,
    StaffTurn,
    TakenBackVisit,
)
from messaging.models import (
    AddressTurn,
    Figure,
    MemberPassword,
    MemberSession,
    MessageLink,
    MessageReceipt,
    MessageTally,
    MessageTemplate,
    OutcomeDay,
    ReceiptCursor,
    SignInLink,
    SignInTry,
    WordsBlanked,
)
from tests.factories import UserFactory
from tests.members.admin.world import OURS, one_of_everything, staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.long]

SCOPED = {model: own for model, own in admin.site._registry.items() if isinstance(own, ClubScopedAdmin)}
FOR_SUPERUSERS = {
    model: own for model, own in admin.site._registry.items() if isinstance(own, SuperusersOnly)
}
ON_ANOTHER_PAGE = {
    AddressTurn,
    ApiAnswer,
    Correction,
    CorrectionRecipient,
    Figure,
    FollowUpChange,
    JobTally,
    ManualStart,
    MemberEvent,
    MemberTag,
    MessageLink,
    MessageReceipt,
    MessageTally,
    OutcomeDay,
    Pause,
    PlannedCopy,
    ReceiptCursor,
    StaffTurn,
    Step,
    TakenBackVisit,
    Variant,
    WordsBlanked,
}
FOR_NOBODY = {MemberPassword, MemberSession, SignInLink, SignInTry}
"""What lets a member in is shown to no staff."""
by_name = pytest.mark.parametrize("model", SCOPED, ids=lambda model: model.__name__)


def url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def mine():
    return one_of_everything("Visible")


@pytest.fixture
def theirs():
    return one_of_everything("Hidden")


@pytest.fixture
def staff(client, mine, theirs):
    person = staff_of(mine[Club], permissions=(*OURS, "auth", "django_celery_beat"))
    client.force_login(person)
    return person


def test_every_admin_is_scoped_to_clubs_or_for_superusers_only():
    # Logins have clubs of their own: test_people.
    assert set(admin.site._registry) == set(SCOPED) | set(FOR_SUPERUSERS) | {User}
    assert not set(SCOPED) & set(FOR_SUPERUSERS)


def test_every_table_of_ours_is_in_the_admin():
    tables = {
        model
        for app in OURS
        for model in apps.get_app_config(app).get_models()
        if not model.__name__.startswith("Historical")
    }
    assert tables - ON_ANOTHER_PAGE - FOR_NOBODY <= set(admin.site._registry)
    assert FOR_NOBODY.isdisjoint(admin.site._registry)


@by_name
def test_the_list_shows_own_rows_only(model, client, staff, mine, theirs):
    response = client.get(url(model, "changelist"))
    assert response.status_code == 200
    assert [row.pk for row in response.context["cl"].result_list] == [mine[model].pk]
    assert "Hidden" not in response.content.decode()


@by_name
def test_an_own_row_opens_and_offers_nothing_of_others(model, client, staff, mine, theirs):
    response = client.get(url(model, "change", mine[model].pk))
    assert response.status_code == 200
    assert "Hidden" not in response.content.decode()


@by_name
def test_the_form_for_a_new_row_offers_nothing_of_others(model, client, staff, theirs):
    response = client.get(url(model, "add"))
    assert response.status_code in (200, 403)
    assert "Hidden" not in response.content.decode()


@by_name
@pytest.mark.parametrize("page", ["change", "delete", "history"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_row_of_another_club_does_not_exist(model, page, method, client, staff, theirs):
    row = theirs[model]
    response = getattr(client, method)(url(model, page, row.pk), {"post": "yes"} if method == "post" else {})
    assert response.status_code in (302, 403, 404)
    assert "Hidden" not in response.content.decode()
    assert model.objects.filter(pk=row.pk).exists()


@by_name
def test_the_action_on_a_list_passes_over_rows_of_others(model, client, staff, theirs):
    row = theirs[model]
    chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    client.post(url(model, "changelist"), chosen)
    assert model.objects.filter(pk=row.pk).exists()


@by_name
def test_autocomplete_finds_own_rows_only(model, client, staff, mine, theirs):
    for field in SCOPED[model].autocomplete_fields:
        names = {
            "app_label": model._meta.app_label,
            "model_name": model._meta.model_name,
            "field_name": field,
        }
        response = client.get(reverse("admin:autocomplete"), names)
        if (related := model._meta.get_field(field).related_model) in SCOPED:
            assert [row["text"] for row in response.json()["results"]] == [str(mine[related])]
        else:
            # Of the logins only those that this person may manage.
            assert [row["text"] for row in response.json()["results"]] == [staff.username]


@pytest.mark.parametrize("model", FOR_SUPERUSERS, ids=lambda model: model.__name__)
def test_what_concerns_the_installation_is_for_superusers(model, client, staff, admin_user):
    assert client.get(url(model, "changelist")).status_code == 403
    assert client.get(url(model, "add")).status_code == 403
    client.force_login(admin_user)
    assert client.get(url(model, "changelist")).status_code == 200


@pytest.mark.parametrize("model", [Member, MessageTemplate, Club], ids=lambda model: model.__name__)
def test_the_history_of_a_row_of_another_club_does_not_exist(model, client, staff, theirs):
    version = theirs[model].history.first()
    response = client.get(url(model, "simple_history", theirs[model].pk, version.pk))
    assert response.status_code == 404


def test_the_history_of_a_deleted_row_of_another_club_does_not_exist(client, staff, theirs):
    gone = theirs[MessageTemplate].pk
    theirs[MessageTemplate].delete()
    assert client.get(url(MessageTemplate, "history", gone)).status_code == 404


def test_an_old_version_is_read_not_brought_back(client, staff, mine):
    version = mine[Member].history.first()
    page = url(Member, "simple_history", mine[Member].pk, version.pk)
    assert client.get(page).status_code == 200
    assert client.post(page, {"first_name": "Changed"}).status_code == 403


def test_a_row_cannot_be_put_into_a_club_of_others(client, staff, theirs):
    new = {
        "club": theirs[Club].pk,
        "name": "Intruder",
        "slug": "intruder",
        "channel": "sms",
        "text_body": "Hi",
    }
    response = client.post(url(MessageTemplate, "add"), new)
    assert "club" in response.context["adminform"].form.errors
    assert not MessageTemplate.objects.filter(slug="intruder").exists()


def test_nobody_but_a_superuser_chooses_a_clubs_staff(client, staff, mine, theirs):
    page = url(Club, "change", mine[Club].pk)
    assert "staff" not in client.get(page).context["adminform"].form.fields
    assert client.get(url(Club, "add")).status_code == 403


@by_name
def test_working_for_a_club_is_not_enough_without_permissions(model, client, mine):
    client.force_login(staff_of(mine[Club], permissions=()))
    assert client.get(url(model, "changelist")).status_code == 403
    assert client.get(url(model, "change", mine[model].pk)).status_code == 403


def test_somebody_who_works_for_no_club_sees_nobody(client, mine):
    person = UserFactory()
    client.force_login(person)
    assert client.get(url(Member, "changelist")).status_code == 403
    client.force_login(staff_of())
    assert list(client.get(url(Member, "changelist")).context["cl"].result_list) == []


@by_name
def test_an_object_in_hand_is_judged_by_its_own_club(model, rf, mine, theirs):
    request = rf.get("/")
    request.user = staff_of(mine[Club])
    assert SCOPED[model].has_view_permission(request, mine[model])
    assert not SCOPED[model].has_view_permission(request, theirs[model])
    assert not SCOPED[model].has_change_permission(request, theirs[model])
    assert not SCOPED[model].has_delete_permission(request, theirs[model])
