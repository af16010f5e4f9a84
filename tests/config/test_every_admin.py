"""What holds for every registered admin, and so for the next one: who may only look changes nothing, whoever works for
another club sees nothing, and opening a page changes nothing."""

import re

import pytest
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import Permission
from django.db.models import ForeignKey, Model
from django.urls import reverse

from members.admin.scoping import ClubScopedAdmin
from members.models import Club
from tests.config.every_admin import ADMINS, Page, Rows, everything_stored, pages, rows_of_everything
from tests.factories import UserFactory
from tests.members.admin.world import OURS, one_of_everything, staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.long]

SCOPED = {model: own for model, own in ADMINS.items() if isinstance(own, ClubScopedAdmin)}
by_name = pytest.mark.parametrize("model", ADMINS, ids=lambda model: model.__name__)
scoped_by_name = pytest.mark.parametrize("model", SCOPED, ids=lambda model: model.__name__)


@pytest.fixture
def mine() -> Rows:
    return rows_of_everything("Visible")


@pytest.fixture
def theirs() -> Rows:
    return one_of_everything("Hidden")


def of(model: type[Model], rows: Rows) -> list[Page]:
    return [page for page in pages(rows) if page.model is model]


def filled_in(row: Model) -> dict[str, object]:
    """All that a form or a dialog could want to hear, and every button pressed."""
    values = {field.attname: field.value_from_object(row) for field in row._meta.concrete_fields}
    values |= {field.name: field.value_from_object(row) for field in row._meta.concrete_fields}
    pressed = {"post": "yes", "confirm": "yes", "_save": "1", "apply": "1", "note": "x", "submit": "1"}
    return {name: value for name, value in values.items() if value is not None} | pressed


def actions_of(own: ModelAdmin) -> list[str]:
    return [name for _function, name, _description in own._get_base_actions()]


def buttons(html: str) -> list[str]:
    """What could be pressed beside looking for something and leaving."""
    for form in re.findall(r"<form.*?</form>", html, re.DOTALL):
        opening = form[: form.index(">")]
        if 'method="post"' not in opening.lower() or 'id="logout-form"' in opening:
            html = html.replace(form, "")
    found: list[str] = re.findall(r'<(?:button|input)[^>]*type="submit"[^>]*>', html)
    # Whoever may look may also take what she sees with her, as a file of this or that format.
    return [one for one in found if "command-submit" not in one and 'name="format"' not in one]


def test_there_is_a_row_for_every_registered_admin(mine):
    assert set(ADMINS) <= set(mine), "Give the new model a row in tests/config/every_admin.py."


@by_name
def test_opening_a_page_changes_nothing(model, client, mine):
    client.force_login(UserFactory(superuser=True))
    before = everything_stored()
    for page in of(model, mine):
        response = client.get(page.url)
        assert response.status_code in (200, 302, 403, 404, 405), page
        assert everything_stored() == before, f"GET of {page} changed something"


@by_name
def test_who_may_only_look_changes_nothing_and_is_offered_no_button(model, client, mine):
    person = staff_of(mine[Club], permissions=())
    person.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(person)
    before = everything_stored()
    for page in of(model, mine):
        response = client.get(page.url)
        assert response.status_code in (200, 302, 403, 404, 405), page
        if response.status_code == 200 and "html" in response["Content-Type"]:
            html = response.content.decode()
            assert not buttons(html), f"{page} offers a button"
            assert 'name="action"' not in html, f"{page} offers actions"
            assert "/add/" not in html, f"{page} offers to add"
        response = client.post(page.url, filled_in(mine[model]))
        assert response.status_code in (200, 302, 403, 404, 405), page
        assert everything_stored() == before, f"{page} let somebody change what she may only see"
    changelist = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    for action in actions_of(ADMINS[model]):
        chosen = {
            "action": action,
            "_selected_action": [mine[model].pk],
            "index": 0,
            **filled_in(mine[model]),
        }
        client.post(changelist, chosen)
        assert everything_stored() == before, f"the action {action} of {model.__name__}"


@scoped_by_name
def test_nothing_of_another_club_is_shown_or_changed_at_any_address(model, client, mine, theirs):
    client.force_login(staff_of(mine[Club], permissions=(*OURS, "auth", "django_celery_beat")))
    before = everything_stored()
    for page in of(model, {**mine, **theirs}):
        if not page.of_row:
            continue
        for response in (client.get(page.url), client.post(page.url, filled_in(theirs[model]))):
            assert response.status_code in (302, 403, 404, 405), page
            assert "Hidden" not in response.content.decode(), page
            assert everything_stored() == before, f"{page} let somebody change another club's"
    changelist = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    for action in actions_of(ADMINS[model]):
        chosen = {"action": action, "_selected_action": [theirs[model].pk], "index": 0}
        response = client.post(changelist, chosen | filled_in(theirs[model]), follow=True)
        assert "Hidden" not in response.content.decode(), action
        assert everything_stored() == before, f"the action {action} of {model.__name__}"


@scoped_by_name
def test_neither_search_nor_a_typed_filter_leads_to_another_club(model, client, mine, theirs):
    client.force_login(staff_of(mine[Club]))
    changelist = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    asked = [{"q": "Hidden"}, {"pk": theirs[model].pk}, {"id__exact": theirs[model].pk}]
    for field in model._meta.concrete_fields:
        if isinstance(field, ForeignKey) and field.related_model in theirs:
            other = theirs[field.related_model].pk
            asked += [{f"{field.name}__id__exact": other}, {f"{field.name}": other}]
    for question in asked:
        response = client.get(changelist, question, follow=True)
        assert response.status_code in (200, 400, 403)
        if response.status_code == 200:
            found = [row.pk for row in response.context["cl"].result_list]
            assert theirs[model].pk not in found or theirs[model].pk == mine[model].pk, question
            shown = response.content.decode().replace('value="Hidden"', "")
            assert "Hidden" not in re.sub(r'href="[^"]*"', "", shown), question


@scoped_by_name
def test_autocomplete_of_any_field_offers_nothing_of_another_club(model, client, mine, theirs):
    client.force_login(staff_of(mine[Club]))
    for field in [*model._meta.concrete_fields, *model._meta.many_to_many]:
        if not field.is_relation:
            continue
        names = {"app_label": model._meta.app_label, "model_name": model._meta.model_name}
        response = client.get(reverse("admin:autocomplete"), {**names, "field_name": field.name, "term": ""})
        assert response.status_code in (200, 403, 404), field
        assert "Hidden" not in response.content.decode(), field


def test_a_stranger_gets_nowhere_but_to_the_login(client, mine):
    for page in pages(mine):
        response = client.get(page.url)
        assert response.status_code == 302, page
        assert response["Location"].startswith(reverse("admin:login")), page
