"""Text that a spreadsheet must not take for a formula."""

import re

# A phone number, which is nothing but a sign and digits, is left as it is.
FORMULA = re.compile(r"\s*[=+\-@\t\r](?!\d+\Z)")
# Where a spreadsheet that separates by semicolons or tabs would begin another cell.
AFTER_SEPARATOR = re.compile(r"([;\t\r\n]\s*)(?=[=+\-@])")


def harmless(value: str) -> str:
    """With an apostrophe wherever a cell would begin like a formula."""
    value = AFTER_SEPARATOR.sub(r"\1'", value)
    return f"'{value}" if FORMULA.match(value) else value
