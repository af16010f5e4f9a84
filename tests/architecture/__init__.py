"""How the house is built, held by tests; the direction of imports is held by import-linter (`make lint`)."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {".venv", ".git", "var", "node_modules", "__pycache__"}


def ours(pattern: str) -> list[Path]:
    """The project's own files of this form, without what tools leave behind."""
    found = (path for path in ROOT.rglob(pattern) if path.is_file())
    return sorted(
        path
        for path in found
        if not NOT_OURS.intersection(path.relative_to(ROOT).parts)
        and not any(part.endswith("_cache") for part in path.parts)
    )
