"""`import_consents FILE.json|FILE.csv [--club SLUG]`: brings who said yes or no elsewhere into a club."""

from members.management.import_command import ImportCommand
from messaging.transfer.consents import CONSENTS


class Command(ImportCommand):
    help = (
        "Brings consents in from a JSON or CSV file. Exit code: 0 all in, 1 some rows refused, 2 unreadable."
    )
    kind = CONSENTS
