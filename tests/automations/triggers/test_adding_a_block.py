"""The example of docs/adding-a-block.md works as it stands on the page."""

import datetime as dt
import re
from typing import Any

import pytest

from automations.triggers import TRIGGERS
from tests.architecture import ROOT
from tests.automations.triggers.asking import decided, workflow_for
from tests.factories import NOW, MemberFactory

PAGE = (ROOT / "docs/adding-a-block.md").read_text()
TRIGGER, ITS_TEST = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture
def long_member(monkeypatch: pytest.MonkeyPatch) -> Any:
    page: dict[str, Any] = {"__name__": "long_member"}
    exec(compile(TRIGGER, "docs/adding-a-block.md", "exec"), page)
    trigger = page["LongMember"]()
    monkeypatch.setitem(TRIGGERS._blocks, trigger.kind, trigger)
    return trigger


@pytest.mark.django_db
def test_the_trigger_of_the_page_can_be_asked(long_member: Any) -> None:
    params = long_member.clean({"days": 365}, None)
    member = MemberFactory(joined_on=NOW.date() - dt.timedelta(days=365))
    assert decided(member, NOW, "long_member", params) == "due"
    workflow_for(member.club, "long_member", params).full_clean()


@pytest.mark.django_db
def test_the_tests_of_the_page_pass(long_member: Any) -> None:
    page: dict[str, Any] = {"__name__": "test_long_member"}
    exec(compile(ITS_TEST, "docs/adding-a-block.md", "exec"), page)
    page["test_it_says_why"]()
    page["test_it_says_what_it_does"]()
    page["test_it_refuses_parameters_that_make_no_sense"](0)
    table = next(
        mark
        for mark in page["test_days_are_calendar_days_of_the_club"].pytestmark
        if mark.name == "parametrize"
    )
    for case in table.args[1]:
        page["test_days_are_calendar_days_of_the_club"](*case)
