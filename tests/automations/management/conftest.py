"""Commands run as a person runs them: what they print, and the exit code."""

import io
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run() -> Run:
    """`run("explain", "M1", ...)`: the exit code and everything that was printed, the error last."""

    def run_command(*words: object) -> tuple[int, str]:
        out = io.StringIO()
        try:
            call_command(*map(str, words), stdout=out, stderr=out)
        except CommandError as error:
            return error.returncode, f"{out.getvalue()}{error}"
        return 0, out.getvalue()

    return run_command
