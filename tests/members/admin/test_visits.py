"""Writing down a visit moves the last visit, and never into the future."""

import datetime as dt

import pytest
from django.urls import reverse

from members.models import Visit
from tests.factories import MemberFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

ADD = reverse("admin:members_visit_add")


def test_a_visit_becomes_the_members_last_one(admin_client):
    member = MemberFactory(days_away=9)
    data = {"member": member.pk, "attended_at_0": "2025-09-01", "attended_at_1": "09:30"}
    assert admin_client.post(ADD, data).status_code == 302
    member.refresh_from_db()
    assert member.last_attended_at == dt.datetime(2025, 9, 1, 9, 30, tzinfo=dt.UTC)
    assert Visit.objects.first().attended_at == member.last_attended_at


def test_a_visit_in_the_future_is_refused_at_the_field(admin_client):
    data = {"member": MemberFactory().pk, "attended_at_0": "2025-09-01", "attended_at_1": "10:01"}
    response = admin_client.post(ADD, data)
    assert response.context["adminform"].form.errors == {"attended_at": ["A visit cannot lie in the future."]}
