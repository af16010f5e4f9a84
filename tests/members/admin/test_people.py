"""Logins: made in plain words, and never a way to more rights than whoever makes them has."""

import re
from html import unescape

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.urls import reverse

from members.models import Club
from tests.factories import ClubFactory, UserFactory
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db
ADD, LIST = reverse("admin:auth_user_add"), reverse("admin:auth_user_changelist")
PASSWORD = "correct horse 9"


@pytest.fixture(autouse=True)
def roles():
    call_command("loaddata", "roles", verbosity=0)
    Group.objects.create(name="Owners").permissions.set(Permission.objects.all())
    return {group.name: group for group in Group.objects.all()}


@pytest.fixture
def club():
    return ClubFactory(name="Ours")


@pytest.fixture
def manager(client, club, roles):
    person = staff_of(club, permissions=())
    person.groups.add(roles["Managers"])
    client.force_login(person)
    return person


def login_at(*clubs, role=None, **traits):
    person = UserFactory(**traits)
    for club in clubs:
        club.staff.add(person)
    if role:
        person.groups.add(role)
    return person


def filled(*, clubs=(), role=(), **changes):
    return {
        "username": "zoe",
        "first_name": "Zoë",
        "last_name": "Lind",
        "email": "zoe@club.example",
        "groups": [group.pk for group in role],
        "clubs": [club.pk for club in clubs],
        "is_active": "on",
        **changes,
    }


def passwords(one=PASSWORD, two=PASSWORD):
    return {"password1": one, "password2": two}


def page(login):
    return reverse("admin:auth_user_change", args=[login.pk])


def pages_of(login):
    names = (
        "auth_user_change",
        "auth_user_password_change",
        "auth_user_link",
        "auth_user_history",
        "auth_user_delete",
    )
    return [reverse(f"admin:{name}", args=[login.pk]) for name in names]


def said(response):
    return [str(message) for message in response.context["messages"]]


# --- Making one --------------------------------------------------------------------------------
def test_the_page_speaks_no_word_of_permissions(client, manager):
    answer = client.get(ADD).content.decode()
    for word in ("LDAP", "pbkdf2", "ermission", "uperuser", "taff status", "Solar"):
        assert word not in answer
    assert "Front desk: works with members" in answer
    assert "Owners" not in answer


def test_a_login_with_role_club_and_password_can_work_at_once(client, manager, club, roles):
    client.post(ADD, filled(clubs=[club], role=[roles["Front desk"]], **passwords()))
    person = User.objects.get(username="zoe")
    assert (person.is_staff, person.is_superuser, person.is_active) == (True, False, True)
    assert person.check_password(PASSWORD)
    assert list(person.clubs.all()) == [club]
    client.logout()
    assert client.login(username="zoe", password=PASSWORD)
    assert client.get(reverse("admin:members_member_changelist")).status_code == 200


def test_the_clubs_history_knows_who_was_let_in_by_whom(client, manager, club):
    client.post(ADD, filled(clubs=[club], **passwords()))
    latest = club.history.first()
    assert latest.history_user == manager
    assert "zoe" in [each.user.username for each in latest.staff.all()]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (passwords("12345678", "12345678"), "too common"),
        (passwords(two="other words 9"), "didn’t match"),
        (passwords(two=""), "Type the password twice, or leave both empty."),
        ({"username": "ZOE2", **passwords()}, "Somebody logs in by this name already."),
        ({"clubs": [], **passwords()}, "This field is required."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_made(changes, words, client, manager, club):
    UserFactory(username="zoe2")
    response = client.post(ADD, filled(clubs=[club]) | changes)
    assert words in unescape(response.content.decode())
    assert not User.objects.filter(username__in=["zoe", "ZOE2"]).exists()


# --- The link ----------------------------------------------------------------------------------
def test_without_a_password_there_is_a_link_that_works_once(client, manager, club, settings):
    response = client.post(ADD, filled(clubs=[club]), follow=True)
    (words,) = [words for words in said(response) if "Hand this link" in words]
    assert "Zoë Lind" in words
    assert not User.objects.get(username="zoe").has_usable_password()
    link = re.search(r"https?://\S+", words).group()
    assert link.startswith(settings.PUBLIC_URL)
    where = link.removeprefix(settings.PUBLIC_URL)
    client.logout()
    form = client.get(where, follow=True)
    assert "You log in as zoe." in form.content.decode()
    chosen = {"new_password1": PASSWORD, "new_password2": PASSWORD}
    client.post(form.request["PATH_INFO"], chosen)
    assert client.login(username="zoe", password=PASSWORD)
    client.logout()
    assert "used already" in client.get(where, follow=True).content.decode()


def test_a_new_link_is_asked_for_and_made_by_post(client, manager, club):
    login = login_at(club)
    link = reverse("admin:auth_user_link", args=[login.pk])
    assert "choose-password" not in client.get(link).content.decode()
    assert "choose-password" in said(client.post(link, follow=True))[0]


def test_the_hash_is_shown_to_nobody(admin_client, client, manager, club):
    login = login_at(club)
    login.set_password(PASSWORD)
    login.save()
    for reader in (admin_client, client):
        answer = reader.get(page(login)).content.decode()
        assert "pbkdf2" not in answer
        # With its dollar sign, since the three letters alone may stand in a random token.
        assert "md5$" not in answer
        assert login.password not in answer


def test_a_password_can_be_set_for_somebody(client, manager, club):
    login = login_at(club)
    where = reverse("admin:auth_user_password_change", args=[login.pk])
    assert "LDAP" not in client.get(where).content.decode()
    client.post(where, passwords())
    login.refresh_from_db()
    assert login.check_password(PASSWORD)


# --- Never more than one has oneself -----------------------------------------------------------
def logins_out_of_reach(club, roles):
    other = ClubFactory(name="Theirs")
    loner = UserFactory()
    stronger = login_at(club)
    stronger.user_permissions.add(Permission.objects.get(codename="delete_user"))
    return {
        "a superuser of our club": login_at(club, superuser=True),
        "somebody of another club": login_at(other),
        "somebody of ours and another": login_at(club, other),
        "somebody of no club": loner,
        "somebody with a stronger role": login_at(club, role=roles["Owners"]),
        "the same, switched off": login_at(club, role=roles["Owners"], is_active=False),
        "somebody with one right more": stronger,
    }


def test_what_is_out_of_reach_does_not_exist_for_a_manager(client, manager, club, roles):
    for what, login in logins_out_of_reach(club, roles).items():
        before = User.objects.filter(pk=login.pk).values().get()
        data = filled(clubs=[club], **passwords()) | {"post": "yes"}
        for url in pages_of(login):
            for response in (client.get(url), client.post(url, data)):
                assert response.status_code in (302, 403, 404), (what, url)
                assert "choose-password" not in response.content.decode(), (what, url)
        assert User.objects.filter(pk=login.pk).values().get() == before, what
        assert login.username not in client.get(LIST).content.decode(), what


def test_a_manager_gives_neither_rights_nor_clubs_that_are_not_hers(client, manager, club, roles):
    other = ClubFactory(name="Theirs")
    colleague = login_at(club, role=roles["Front desk"], username="zoe")
    for attempt in ({"groups": [roles["Owners"].pk]}, {"clubs": [club.pk, other.pk]}):
        for url in (ADD, page(colleague)):
            name = "new" if url == ADD else "zoe"
            response = client.post(url, filled(clubs=[club], username=name, **passwords()) | attempt)
            assert "Select a valid choice" in response.content.decode(), (url, attempt)
    assert not User.objects.filter(username="new").exists()
    assert list(colleague.groups.all()) == [roles["Front desk"]]
    assert list(colleague.clubs.all()) == [club]


def test_fields_that_are_not_offered_do_nothing(client, manager, club, roles):
    colleague = login_at(club, username="zoe")
    every = list(Permission.objects.values_list("pk", flat=True))
    forged = {"is_superuser": "on", "is_staff": "on", "user_permissions": every, "password": "x"}
    for login, name in ((colleague, "zoe"), (manager, manager.username)):
        keep = [roles["Managers"]] if login == manager else []
        client.post(page(login), filled(clubs=[club], role=keep, username=name) | forged)
        login.refresh_from_db()
        assert not login.is_superuser
        assert not login.user_permissions.exists()
        assert login.password != "x"
    client.post(ADD, filled(clubs=[club], username="new", **passwords()) | forged)
    new = User.objects.get(username="new")
    assert (new.is_superuser, new.user_permissions.exists()) == (False, False)


def test_she_can_give_as_much_as_she_has(client, manager, club, roles):
    colleague = login_at(club, role=roles["Front desk"], username="zoe")
    client.post(page(colleague), filled(clubs=[club], role=[roles["Managers"]]))
    assert list(colleague.groups.all()) == [roles["Managers"]]


def test_a_login_is_switched_off_not_deleted(client, manager, club):
    colleague = login_at(club, username="zoe")
    client.post(page(colleague), {**filled(clubs=[club]), "is_active": ""})
    colleague.refresh_from_db()
    assert not colleague.is_active
    assert "Delete" not in client.get(page(colleague)).content.decode()
    client.post(page(colleague), filled(clubs=[club]))
    colleague.refresh_from_db()
    assert colleague.is_active


@pytest.mark.parametrize("who", ["manager", "superuser"])
def test_nobody_locks_herself_out(who, client, club, manager, admin_user, roles):
    person = manager if who == "manager" else admin_user
    client.force_login(person)
    data = filled(clubs=[club], role=[roles["Managers"]], username=person.username, is_superuser="on")
    response = client.post(page(person), data | {"is_active": ""})
    assert "You would lock yourself out" in response.content.decode()
    person.refresh_from_db()
    assert person.is_active


def test_the_front_desk_sees_no_logins(client, club, roles):
    client.force_login(login_at(club, role=roles["Front desk"]))
    assert client.get(LIST).status_code == 403
    assert LIST not in client.get(reverse("admin:index")).content.decode()


def test_who_may_only_see_logins_sees_them_in_words(client, club, roles):
    reader = login_at(club)
    reader.user_permissions.add(Permission.objects.get(codename="view_user"))
    client.force_login(reader)
    colleague = login_at(club, username="zoe")
    answer = client.get(page(colleague)).content.decode()
    assert "Ours" in answer
    assert "Set a password" not in answer


# --- Superusers --------------------------------------------------------------------------------
def test_a_superuser_finds_the_rest_folded_away(admin_client, club):
    login = login_at(club)
    answer = admin_client.get(page(login)).content.decode()
    assert "For superusers: rights beyond the roles" in answer
    assert 'name="is_superuser"' in answer


def test_a_superuser_may_make_a_login_of_no_club_and_another_superuser(admin_client):
    admin_client.post(ADD, filled(**passwords()))
    login = User.objects.get(username="zoe")
    assert not Club.objects.filter(staff=login).exists()
    admin_client.post(page(login), filled(is_superuser="on"))
    login.refresh_from_db()
    assert login.is_superuser


def test_saving_a_login_keeps_its_clubs_and_takes_only_what_was_unticked(admin_client):
    one, two = ClubFactory(), ClubFactory()
    login = login_at(one, two, username="zoe")
    admin_client.post(page(login), filled(clubs=[two]))
    assert list(login.clubs.all()) == [two]
