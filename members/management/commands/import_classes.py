"""`import_classes FILE.json|FILE.csv [--club SLUG]`: brings a file of classes into a club and tells what became of it."""

from members.management.import_command import ImportCommand
from members.transfer.fact_files import CLASSES


class Command(ImportCommand):
    help = (
        "Brings classes in from a JSON or CSV file. Exit code: 0 all in, 1 some rows refused, 2 unreadable."
    )
    kind = CLASSES
