"""What staff do on a member's page about messages: send one now, and note that she wants them or not."""

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from members.admin.actions import MemberAction, MemberActionForm, add_member_action
from members.models import Member
from members.rules.wording import instant_in_words
from messaging.admin.before_sending import shown_before
from messaging.models import Category, Channel, MessageTemplate
from messaging.operations.by_hand import send_by_hand
from messaging.operations.consents import opt_in, opt_out, standing_words

SOURCE = gettext_lazy("at the front desk")


class TemplateField(forms.ModelChoiceField):
    def label_from_instance(self, obj: MessageTemplate) -> str:
        channel = obj.get_channel_display()
        return obj.name if channel.lower() in obj.name.lower() else f"{obj.name} ({channel})"


class MessageForm(MemberActionForm):
    token = forms.UUIDField(widget=forms.HiddenInput)
    template = TemplateField(
        label=gettext_lazy("Message"),
        queryset=MessageTemplate.objects.none(),
        empty_label=gettext_lazy("Choose a message"),
        widget=UnfoldAdminSelectWidget,
    )

    def prepare(self) -> None:
        self.initial["token"] = uuid.uuid4()
        self.templates = MessageTemplate.objects.filter(club=self.member.club_id)
        field = self.fields["template"]
        assert isinstance(field, TemplateField)
        field.queryset = self.templates

    def chosen(self) -> MessageTemplate | None:
        pk = str(self["template"].value() or "")
        return self.templates.filter(pk=pk).first() if pk.isdecimal() else None


class MessageNow(MemberAction):
    name, icon, permission = "message", "send", "messaging.add_message"
    place = 2
    label, button = gettext_lazy("Message now"), gettext_lazy("Send it")
    Form = MessageForm
    body = "admin/messaging/message_now.html"

    def question(self, member: Member) -> str:
        return _("Send a message to %(name)s") % {"name": member.first_name}

    def context(self, form: MemberActionForm) -> dict[str, Any]:
        assert isinstance(form, MessageForm)
        if (template := form.chosen()) is None:
            return {"has_templates": form.templates.exists(), "button": ""}
        return {
            "has_templates": True,
            **shown_before(form.member, template, form.now, button=str(self.button)),
        }

    def do(self, form: MemberActionForm) -> str:
        message, is_new = send_by_hand(
            member=form.member,
            template=form.cleaned_data["template"],
            token=form.cleaned_data["token"],
            asked_by_id=form.request.user.pk,
            now=form.now,
        )
        words = {"name": form.member.first_name}
        if not is_new:
            return _("This message to %(name)s is on its way already.") % words
        if message.due_at > form.now:
            words["when"] = instant_in_words(message.due_at, form.member.zone, form.member.club.locale)
            return _("The message to %(name)s leaves on %(when)s.") % words
        return _("The message to %(name)s is on its way.") % words


class ConsentForm(MemberActionForm):
    category = forms.ChoiceField(
        label=gettext_lazy("Which messages"),
        choices=[("", gettext_lazy("All of them")), *Category.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    sms = forms.ChoiceField(
        label=gettext_lazy("Texts"),
        choices=[
            ("", gettext_lazy("Leave as it is")),
            ("no", gettext_lazy("Wants no texts")),
            ("yes", gettext_lazy("Agrees to texts")),
        ],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    email = forms.ChoiceField(
        label=gettext_lazy("E-mails"),
        choices=[
            ("", gettext_lazy("Leave as it is")),
            ("no", gettext_lazy("Wants no e-mails")),
            ("yes", gettext_lazy("Agrees to e-mails")),
        ],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    whatsapp = forms.ChoiceField(
        label=gettext_lazy("WhatsApp"),
        choices=[
            ("", gettext_lazy("Leave as it is")),
            ("no", gettext_lazy("Wants no WhatsApp messages")),
            ("yes", gettext_lazy("Agrees to WhatsApp messages")),
        ],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    in_app = forms.ChoiceField(
        label=gettext_lazy("In-app"),
        choices=[
            ("", gettext_lazy("Leave as it is")),
            ("no", gettext_lazy("Wants no in-app messages")),
            ("yes", gettext_lazy("Agrees to in-app messages")),
        ],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    words = forms.CharField(
        label=gettext_lazy("In their own words (optional)"),
        max_length=500,
        required=False,
        widget=UnfoldAdminTextInputWidget,
    )

    def prepare(self) -> None:
        if self.is_bound:
            return
        known = standing_words(member_id=self.member.pk)
        for channel in Channel:
            self.fields[channel.value].help_text = on_record(
                {category: known[channel, category] for category in Category}
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not any(cleaned[channel] for channel in Channel.values):
            raise ValidationError(_("Choose what has changed, for texts or for e-mails."))
        return cleaned


def on_record(words: Mapping[Category, bool | None]) -> str:
    """What is known of a channel, in a sentence: by category whether the member agreed, None where nothing was said."""
    said = {
        None: _("nothing on record"),
        True: _("agreed"),
        False: _("opted out"),
    }
    if set(words.values()) == {None}:
        return _("Nothing on record.")
    if len(set(words.values())) == 1:
        return _("On record: %(said)s.") % {"said": said[words[Category.MARKETING]]}
    each = "; ".join(f"{category.label.lower()}: {said[word]}" for category, word in words.items())
    return _("On record: %(said)s.") % {"said": each}


class Consent(MemberAction):
    name, icon, permission = "consent", "notifications_off", "messaging.add_consentrecord"
    place = 5
    label, button = gettext_lazy("Opt out or in"), gettext_lazy("Save")
    Form = ConsentForm

    def question(self, member: Member) -> str:
        return _("What does %(name)s want to receive?") % {"name": member.first_name}

    def explain(self, member: Member) -> str:
        return _("Kept with the time, your name, and “%(how)s”.") % {"how": SOURCE}

    def do(self, form: MemberActionForm) -> str:
        new = [
            (opt_in if form.cleaned_data[channel] == "yes" else opt_out)(
                member_id=form.member.pk,
                channel=channel,
                category=form.cleaned_data["category"],
                source=str(SOURCE),
                words=form.cleaned_data["words"],
                now=form.now,
                recorded_by=form.request.user,  # type: ignore[arg-type]
            )
            for channel in Channel.values
            if form.cleaned_data[channel]
        ]
        if not any(new):
            return _("That was on record already.")
        return _("Written down: what %(name)s wants to receive.") % {"name": form.member.first_name}


for action in (MessageNow(), Consent()):
    add_member_action(action)
