"""Document expiring as staff set it up: its sentence, and which numbers of days make sense."""

import pytest
from django.core.exceptions import ValidationError

from automations.rules.sentences import workflow_sentence
from automations.triggers import TRIGGERS
from tests.factories import StepFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("document", "days_before", "said"),
    [
        ("", "30, 14, 7", "When a document expires in 30, 14 or 7 days and no newer one is on file"),
        ("waiver", "14, 7", "When a waiver expires in 14 or 7 days"),
        ("medical_clearance", "30", "When a medical clearance expires in 30 days"),
    ],
)
def test_its_sentence_tells_which_and_how_long_before(document: str, days_before: str, said: str) -> None:
    params = {"document": document, "days_before": days_before}
    step = StepFactory(workflow__trigger="document_expiring", workflow__trigger_params=params)
    assert said in workflow_sentence(step.workflow)


@pytest.mark.parametrize(
    ("written", "kept"), [("30,14,7", "30, 14, 7"), (" 7, 30 , 14,14", "30, 14, 7"), ("1", "1")]
)
def test_numbers_may_be_written_in_any_order(written: str, kept: str) -> None:
    params = TRIGGERS["document_expiring"].clean({"days_before": written}, None)
    assert params["days_before"] == kept
    assert TRIGGERS["document_expiring"].clean(params, None) == params


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"days_before": ""},
        {"days_before": "0"},
        {"days_before": "366"},
        {"days_before": "-7"},
        {"days_before": "14; 7"},
        {"days_before": "soon"},
        {"days_before": "1,2,3,4,5,6"},
        {"days_before": "7,"},
        {"days_before": "7", "document": "passport"},
    ],
)
def test_parameters_that_make_no_sense_are_refused(params: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        TRIGGERS["document_expiring"].clean(params, None)
