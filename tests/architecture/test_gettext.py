"""Whatever a person reads goes through gettext: the text of templates, and what Python puts on a page."""

import ast
import re
from collections.abc import Iterator, Set
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PYTHON = sorted(
    path
    for app in ("members", "messaging", "automations", "config")
    for path in (ROOT / app).rglob("*.py")
    if "migrations" not in path.parts and "management" not in path.parts
)
NOT_FOR_TRANSLATORS = {"Rollcall"}
# In this order: what is translated, what is code or the name of a file's column, what is the name of an icon, and then the tags themselves.
LEFT_OUT = [
    r"{%\s*comment.*?endcomment\s*%}",
    r"{#.*?#}",
    r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}",
    r"<style.*?</style>",
    r"<script.*?</script>",
    r"<code>.*?</code>",
    r"{%\s*block bodyclass.*?endblock\s*%}",
    r"{%.*?%}",
    r"{{.*?}}",
    r"<(\w+)[^>]*material-symbols-outlined[^>]*>[^<]*</\1>",
]
SAID_BY_ATTRIBUTES = r"\s(?:title|alt|placeholder|aria-label)=\"([^\"]*)\""
KEYWORDS = {
    "description",
    "help_text",
    "verbose_name",
    "verbose_name_plural",
    "label",
    "title",
    "empty_label",
}
NAMES = {"title", "search_help_text", "verbose_name", "verbose_name_plural", "label"}
CALLS = {"message_user": 1, "add_error": 1, "ValidationError": 0}
LEVELS = {"debug", "info", "success", "warning", "error"}


def has_words(text: str) -> bool:
    for word in NOT_FOR_TRANSLATORS:
        text = text.replace(word, "")
    return re.search(r"[^\W\d_]{2,}", re.sub(r"&\w+;", "", text)) is not None


def untranslated_in(template: str) -> list[str]:
    for pattern in LEFT_OUT:
        template = re.sub(pattern, "", template, flags=re.DOTALL)
    said = re.findall(SAID_BY_ATTRIBUTES, template)
    return [text.strip() for text in [*said, *re.split(r"<[^>]*>", template)] if has_words(text)]


def untranslated_code(code: str, keywords: Set[str] = KEYWORDS) -> Iterator[str]:
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Call():
                yield from _plain(said_by(node, keywords))
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in NAMES:
                yield from _plain([value])
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.List(elts=parts)) if "fieldsets" in name:
                yield from _plain([part.elts[0] for part in parts if isinstance(part, ast.Tuple)])


def said_by(call: ast.Call, keywords: Set[str] = KEYWORDS) -> list[ast.expr]:
    said = [keyword.value for keyword in call.keywords if keyword.arg in keywords]
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    about = getattr(getattr(call.func, "value", None), "id", "")
    place = 1 if about == "messages" and name in LEVELS else CALLS.get(name)
    if place is not None and len(call.args) > place:
        said.append(call.args[place])
    return said


def _plain(said: list[ast.expr]) -> Iterator[str]:
    for node in said:
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and has_words(node.value)
        if is_text or (isinstance(node, ast.JoinedStr) and has_words(ast.unparse(node)[2:])):
            yield ast.unparse(node)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_text_of_a_template_is_translated(path):
    assert untranslated_in(path.read_text()) == []


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_text_that_python_says_is_translated(path):
    # What describes the API is for programmers, in English.
    keywords = KEYWORDS - {"description"} if "api" in path.parts else KEYWORDS
    assert list(untranslated_code(path.read_text(), keywords)) == []


@pytest.mark.parametrize(
    "template",
    [
        "<p>Hello</p>",
        '<a title="Go back">{{ x }}</a>',
        "{% translate 'Yes' %} or no",
        '<p class="material">words</p>',
    ],
)
def test_it_finds_what_a_template_says_untranslated(template):
    assert untranslated_in(template)


@pytest.mark.parametrize(
    "code",
    [
        'title = "Members"',
        'fieldsets = [("Name", {})]',
        '@admin.display(description="when")\ndef f(): ...',
        'messages.success(request, "Saved")',
        'self.message_user(request, f"Saved {n}")',
        'raise ValidationError("Wrong")',
    ],
)
def test_it_finds_what_python_says_untranslated(code):
    assert list(untranslated_code(code))


def test_it_lets_pass_what_is_translated():
    assert (
        untranslated_in('<b title="{% translate "x" %}">{% blocktranslate %}Hello{% endblocktranslate %}</b>')
        == []
    )
    assert list(untranslated_code('title = _("Members")\nmessages.info(request, _("x"))')) == []
