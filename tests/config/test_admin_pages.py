"""Each page of each list costs no more queries than are pinned for it, however many clubs there are."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from automations.models import JobRun
from members.models import Club
from tests.admin_pages import ON_EVERY_PAGE, QUERIES, lists, lists_for, pages_of
from tests.factories import NOW
from tests.members.admin.world import one_of_everything, staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def grow(begin, end):
    clubs = []
    for number in range(begin, end):
        clubs.append(one_of_everything(f"Club{number:02}")[Club])
        JobRun.objects.create(name="deliver_messages", started_at=NOW)
    return clubs


def costs(client, person):
    client.force_login(person)
    for model in lists_for(person):
        for page in pages_of(model, person):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(page.url).status_code == 200, page.url
            yield model._meta.label_lower, page.url, len(queries)


def test_every_list_is_pinned():
    assert {model._meta.label_lower for model in lists()} == set(QUERIES)


@pytest.mark.parametrize("who", ["superuser", "staff of one club"])
def test_every_page_of_every_list_costs_what_is_pinned(client, admin_user, who):
    clubs = grow(0, 6)
    person = admin_user if who == "superuser" else staff_of(clubs[0])
    found = costs(client, person)
    assert [(url, cost) for label, url, cost in found if cost > QUERIES[label] + ON_EVERY_PAGE] == []
