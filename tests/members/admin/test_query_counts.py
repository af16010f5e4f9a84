"""Each list costs the same number of queries, whether it shows three rows or thirty."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from automations.models import JobRun
from members.admin.scoping import ClubScopedAdmin
from tests.factories import NOW
from tests.members.admin.world import one_of_everything

pytestmark = pytest.mark.django_db

LISTS = [model for model, own in admin.site._registry.items() if isinstance(own, ClubScopedAdmin)] + [JobRun]


def queries(client, page):
    client.get(page)  # Content types and the like are asked for once per process.
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200
    return [query["sql"] for query in captured]


def grow(begin, end):
    for number in range(begin, end):
        one_of_everything(f"Club{number:02}")
        JobRun.objects.create(name="deliver_messages", started_at=NOW)


@pytest.mark.long
def test_every_list_costs_the_same_for_three_rows_and_thirty(admin_client):
    pages = {
        model.__name__: reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in LISTS
    }
    grow(0, 3)
    few = {name: len(queries(admin_client, page)) for name, page in pages.items()}
    grow(3, 30)
    many = {name: len(queries(admin_client, page)) for name, page in pages.items()}
    assert many == few
    assert max(many.values()) <= 17
