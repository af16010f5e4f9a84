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
