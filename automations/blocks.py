"""What a trigger and an action have in common: a kind, a label, a form for its parameters, and a sentence."""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Generic, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from members.models import Club

Params = dict[str, Any]


class BlockForm(forms.Form):
    """The only description of a block's parameters; validates what the admin, a fixture and the API store as JSON."""

    def __init__(self, *args: Any, club: Club | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.club = club
        self.for_club(club)

    folded: ClassVar[tuple[str, ...]] = ()
    """Fields that most people leave alone: out of sight until somebody asks for them, or they say something."""

    folded_as: ClassVar[str | Promise] = ""
    """What is written on the fold."""

    def in_sight(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in self.folded]

    def out_of_sight(self) -> list[forms.BoundField]:
        return [field for field in self if field.name in self.folded]

    def is_unfolded(self) -> bool:
        return any(field.value() or field.errors for field in self.out_of_sight())

    def for_club(self, club: Club | None) -> None:
        """Fill choices that depend on the club."""


class Block:
    kind: ClassVar[str]
    label: ClassVar[str | Promise]
    Form: ClassVar[type[BlockForm]] = BlockForm

    def clean(self, params: Params, club: Club | None) -> Params:
        """The parameters as the form understands them; ValidationError names each field that does not fit."""
        form = self.Form(params, club=club)
        if not form.is_valid():
            raise ValidationError(
                [
                    f"{form.fields[name].label}: {error}" if name in form.fields else str(error)
                    for name, errors in form.errors.items()
                    for error in errors
                ]
            )
        return form.cleaned_data

    def sentence(self, params: Params) -> str:
        """What it does, in plain English."""
        raise NotImplementedError


class UnknownBlock(LookupError):
    """A stored workflow names a trigger or an action that does not exist."""


B = TypeVar("B", bound=Block)


class Registry(Generic[B]):
    """The blocks of one sort by their kind. Refuses two of the same kind."""

    def __init__(self, blocks: Iterable[B]) -> None:
        self._blocks: dict[str, B] = {}
        for block in blocks:
            if block.kind in self._blocks:
                raise ValueError(f"Two blocks call themselves {block.kind}.")
            self._blocks[block.kind] = block

    def __getitem__(self, kind: str) -> B:
        try:
            return self._blocks[kind]
        except KeyError:
            raise UnknownBlock(
                _("“%(kind)s” does not exist; there is: %(known)s.")
                % {"kind": kind, "known": ", ".join(self._blocks)}
            ) from None

    def __iter__(self) -> Iterator[B]:
        return iter(self._blocks.values())

    def choices(self) -> list[tuple[str, str | Promise]]:
        return [(block.kind, block.label) for block in self]


def filled(params: Params) -> Params:
    """Without what is empty: parameters stored before a block got a new optional one are no different."""
    return {name: value for name, value in params.items() if value not in (None, "")}
