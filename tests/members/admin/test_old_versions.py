"""The pages that show what a row was before."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import MessageTemplateFactory, StepFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_an_old_version_of_each_kind_can_be_read(client: Client) -> None:
    client.force_login(UserFactory(superuser=True))
    workflow = StepFactory().workflow
    for row in (workflow, workflow.club, MessageTemplateFactory(club=workflow.club)):
        name = f"admin:{row._meta.app_label}_{row._meta.model_name}_simple_history"
        page = client.get(reverse(name, args=[row.pk, row.history.get().history_id]))
        assert page.status_code == 200
