"""`import_documents FILE.json|FILE.csv [--club SLUG]`: brings a file of documents into a club and tells what became of it."""

from members.management.import_command import ImportCommand
from members.transfer.fact_files import DOCUMENTS


class Command(ImportCommand):
    help = (
        "Brings documents in from a JSON or CSV file. Exit code: 0 all in, 1 some rows refused, 2 unreadable."
    )
    kind = DOCUMENTS
