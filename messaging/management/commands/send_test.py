"""`manage.py send_test sms|email ADDRESS`: one real attempt, what the provider answered, and what to do about it."""

import re
from argparse import ArgumentParser
from typing import Any

from botocore.exceptions import BotoCoreError
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from members.models import Club
from members.models.members import E164
from members.rules.phones import is_dialable
from messaging.channels import transport_for
from messaging.channels.advice import advice_for
from messaging.channels.envelopes import Again, Envelope, Refused, Sent, Unknown

BAD_ARGUMENTS = 2


class Command(BaseCommand):
    help = (
        "Makes one attempt to send a test message through whatever is configured, and says what the provider answered. "
        "Exit code 0: accepted; 1: not accepted, or nobody knows; 2: wrong arguments, nothing was tried."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("channel", choices=["sms", "email"])
        parser.add_argument("address", help="A number like +41791234567, or an e-mail address.")
        parser.add_argument(
            "--club", help="Whose sender to use, by short name; not needed while there is only one."
        )

    def handle(self, *args: Any, channel: str, address: str, club: str | None = None, **options: Any) -> None:
        _check(channel, address)
        envelope = _envelope(channel, address, _club(club))
        self.stdout.write(_route(channel))
        self.stdout.write(f"To: {address}")
        sender = (
            envelope.from_email or settings.DEFAULT_FROM_EMAIL if channel == "email" else envelope.sms_sender
        )
        self.stdout.write(f"From: {sender or 'no name set; the phone shows a number'}")
        try:
            transport = transport_for(channel)
        except (ImproperlyConfigured, BotoCoreError, ValueError) as error:
            raise CommandError(f"The settings do not work: {error}") from error

        outcome = transport.send(envelope)
        match outcome:
            case Sent(provider_id):
                self.stdout.write(self.style.SUCCESS(f"Accepted. Message id: {provider_id or 'none given'}"))
            case Refused(detail):
                self.stdout.write(self.style.ERROR(f"Refused: {detail}"))
            case Again(detail):
                self.stdout.write(self.style.WARNING(f"Not sent, may work later: {detail}"))
            case Unknown(detail):
                self.stdout.write(self.style.WARNING(f"Nobody knows whether it was sent: {detail}"))
        if settings.TRANSPORT != "console":
            self.stdout.write(f"What to do: {advice_for(outcome, channel)}")
        if not isinstance(outcome, Sent):
            raise SystemExit(1)


def _check(channel: str, address: str) -> None:
    if channel == "email":
        try:
            validate_email(address)
        except ValidationError:
            raise CommandError(f"{address} is no e-mail address.", returncode=BAD_ARGUMENTS) from None
    elif not re.match(E164, address):
        raise CommandError(
            f"{address} is no phone number. Write it like +41791234567: plus sign, country code, no spaces.",
            returncode=BAD_ARGUMENTS,
        )
    elif not is_dialable(address):
        raise CommandError(f"No network could connect {address}; check its digits.", returncode=BAD_ARGUMENTS)


def _club(slug: str | None) -> Club | None:
    clubs = {club.slug: club for club in Club.objects.all()}
    if slug is not None and slug not in clubs:
        raise CommandError(
            f"There is no club {slug}. There are: {', '.join(clubs) or 'none'}.", returncode=BAD_ARGUMENTS
        )
    if slug is None and len(clubs) > 1:
        raise CommandError(f"Say which club: --club {' or --club '.join(clubs)}.", returncode=BAD_ARGUMENTS)
    return clubs[slug] if slug else next(iter(clubs.values()), None)


def _envelope(channel: str, address: str, club: Club | None) -> Envelope:
    name = club.name if club else "Rollcall"
    return Envelope(
        message_id=0,
        first_name="Test",
        channel=channel,
        address=address,
        subject=f"Test from {name}",
        text=f"This is a test from {name}. If you can read it, sending works.",
        html="",
        from_name=(club.sender_name or club.name) if club else name,
        from_email=club.sender_email if club else "",
        sms_sender=club.sms_sender if club else "",
        unsubscribe_url="",
    )


def _route(channel: str) -> str:
    if settings.TRANSPORT == "console":
        return f"Transport: console, so nothing leaves this machine; see {settings.MESSAGE_FILE}"
    at = f", endpoint {settings.AWS_ENDPOINT_URL}" if settings.AWS_ENDPOINT_URL else ""
    if channel == "sms":
        return f"Transport: Amazon SNS, region {settings.AWS_REGION}{at}, {settings.SMS_TYPE}"
    if "amazon_ses" in settings.EMAIL_BACKEND:
        return f"Transport: Amazon SES, region {settings.AWS_REGION}{at}"
    return f"Transport: {settings.EMAIL_BACKEND}"
