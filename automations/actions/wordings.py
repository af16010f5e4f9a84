"""What a step that sends a message may say, and how it goes on where that cannot reach somebody: its form."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.blocks import BlockForm, Params
from members.models import Club
from messaging.models import MessageTemplate

LETTERS = {"A": ("template", "share"), "B": ("template_b", "share_b"), "C": ("template_c", "share_c")}
"""Of each wording: the parameters that name its template and its share."""

TEMPLATES = ("template", "template_b", "template_c", "fallback")
"""The parameters that name a template."""


class SendMessageForm(BlockForm):
    folded = ("fallback", "fallback_task", "share", "template_b", "share_b", "template_c", "share_c")
    folded_as = gettext_lazy("If it cannot reach them; wordings to compare")

    template = forms.ChoiceField(label=gettext_lazy("Message template"))
    booking_link = forms.URLField(
        label=gettext_lazy("Booking link"),
        required=False,
        assume_scheme="https",
        help_text=gettext_lazy("Instead of the club's, in this message only."),
    )
    fallback = forms.ChoiceField(
        label=gettext_lazy("If it cannot reach them, send"),
        required=False,
        help_text=gettext_lazy(
            "A message of another channel, for whoever has no address for the first or opted out of it."
        ),
    )
    fallback_task = forms.CharField(
        label=gettext_lazy("If nothing can reach them, a task"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("What somebody of the staff is to do then; empty for nothing."),
    )
    share = forms.IntegerField(
        label=gettext_lazy("Share of the first wording"),
        min_value=1,
        max_value=100,
        required=False,
        help_text=gettext_lazy(
            "Only if you compare wordings below. Each member keeps the wording they once got."
        ),
    )
    template_b = forms.ChoiceField(label=gettext_lazy("Second wording, to compare"), required=False)
    share_b = forms.IntegerField(label=gettext_lazy("Its share"), min_value=1, max_value=100, required=False)
    template_c = forms.ChoiceField(label=gettext_lazy("Third wording"), required=False)
    share_c = forms.IntegerField(label=gettext_lazy("Its share"), min_value=1, max_value=100, required=False)

    def for_club(self, club: Club | None) -> None:
        templates = MessageTemplate.objects.filter(club=club) if club else MessageTemplate.objects.none()
        # None is chosen for a person who did not choose.
        choices = [("", "---------")] + [(t.slug, _with_channel(t)) for t in templates]
        for name in TEMPLATES:
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        more = [name for name in TEMPLATES[1:] if cleaned.get(name)]
        if self.errors or not more:
            return cleaned
        slugs = {cleaned[name] for name in ("template", *more)}
        templates = MessageTemplate.objects.filter(club=self.club, slug__in=slugs)
        rows = list(templates.values_list("slug", "channel", "category"))
        channel = {slug: by for slug, by, _for in rows}
        category = {slug: for_what for slug, _by, for_what in rows}
        for name in more:
            is_same = channel[cleaned[name]] == channel[cleaned["template"]]
            if name == "fallback" and is_same:
                self.add_error(
                    name, _("Choose a message of another channel: this one would not reach them either.")
                )
            if name != "fallback" and not is_same:
                self.add_error(
                    name, _("Choose a message of the same channel, or there is nothing to compare.")
                )
            elif name != "fallback" and category[cleaned[name]] != category[cleaned["template"]]:
                self.add_error(
                    name,
                    _(
                        "Choose a message that is for the same, offers and news or what has to be told: not the same members "
                        "may get the other."
                    ),
                )
        said = [cleaned[name] for name, _share in LETTERS.values() if cleaned.get(name)]
        if len(said) != len(set(said)):
            self.add_error(more[-1], ValidationError(_("This is the same wording again.")))
        return cleaned


def templates_named(params: Params) -> list[str]:
    """Every template that a step may send, whichever way it goes."""
    return [params[name] for name in TEMPLATES if params.get(name)]


def wordings(params: Params) -> dict[str, str]:
    """By letter, the template of each wording there is."""
    return {letter: params[name] for letter, (name, _share) in LETTERS.items() if params.get(name)}


def shares(params: Params) -> dict[str, int]:
    """By letter, how often each comes, compared with the others; one that says nothing counts as 1."""
    return {letter: int(params.get(LETTERS[letter][1]) or 1) for letter in wordings(params)}


def in_words(params: Params) -> str:
    """What is sent, and what happens where that does not arrive, of parameters with the templates' names."""
    said = wordings(params)
    if len(said) == 1:
        words = _("send the message “%(template)s”") % params
    else:
        each = shares(params)
        parts = [
            _("“%(name)s” (%(percent)s%%)")
            % {"name": name, "percent": round(100 * each[letter] / sum(each.values()))}
            for letter, name in said.items()
        ]
        words = _("send one of %(wordings)s") % {"wordings": _(" and ").join(parts)}
    if params.get("fallback"):
        words += _(", or else “%(fallback)s”") % params
    if params.get("fallback_task"):
        words += _(", or else open a staff task: “%(task)s”") % {"task": params["fallback_task"].rstrip(".")}
    return words


def _with_channel(template: MessageTemplate) -> str:
    """Its name, with its channel in brackets unless the name says it."""
    channel = f"({template.get_channel_display()})"
    return template.name if channel.casefold() in template.name.casefold() else f"{template.name} {channel}"
