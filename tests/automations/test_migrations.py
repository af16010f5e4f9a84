"""What migrations do to rows that are there already."""

import importlib
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from messaging.models import Message
from tests.factories import MessageFactory, StepRunFactory

pytestmark = pytest.mark.django_db


def test_messages_learn_their_wording_from_the_steps_that_wrote_them(monkeypatch: pytest.MonkeyPatch) -> None:
    migration = importlib.import_module("automations.migrations.0027_variants_of_messages")
    monkeypatch.setattr(migration, "CHUNK", 2)
    letters = ["A", "B", "", "B", "A"]
    messages = [MessageFactory() for _ in letters]
    for letter, message in zip(letters, messages, strict=True):
        StepRunFactory(enrollment__member=message.member, message=message, variant=letter)
    StepRunFactory(variant="A", message=None)
    migration.copy_variants(apps, SimpleNamespace(connection=connection))
    assert [Message.objects.get(pk=message.pk).variant for message in messages] == letters
