"""What a message template may contain: the parsed tree is held against a short list before anything is compiled."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from jinja2 import Environment, TemplateSyntaxError, nodes

from messaging.rules.placeholders import ALIASES, PLACEHOLDERS

MAX_SOURCE = 20_000
MAX_NODES = 1_000
MAX_DEPTH = 20
MAX_NUMBER = 10**9
MAX_PROBLEMS = 10

UNSENDABLE = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")
SINGLE_BRACES = re.compile(r"\{\s*(\w+)\s*\}")
TAGS: dict[type[nodes.Node], str] = {
    nodes.Assign: "set",
    nodes.AssignBlock: "set",
    nodes.CallBlock: "call",
    nodes.FilterBlock: "filter",
    nodes.FromImport: "from",
    nodes.Scope: "autoescape",
}


@dataclass(frozen=True)
class Problem:
    line: int
    message: str

    def __str__(self) -> str:
        return _("Line %(line)d: %(message)s") % {"line": self.line, "message": self.message}


class TemplateRefused(ValueError):
    """A template that could not be sent, with everything that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(dict.fromkeys(problems), key=lambda problem: problem.line)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


def parse(source: str, environment: Environment) -> tuple[nodes.Template, set[str]]:
    """The tree, found harmless, and the placeholders in it; aliases are replaced by the names they stand for."""
    if len(source) > MAX_SOURCE:
        message = _("This is too long: %(length)d characters, at most %(most)d.")
        raise TemplateRefused([Problem(1, message % {"length": len(source), "most": MAX_SOURCE})])
    if found := UNSENDABLE.search(source):
        line = source.count("\n", 0, found.start()) + 1
        raise TemplateRefused([Problem(line, _("There is an invisible character that cannot be sent."))])
    try:
        tree = environment.parse(source)
    except TemplateSyntaxError as error:
        raise TemplateRefused([Problem(error.lineno, _advice(error.message or ""))]) from error
    except RecursionError as error:
        raise TemplateRefused(
            [Problem(1, _("There are too many brackets or {% if %} inside each other."))]
        ) from error
    except ValueError as error:  # Python refuses to read a number of thousands of digits.
        raise TemplateRefused([Problem(1, _("There is a number that is far too long."))]) from error
    walk = _Walk(environment)
    walk.statements(tree.body, depth=0)
    if walk.problems:
        raise TemplateRefused(walk.problems)
    return tree, walk.names


def _advice(message: str) -> str:
    """Jinja's words for broken syntax, in the words of somebody who has never heard of Jinja."""
    if re.search(r"unexpected char '[“”„‟«»‘’‚‛`´]'", message):
        return _("Use straight quotes, as in {{ first_name|default('there') }}.")
    if tag := re.match(r"Encountered unknown tag '(\w+)'", message):
        if tag[1] in ("endif", "else", "elif"):
            return _("%(tag)s stands without its %(if)s.") % {"tag": f"{{% {tag[1]} %}}", "if": "{% if %}"}
        return _not_possible(tag[1])
    if "end of template" in message or "end of comment" in message:
        return _("Something is opened and never closed: {{ … }}, {% … %}, {# … #} or {% if %}…{% endif %}.")
    if "Expected an expression" in message:
        return _("There is nothing between the brackets. Write for example {{ first_name }}.")
    if "got '='" in message:
        return _("Compare with == or != and words in quotes: {% if membership_level == 'Gold' %}.")
    return _(
        "This cannot be read. A placeholder is one word with two braces on each side, like {{ first_name }}."
    )


def _not_possible(tag: str) -> str:
    message = _("%(tag)s is not possible in a message; only placeholders and %(if)s are.")
    return message % {"tag": f"{{% {tag} %}}", "if": "{% if %}"}


class _Walk:
    """Visits each node once and notes what is not on the list."""

    def __init__(self, environment: Environment) -> None:
        self.filters = environment.filters
        self.names: set[str] = set()
        self.problems: list[Problem] = []
        self.visited = 0

    def refuse(self, node: nodes.Node, message: str, *, lines_below: int = 0) -> None:
        self.problems.append(Problem(_line(node) + lines_below, message))
        if len(self.problems) == MAX_PROBLEMS:
            raise TemplateRefused(self.problems)

    def enter(self, node: nodes.Node, depth: int) -> None:
        """Stop at once when the tree is too large to be a message, before recursing any deeper."""
        self.visited += 1
        if depth > MAX_DEPTH or self.visited > MAX_NODES:
            raise TemplateRefused(
                [Problem(_line(node), _("This is too involved for a message. Make it simpler."))]
            )

    def statements(self, body: Iterable[nodes.Node], depth: int) -> None:
        for node in body:
            self.enter(node, depth)
            match node:
                case nodes.Output():
                    for child in node.nodes:
                        self.output(child, depth + 1)
                case nodes.If():
                    self.condition(node.test, depth + 1)
                    self.statements(node.body, depth + 1)
                    # To Python's compiler each elif is an if inside the one before.
                    for deeper, branch in enumerate(node.elif_, start=1):
                        self.statements([branch], depth + deeper)
                    self.statements(node.else_, depth + 1)
                case _:
                    self.refuse(node, _not_possible(TAGS.get(type(node), type(node).__name__.lower())))

    def output(self, node: nodes.Expr, depth: int) -> None:
        if isinstance(node, nodes.TemplateData):
            self.enter(node, depth)
            self.text(node)
        else:
            self.value(node, depth)

    def text(self, node: nodes.TemplateData) -> None:
        for found in SINGLE_BRACES.finditer(node.data):
            if found[1] in PLACEHOLDERS or found[1] in ALIASES:
                message = _(
                    "%(found)s would be sent as it stands. Write %(name)s with two braces on each side."
                )
                message %= {"found": found[0], "name": _braced(found[1])}
                self.refuse(node, message, lines_below=node.data.count("\n", 0, found.start()))

    def condition(self, node: nodes.Node, depth: int) -> None:
        match node:
            case nodes.Not():
                self.enter(node, depth)
                self.condition(node.node, depth + 1)
            case nodes.And() | nodes.Or():
                self.enter(node, depth)
                self.condition(node.left, depth + 1)
                self.condition(node.right, depth + 1)
            case nodes.Compare():
                self.enter(node, depth)
                self.comparison(node, depth + 1)
            case nodes.Test():
                self.refuse(node, _("Write {% if last_name %} to ask whether there is a last name."))
            case _:
                self.value(node, depth)

    def comparison(self, node: nodes.Compare, depth: int) -> None:
        operand = node.ops[0]
        if len(node.ops) > 1 or operand.op not in ("eq", "ne") or not _is(operand.expr, str):
            self.refuse(
                node, _("Compare with == or != and words in quotes: {% if membership_level == 'Gold' %}.")
            )
        else:
            self.value(node.expr, depth)
            self.value(operand.expr, depth)

    def value(self, node: nodes.Node, depth: int) -> None:
        self.enter(node, depth)
        match node:
            case nodes.Name():
                self.name(node)
            case nodes.Const():
                self.constant(node)
            case nodes.Filter(node=nodes.Node() as inner):
                self.filter(node, depth)
                self.value(inner, depth + 1)
            case nodes.Getattr() | nodes.Getitem():
                self.part_of(node)
            case nodes.Call():
                self.refuse(
                    node, _("A placeholder takes no parentheses. Write for example {{ first_name }}.")
                )
            case nodes.CondExpr() | nodes.Or() | nodes.And() | nodes.Not() | nodes.Compare() | nodes.Test():
                self.refuse(
                    node,
                    _(
                        "Write {{ first_name|default('there') }}, or {% if last_name %}…{% endif %} around the words."
                    ),
                )
            case nodes.BinExpr() | nodes.UnaryExpr() | nodes.Concat():
                self.refuse(
                    node,
                    _("Nothing is computed in a message. A placeholder is one word, like {{ first_name }}."),
                )
            case _:
                self.refuse(
                    node,
                    _("This is not possible in a message. Write one placeholder, like {{ first_name }}."),
                )

    def name(self, node: nodes.Name) -> None:
        node.name = ALIASES.get(node.name, node.name)
        name = node.name[:60]
        if name in PLACEHOLDERS:
            self.names.add(name)
        elif near := difflib.get_close_matches(name.lower(), [*PLACEHOLDERS, *ALIASES], n=1, cutoff=0.7):
            message = _("“%(name)s” is not a placeholder. Did you mean %(near)s?")
            self.refuse(node, message % {"name": name, "near": _braced(near[0])})
        else:
            message = _("“%(name)s” is not a placeholder. These are: %(known)s.")
            self.refuse(node, message % {"name": name, "known": ", ".join(PLACEHOLDERS)})

    def constant(self, node: nodes.Expr) -> None:
        value = node.value if isinstance(node, nodes.Const) else None
        if isinstance(value, str):
            if UNSENDABLE.search(value):
                self.refuse(node, _("There is an invisible character that cannot be sent."))
        elif type(value) is not int or value >= MAX_NUMBER:
            self.refuse(node, _("Write words in quotes, as in {{ first_name|default('there') }}."))

    def part_of(self, node: nodes.Getattr | nodes.Getitem) -> None:
        part = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", "")
        name = part if part in PLACEHOLDERS or part in ALIASES else "first_name"
        self.refuse(
            node,
            _("A placeholder is one word without dots or brackets: write %(name)s.")
            % {"name": _braced(name)},
        )

    def filter(self, node: nodes.Filter, depth: int) -> None:
        if node.name not in self.filters:
            message = _("“%(name)s” cannot follow a placeholder. These can: %(known)s.")
            self.refuse(node, message % {"name": node.name[:60], "known": ", ".join(self.filters)})
            return
        few_enough = 1 <= len(node.args) <= 2 if node.name == "default" else not node.args
        if not few_enough or node.kwargs or node.dyn_args or node.dyn_kwargs:
            message = _(
                "Write default('there') with the words between the parentheses, and the others without any."
            )
            self.refuse(node, message)
            return
        for position, argument in enumerate(node.args):
            self.enter(argument, depth + 1)
            if position == 0 or not _is(argument, bool):
                self.constant(argument)


def _line(node: nodes.Node) -> int:
    # Jinja gives the scope around {% autoescape %} no line of its own.
    return node.lineno or next(node.iter_child_nodes()).lineno


def _braced(name: str) -> str:
    return f"{{{{ {ALIASES.get(name, name)} }}}}"


def _is(node: nodes.Node, kind: type) -> bool:
    return isinstance(node, nodes.Const) and isinstance(node.value, kind)
