"""Charts: every value is drawn and told, whoever's words come in."""

import itertools
import re

import pytest

from config.charts import HEIGHT, WIDTH, Column, stacked_bars

BAR = re.compile(
    r'<rect class="rollcall-bar-(\w+)" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/>'
)


def bars(chart):
    return [(kind, *map(float, numbers)) for kind, *numbers in BAR.findall(chart)]


def chart(*values, tooltip="a day", summary="Messages"):
    return stacked_bars([Column(each, tooltip) for each in values], ["sent", "failed"], summary, ["first"])


def test_the_highest_stack_fills_the_height_and_the_others_follow():
    drawn = bars(chart((3, 1), (2, 0)))
    assert [(kind, height) for kind, _x, _y, _width, height in drawn] == [
        ("sent", HEIGHT * 3 / 4),
        ("failed", HEIGHT / 4),
        ("sent", HEIGHT / 2),
    ]


def test_parts_stand_on_one_another():
    (_, x1, sent, _, _), (_, x2, failed, _, height) = bars(chart((3, 1)))
    assert (x1, failed, failed + height) == (x2, 0, sent)


@pytest.mark.parametrize("days", [1, 2, 30])
def test_columns_share_the_width_and_do_not_touch(days):
    drawn = bars(chart(*[(1, 0)] * days))
    assert len(drawn) == days
    assert all(x + width < following for (_, x, _, width, _), (_, following, *_) in itertools.pairwise(drawn))
    assert drawn[-1][1] + drawn[-1][3] <= WIDTH


def test_without_a_day_or_without_a_value_there_is_just_the_line():
    for empty in (chart(), chart((0, 0), (0, 0))):
        assert bars(empty) == []
        assert "<path" in empty


def test_each_column_tells_its_numbers_also_where_nothing_stands():
    assert chart((0, 0), (1, 2), tooltip="1 May: 3").count("<title>1 May: 3</title>") == 2


def test_words_of_people_are_escaped():
    drawn = chart((1, 0), tooltip="<script>x</script>", summary='"><script>y</script>')
    assert "<script>" not in drawn
    assert "&lt;script&gt;x" in drawn


def test_it_says_in_words_what_it_shows():
    assert 'role="img" aria-label="Messages"' in chart((1, 0))
