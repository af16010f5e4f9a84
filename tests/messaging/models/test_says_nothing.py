"""A template must say something."""

import pytest
from django.core.exceptions import ValidationError

from tests.factories import ClubFactory, MessageTemplateFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("nothing", ["{# for later #}", "\u200b", " \n "])
def test_a_template_that_says_nothing_is_refused(nothing):
    template = MessageTemplateFactory.build(club=ClubFactory(), text_body=nothing)
    with pytest.raises(ValidationError) as refused:
        template.full_clean()
    assert "text_body" in refused.value.message_dict


@pytest.mark.parametrize(
    ("html", "refused_in"),
    [
        ("<p>Hi {{ first_name }}</p>", None),
        ("<p> </p>", "html_body"),
        ("", "text_body"),
        ("<p>{{", "html_body"),
    ],
)
def test_an_email_may_be_written_as_html_alone(html: str, refused_in: str | None) -> None:
    template = MessageTemplateFactory.build(
        club=ClubFactory.build(), as_email=True, text_body="", html_body=html
    )
    if refused_in is None:
        template.clean()
        return
    with pytest.raises(ValidationError) as refused:
        template.clean()
    assert list(refused.value.message_dict) == [refused_in]
