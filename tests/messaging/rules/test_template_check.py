"""What a template is refused for, where, and in which words; nothing of it is ever compiled."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from messaging.rules.placeholders import PLACEHOLDERS
from messaging.rules.templates import EmptyPlaceholder, TemplateRefused, placeholders_of, render

HOSTILE = [
    "{{ first_name.__class__ }}",
    "{{ first_name.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''.__class__ }}",
    "{{ first_name['__class__'] }}",
    "{{ first_name|attr('__class__') }}",
    "{{ '{0.__class__}'.format(first_name) }}",
    "{{ '%s'|format(first_name) }}",
    "{{ '%1000000000s'|format('a') }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '{:1000000000}'.format('a') }}",
    "{{ first_name.ljust(10**9) }}",
    "{{ first_name.zfill(10**9) }}",
    "{{ 'a' * 10**9 }}",
    "{{ ('a' * 10**9)|upper }}",
    "{{ 2**(2**30) }}",
    "{{ 9999999999 ** 9999999999 }}",
    "{{ [0] * 10**9 }}",
    "{{ 'a' ~ 'b' * 10**9 }}",
    "{{ first_name|center(10**9) }}",
    "{{ first_name|indent(10**9) }}",
    "{{ first_name|wordwrap(1) }}",
    "{{ first_name|replace('', 'a' * 10**6) }}",
    "{{ first_name|batch(10**9)|list }}",
    "{{ first_name|map('upper')|join }}",
    "{{ first_name|safe }}",
    "{{ first_name|default('a' * 10**9) }}",
    "{{ first_name|default('a', 'b' * 10**9) }}",
    "{{ first_name|default(default_value='a' * 10**9) }}",
    "{{ first_name|default(*['a']) }}",
    "{{ lipsum(n=10**6) }}",
    "{{ range(10**9) }}",
    "{{ cycler }}{{ joiner }}{{ namespace }}{{ dict }}",
    "{{ self }}",
    "{{ self._TemplateReference__context }}",
    "{{ config }}{{ request }}{{ settings.SECRET_KEY }}",
    "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
    "{% for a in first_name recursive %}{{ loop(first_name) }}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% set a = 'a' * 10**9 %}",
    "{% set a %}x{% endset %}",
    "{% with a = 10**9 %}{% endwith %}",
    "{% call first_name() %}{% endcall %}",
    "{% filter upper %}x{% endfilter %}",
    "{% autoescape false %}{{ first_name }}{% endautoescape %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% from 'os' import system %}",
    "{% extends 'base.html' %}",
    "{% block a %}{% endblock %}",
    "{% if 'a' * 10**9 %}{% endif %}",
    "{% if membership_level == 'a' * 10**9 %}{% endif %}",
    "{% if first_name is defined %}{% endif %}",
    "{% if 'a' in first_name %}{% endif %}",
    "{% if 1 < 2 < 3 %}{% endif %}",
    "{{ 'x' if first_name else 'y' }}",
    "{{ first_name or 'there' }}",
    "{{ not first_name }}",
    "{{ -1 }}",
    "{{ none }}",
    "{{ true }}",
    "{{ 1e999 }}",
    "{{ 0x" + "f" * 9000 + " }}",
    "{{ " + "9" * 5000 + " }}",
    "{{ '\\ud800' }}",
    "{{ first_name|default('\\0') }}",
    "Hey\x00",
    "{{ " + "(" * 9000 + " }}",
    "{{ " + "not " * 4000 + "first_name }}",
    "{{ " + "-" * 15000 + "1 }}",
    "{{ first_name" + "|upper" * 3000 + " }}",
    "{{ first_name" + ".a" * 9000 + " }}",
    "{% if first_name" + " and first_name" * 1000 + " %}{% endif %}",
    "{% if first_name %}" * 500 + "{% endif %}" * 500,
    "{% if first_name %}" * 25 + "{% endif %}" * 25,
    "{% if first_name %}" * 21 + "{% autoescape false %}{% endautoescape %}" + "{% endif %}" * 21,
    "{% if first_name %}" + "{% elif first_name %}" * 20 + "{% endif %}",
    "{{ zzz }}" * 2000,
    "{{ first_name }}" * 1200,
    "a" * 20_001,
]


@pytest.mark.parametrize("source", HOSTILE, ids=lambda source: source[:50])
def test_a_hostile_template_is_refused_before_it_is_compiled(
    source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Environment, "compile", lambda *args, **kwargs: pytest.fail("compiled"))

    with pytest.raises(TemplateRefused) as refused:
        placeholders_of(source)
    assert 1 <= len(refused.value.problems) <= 10
    for as_html in (False, True):
        with pytest.raises(TemplateRefused):
            render(source, {"first_name": "John"}, html=as_html)


UNREADABLE = (
    "This cannot be read. A placeholder is one word with two braces on each side, like {{ first_name }}."
)
UNCLOSED = "Something is opened and never closed: {{ … }}, {% … %}, {# … #} or {% if %}…{% endif %}."
PARENTHESES = "Write default('there') with the words between the parentheses, and the others without any."
COMPARE = "Compare with == or != and words in quotes: {% if membership_level == 'Gold' %}."
QUOTES = "Write words in quotes, as in {{ first_name|default('there') }}."
NOT_POSSIBLE = "is not possible in a message; only placeholders and {% if %} are."


@pytest.mark.parametrize(
    ("source", "line", "advice"),
    [
        ("Hey {{ frist_name }}", 1, "“frist_name” is not a placeholder. Did you mean {{ first_name }}?"),
        ("\r\n\r\n{{ First_Name }}", 3, "“First_Name” is not a placeholder. Did you mean {{ first_name }}?"),
        ("{{ membr_email }}", 1, "“membr_email” is not a placeholder. Did you mean {{ email }}?"),
        ("{% if lastname %}{% endif %}", 1, "“lastname” is not a placeholder. Did you mean {{ last_name }}?"),
        ("{{ zzz }}", 1, f"“zzz” is not a placeholder. These are: {', '.join(PLACEHOLDERS)}."),
        (
            "a\n{{ member.email }}",
            2,
            "A placeholder is one word without dots or brackets: write {{ email }}.",
        ),
        (
            "{{ member['email'] }}",
            1,
            "A placeholder is one word without dots or brackets: write {{ email }}.",
        ),
        ("{{ a.b }}", 1, "A placeholder is one word without dots or brackets: write {{ first_name }}."),
        (
            "{{ email }}\n\nHey { member_email }",
            3,
            "{ member_email } would be sent as it stands. Write {{ email }} with two braces on each side.",
        ),
        ("{{ first name }}", 1, UNREADABLE),
        ("{{ first_name }", 1, UNREADABLE),
        ("{{{ first_name }}}", 1, UNREADABLE),
        (
            "{{ first-name }}",
            1,
            "Nothing is computed in a message. A placeholder is one word, like {{ first_name }}.",
        ),
        (
            "{{ first_name, last_name }}",
            1,
            "This is not possible in a message. Write one placeholder, like {{ first_name }}.",
        ),
        ("{{ first_name() }}", 1, "A placeholder takes no parentheses. Write for example {{ first_name }}."),
        ("{{ }}", 1, "There is nothing between the brackets. Write for example {{ first_name }}."),
        ("a\nHey {{ first_name", 2, UNCLOSED),
        ("{% if last_name %}a", 1, UNCLOSED),
        ("{# a", 1, UNCLOSED),
        ("a{% endif %}", 1, "{% endif %} stands without its {% if %}."),
        (
            "{{ first_name|default(“there”) }}",
            1,
            "Use straight quotes, as in {{ first_name|default('there') }}.",
        ),
        ("{{ first_name|default(there) }}", 1, QUOTES),
        ("{{ first_name|default('there', maybe) }}", 1, QUOTES),
        ("{{ first_name|default }}", 1, PARENTHESES),
        ("{{ first_name|upper('x') }}", 1, PARENTHESES),
        (
            "{{ first_name|e }}",
            1,
            "“e” cannot follow a placeholder. These can: default, upper, lower, title, capitalize, trim.",
        ),
        (
            "{{ first_name or 'there' }}",
            1,
            "Write {{ first_name|default('there') }}, or {% if last_name %}…{% endif %} around the words.",
        ),
        ("a\n{% for a in b %}{% endfor %}", 2, "{% for %} " + NOT_POSSIBLE),
        ("a\n{% autoescape false %}x{% endautoescape %}", 2, "{% autoescape %} " + NOT_POSSIBLE),
        ("{% trans %}", 1, "{% trans %} " + NOT_POSSIBLE),
        ("{% if membership_level = 'Gold' %}a{% endif %}", 1, COMPARE),
        ("{% if days_away > 9 %}a{% endif %}", 1, COMPARE),
        (
            "{% if last_name is defined %}a{% endif %}",
            1,
            "Write {% if last_name %} to ask whether there is a last name.",
        ),
        ("a\nb\x07", 2, "There is an invisible character that cannot be sent."),
        ("a" * 20_001, 1, "This is too long: 20001 characters, at most 20000."),
        (
            "\n{{ first_name" + "|upper" * 30 + " }}",
            2,
            "This is too involved for a message. Make it simpler.",
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_it_says_where_and_what_to_do(source: str, line: int, advice: str) -> None:
    with pytest.raises(TemplateRefused) as refused:
        placeholders_of(source)

    assert [str(problem) for problem in refused.value.problems] == [f"Line {line}: {advice}"]


def test_it_lists_every_problem_by_line_and_each_once() -> None:
    with pytest.raises(TemplateRefused) as refused:
        placeholders_of(
            "{% if lastname %}\n{{ frist_name }} {{ frist_name }}\n{{ first_name|safe }}{% endif %}"
        )

    assert [problem.line for problem in refused.value.problems] == [1, 2, 3]
    assert str(refused.value).splitlines()[1].startswith("Line 2: “frist_name”")


def test_a_template_as_large_as_allowed_is_accepted() -> None:
    assert placeholders_of("x" * 20_000) == set()
    assert placeholders_of("{{ first_name }} " * 490) == {"first_name"}


SOUP = """
{{ }} {% %} {# #} {%- -%} if elif else endif for in endfor not and or is first_name last_name frist_name | default
upper e ( ) [ ] , . : == != = < + - * ** ~ % 'a' " 1 0x 1e9 none true self loop { } raw endraw set macro autoescape
false endautoescape with block filter import include print
"""
GOOD = [
    "{{ first_name }}",
    "{{ last_name|default('') }}",
    "{% if last_name %}",
    "{% else %}",
    "{% endif %}",
    "\n",
]
pieces = st.sampled_from(SOUP.split() + GOOD * 3)


@settings(deadline=None, max_examples=500)
@given(st.lists(pieces, max_size=25).map(" ".join))
def test_whatever_is_written_is_either_rendered_or_refused_with_advice(source: str) -> None:
    try:
        names = placeholders_of(source)
    except TemplateRefused as refused:
        assert refused.problems
        return
    assert names <= PLACEHOLDERS.keys()
    assert isinstance(render(source, dict.fromkeys(names, "x"), html=True), str)
    try:
        render(source, {})
    except EmptyPlaceholder as stopped:
        assert stopped.name in names
