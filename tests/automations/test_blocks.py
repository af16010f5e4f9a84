"""Blocks are known by their kind, once, and say which parameters do not fit."""

import pytest
from django import forms
from django.core.exceptions import ValidationError

from automations.actions import ACTIONS
from automations.blocks import Block, BlockForm, Registry, UnknownBlock
from automations.triggers import TRIGGERS


class CountForm(BlockForm):
    count = forms.IntegerField(label="How many", min_value=1)

    def clean(self) -> dict[str, int]:
        if self.cleaned_data.get("count") == 13:
            raise ValidationError("Not on a Friday.")
        return self.cleaned_data


class Counts(Block):
    kind = "counts"
    label = "Count"
    Form = CountForm


class Sings(Block):
    kind = "sings"
    label = "Sing"


def test_a_block_is_found_by_its_kind() -> None:
    counts, sings = Counts(), Sings()
    registry: Registry[Block] = Registry([counts, sings])
    assert registry["sings"] is sings
    assert list(registry) == [counts, sings]
    assert registry.choices() == [("counts", "Count"), ("sings", "Sing")]


def test_two_of_one_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="Two blocks call themselves counts"):
        Registry([Counts(), Sings(), Counts()])


def test_an_unknown_kind_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownBlock, match="“dances” does not exist; there is: counts, sings"):
        Registry([Counts(), Sings()])["dances"]


def test_parameters_come_back_as_the_form_understands_them() -> None:
    assert Counts().clean({"count": "3", "left_over": "x"}, None) == {"count": 3}


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({}, "How many: This field is required."),
        ({"count": "many"}, "How many: Enter a whole number."),
        ({"count": 0}, "How many: Ensure this value is greater than or equal to 1."),
        ({"count": 13}, "Not on a Friday."),
    ],
)
def test_what_does_not_fit_is_named(params: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Counts().clean(params, None)
    assert refused.value.messages == [said]


@pytest.mark.parametrize("block", [*TRIGGERS, *ACTIONS], ids=lambda block: block.kind)
def test_every_block_has_a_label_and_says_what_it_does(block: Block) -> None:
    form = block.Form()
    sample = {
        name: field.initial
        or (
            field.choices[0][0]
            if getattr(field, "choices", ())
            else getattr(field, "min_value", None) or "something"
        )
        for name, field in form.fields.items()
    }
    assert block.label
    assert block.sentence(sample)
