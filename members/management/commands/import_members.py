"""`import_members FILE.json|FILE.csv [--club SLUG]`: brings a file of members into a club and tells what became of it."""

from members.management.import_command import ImportCommand
from members.transfer.importing import MEMBERS


class Command(ImportCommand):
    help = (
        "Brings members in from a JSON or CSV file. Exit code: 0 all in, 1 some rows refused, 2 unreadable."
    )
    kind = MEMBERS
