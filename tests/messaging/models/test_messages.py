"""What the database holds messages and suppressions to."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from messaging.models import Message, Suppression
from tests.factories import MessageFactory, SuppressionFactory

pytestmark = pytest.mark.django_db


def test_the_database_knows_every_status() -> None:
    for status in Message.Status:
        MessageFactory(status=status)
    with pytest.raises(IntegrityError), transaction.atomic():
        MessageFactory(status="lost")


def test_a_member_with_messages_cannot_be_deleted() -> None:
    message = MessageFactory()
    with pytest.raises(ProtectedError):
        message.member.delete()


def test_a_deleted_template_leaves_its_messages() -> None:
    message = MessageFactory()
    message.template.delete()
    message.refresh_from_db()
    assert message.template is None


def test_an_address_is_on_a_clubs_list_once_whatever_its_capitals() -> None:
    first = SuppressionFactory(channel="email", address="Eva@Mail.Example")
    assert Suppression.objects.get().address == "eva@mail.example"
    with pytest.raises(IntegrityError), transaction.atomic():
        SuppressionFactory(club=first.club, channel="email", address="eva@mail.EXAMPLE")
