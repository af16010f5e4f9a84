"""Filling in: what reaches the text, what an empty value does, and what staff may write."""

import html

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.rules.templates import EmptyPlaceholder, TemplateRefused, placeholders_of, render

SAMPLE = "Hey {{ first_name }}, we missed you last week! Book your next class here 📌 {{ booking_link }}"


def test_the_sample_text_is_filled_in() -> None:
    text = render(SAMPLE, {"first_name": "John", "booking_link": "https://book.example/"})

    assert text == "Hey John, we missed you last week! Book your next class here 📌 https://book.example/"


@pytest.mark.parametrize(
    "source", ["{{first_name}}", "{{ first_name }}", "{{  first_name\n}}", "{{ member_first_name }}"]
)
def test_spaces_inside_the_braces_do_not_matter(source: str) -> None:
    assert placeholders_of(source) == {"first_name"}
    assert render(source, {"first_name": "John"}) == "John"


@pytest.mark.parametrize(
    ("source", "values", "text"),
    [
        ("Just words.", {}, "Just words."),
        ("", {}, ""),
        ("Bye\n", {}, "Bye\n"),
        ("One\r\nTwo", {}, "One\nTwo"),
        ("50% {off} [now] <b>", {}, "50% {off} [now] <b>"),
        ("{# a note to colleagues #}Hi", {}, "Hi"),
        ("{{ first_name|upper }}", {"first_name": "Zoë"}, "ZOË"),
        ("{{ first_name|lower }}", {"first_name": "ZOË"}, "zoë"),
        ("{{ first_name|title }}", {"first_name": "ana-maria ruiz"}, "Ana-Maria Ruiz"),
        ("{{ first_name|capitalize }}", {"first_name": "JOHN"}, "John"),
        ("{{ first_name|trim }}", {"first_name": " John "}, "John"),
        ("{{ first_name|trim|upper }}", {"first_name": " John "}, "JOHN"),
        ("{{ '{{' }}", {}, "{{"),
        ("{% if last_name %}a{% else %}b{% endif %}", {"last_name": "Doe"}, "a"),
        ("{% if last_name %}a{% else %}b{% endif %}", {"last_name": ""}, "b"),
        ("{% if last_name %}a{% else %}b{% endif %}", {}, "b"),
        ("Hi{% if last_name %} {{ last_name }}{% endif %}!", {"last_name": ""}, "Hi!"),
        ("{% if not last_name %}a{% endif %}", {}, "a"),
        ("{% if first_name and last_name %}a{% endif %}", {"first_name": "J"}, ""),
        ("{% if first_name or last_name %}a{% endif %}", {"first_name": "J"}, "a"),
        ("{% if membership_level == 'Gold' %}a{% endif %}", {"membership_level": "Gold"}, "a"),
        ("{% if membership_level|lower == 'gold' %}a{% endif %}", {"membership_level": "GOLD"}, "a"),
        ("{% if membership_level == 'Gold' %}a{% else %}b{% endif %}", {}, "b"),
        ("{% if membership_level != 'Gold' %}a{% endif %}", {}, "a"),
        ("{% if last_name == '' %}a{% endif %}", {}, "a"),
        ("{% if last_name != '' %}a{% endif %}", {}, ""),
        (
            "{% if membership_level == 'Gold' %}a{% elif membership_level == 'Silver' %}b{% else %}c{% endif %}",
            {"membership_level": "Silver"},
            "b",
        ),
    ],
)
def test_it_renders(source: str, values: dict[str, str], text: str) -> None:
    assert render(source, values) == text


@pytest.mark.parametrize("empty", [{}, {"first_name": ""}, {"first_name": "  \n"}, {"first_name": None}])
@pytest.mark.parametrize(
    "source",
    [
        "Hey {{ first_name }}",
        "{{ first_name|upper }}",
        "{{ first_name|trim|title }}",
        "{{ member_first_name }}",
    ],
)
@pytest.mark.parametrize("as_html", [False, True])
def test_an_empty_value_stops_the_message_and_is_named(
    source: str, empty: dict[str, str], as_html: bool
) -> None:
    with pytest.raises(EmptyPlaceholder) as stopped:
        render(source, empty, html=as_html)

    assert stopped.value.name == "first_name"
    assert str(stopped.value) == (
        "“first_name” is empty for this member. A default fills it: {{ first_name|default('there') }}"
    )


@pytest.mark.parametrize("empty", [{}, {"first_name": ""}, {"first_name": "  "}])
@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Hey {{ first_name|default('there') }}", "Hey there"),
        ("Hey {{ first_name|default('there', true) }}", "Hey there"),
        ("Hey {{ first_name|default('there', false) }}", "Hey there"),
        ("Hey {{ first_name|default('there')|upper }}", "Hey THERE"),
        ("Hey {{ first_name|title|default('there') }}", "Hey there"),
        ("Hey{{ first_name|default('') }}", "Hey"),
        ("{{ first_name|default(7) }}", "7"),
    ],
)
def test_a_default_fills_an_empty_value(source: str, text: str, empty: dict[str, str]) -> None:
    assert render(source, empty) == text
    assert render(source, empty, html=True) == text


def test_a_default_leaves_a_value_alone() -> None:
    assert render("{{ first_name|default('there') }}", {"first_name": "0"}) == "0"


def test_an_empty_value_that_is_not_printed_does_not_stop_the_message() -> None:
    assert render("{% if last_name %}{{ last_name }}{% endif %}{{ first_name }}", {"first_name": "J"}) == "J"


HARD_NAMES = [
    'Jo "the <b>Rock</b>" O\'Neil',
    "</p><script>alert(1)</script>",
    "Müller & Söhne",
    "👨\u200d👩\u200d👧 📌",
    "محمد\u200f",
    "Two\nlines\r\nthree",
    "{{ 7 * 7 }}{% for a in b %}{# x",
    "%s %(name)s {0} \\n &amp;",
    "e\u0301 is not é",
]


@pytest.mark.parametrize("name", HARD_NAMES)
def test_a_hard_name_reaches_the_text_unharmed_and_html_escaped(name: str) -> None:
    assert render("Hey {{ first_name }}!", {"first_name": name}) == f"Hey {name}!"

    page = render('<p title="{{ first_name }}">{{ first_name }}</p>', {"first_name": name}, html=True)
    escaped = page.removeprefix('<p title="').partition('">')[0]
    assert page == f'<p title="{escaped}">{escaped}</p>'
    assert html.unescape(escaped) == name
    assert not set(escaped) & set("<>\"'")


@pytest.mark.parametrize("change", ["upper", "lower", "title", "capitalize", "trim", "default('x')"])
def test_no_filter_lets_html_through(change: str) -> None:
    assert "<" not in render(f"{{{{ first_name|{change} }}}}", {"first_name": "<script>"}, html=True)


def test_words_in_quotes_are_escaped_too() -> None:
    assert render("{{ first_name|default('<b>') }}{{ '<i>' }}", {}, html=True) == "&lt;b&gt;&lt;i&gt;"


values = st.text().filter(lambda value: value.strip())
words = st.text(st.characters(exclude_characters="{}&\r", exclude_categories=["Cs", "Cc"]))


@settings(deadline=None)
@given(words, values, words)
def test_any_value_reaches_any_text_unharmed(before: str, value: str, after: str) -> None:
    source = before + "{{ first_name }}" + after

    assert render(source, {"first_name": value}) == before + value + after
    assert html.unescape(render(source, {"first_name": value}, html=True)) == before + value + after


def test_a_filled_in_message_of_gigantic_length_is_refused() -> None:
    source = "{{ first_name }}" * 500

    assert len(render(source, {"first_name": "x" * 400})) == 200_000
    with pytest.raises(TemplateRefused, match="far too long"):
        render(source, {"first_name": "x" * 401})


def test_a_template_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from messaging.rules import templates

    render("Kept: {{ first_name }}", {"first_name": "A"})
    monkeypatch.setattr(templates, "parse", lambda *args: pytest.fail("parsed again"))

    assert render("Kept: {{ first_name }}", {"first_name": "B"}) == "Kept: B"
