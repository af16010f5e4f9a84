"""Each file says what lives in it, has a name that says so too, fits on a few screens, and knows no machine."""

import ast
import re

from tests.architecture import ROOT, ours

SOURCES = [path for path in ours("*.py") if "migrations" not in path.parts]
EMPTY_NAMES = {"utils", "helpers", "services", "managers", "misc", "common"}
LONGEST = 300
# Written so that they do not find themselves.
OF_ONE_MACHINE = re.compile(
    r"(?<![\w.])/(?:root|home|Users|tmp/[a-z]+_jobs)/|[-]-(?:extra-)?index-url|[-]-find-links|https?://\S*/simple\b"
)


def test_each_python_file_opens_with_a_docstring():
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if (text := path.read_text()).strip() and not ast.get_docstring(ast.parse(text))
    ]
    assert silent == []


def test_no_file_or_folder_has_a_name_that_says_nothing():
    nameless = [
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if EMPTY_NAMES.intersection([path.stem, *path.relative_to(ROOT).parts[:-1]])
    ]
    assert nameless == []


def test_no_file_is_longer_than_a_reader_likes():
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_file_knows_a_machine_or_a_package_index():
    knowing = []
    for path in ours("*"):
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        knowing += [f"{path.relative_to(ROOT)}: {found[0]}" for found in OF_ONE_MACHINE.finditer(text)]
    assert knowing == []
