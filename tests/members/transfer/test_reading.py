"""Files are read row by row, whatever their form, and say clearly where they stop making sense."""

import io
import json
import tracemalloc

import pytest

from members.transfer.reading import opened, read_rows
from members.transfer.rows import Refusal, Row, UnreadableFile


def read(content):
    data = content.encode() if isinstance(content, str) else content
    return list(read_rows(io.BytesIO(data)))


def unreadable(content):
    rows = []
    with pytest.raises(UnreadableFile) as refused:
        rows.extend(read_rows(io.BytesIO(content.encode() if isinstance(content, str) else content)))
    return str(refused.value)


# --- CSV ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csv_is_read_in_the_forms_that_programs_write(bom, delimiter, end):
    lines = ["id{d}first_name", "1{d}Zoë", '2{d}"O\'Brien{d} ""Mac"""']
    text = bom + end.join(lines).format(d=delimiter)
    assert read(text) == [
        Row(2, {"id": "1", "first_name": "Zoë"}),
        Row(3, {"id": "2", "first_name": f'O\'Brien{delimiter} "Mac"'}),
    ]


def test_a_quoted_newline_belongs_to_its_cell_and_lines_are_counted_on():
    rows = read('id,first_name\n1,"Ana\nLuisa"\n\n2,Bo\n')
    assert rows == [Row(2, {"id": "1", "first_name": "Ana\nLuisa"}), Row(5, {"id": "2", "first_name": "Bo"})]


def test_headings_are_taken_in_any_case_and_blank_rows_do_not_count():
    assert read("\n ID ,First Name,\n,,\n1,Ana,\n") == [Row(4, {"id": "1", "first_name": "Ana"})]


def test_a_row_with_too_few_or_too_many_cells_is_refused():
    rows = read("id,first_name\n1\n2,Bo,x\n3,Cy,\n")
    assert [(row.line, type(row)) for row in rows] == [(2, Refusal), (3, Refusal), (4, Row)]
    assert rows[0].reason == "has 1 cells, the first line has 2."


def test_a_quote_that_never_ends_costs_its_own_row_only():
    names = "".join(f"{number},Ana\n" for number in range(3, 5000))
    rows = read(f'id,first_name\n1,"Ana\n2,Bo\n{names}')
    assert [row.line for row in rows] == list(range(2, 5001))
    assert [row.line for row in rows if isinstance(row, Refusal)] == [2]


def test_a_misplaced_quote_costs_its_own_row_only():
    rows = read('id,first_name\n1,"Ana" Maria\n2,"Bo"\n')
    assert [(row.line, type(row)) for row in rows] == [(2, Refusal), (3, Row)]


def test_a_csv_without_rows_is_just_that():
    assert read("id,first_name\n") == []


@pytest.mark.parametrize("content", ["name,phone\nAna,1\n", "1,Ana\n", "a\x00b", '"id\n', "id,x,ID\n"])
def test_a_csv_without_proper_headings_is_unreadable(content):
    assert "id" in unreadable(content) or "columns" in unreadable(content)


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_a_workbook_is_named_as_such_and_how_to_save_it(start):
    assert "Save it as “CSV UTF-8”" in unreadable(start + b"\x00" * 2000)


def test_the_guard_against_formulas_is_taken_off():
    assert read("id,first_name\n1,'=1+1\n2,'Ana\n") == [
        Row(2, {"id": "1", "first_name": "=1+1"}),
        Row(3, {"id": "2", "first_name": "'Ana"}),
    ]


def test_a_line_that_is_not_utf8_is_named():
    rows = read_rows(io.BytesIO(b"id,first_name\n1,Ana\n2,Zo\xeb\n"))
    assert next(rows).line == 2
    with pytest.raises(UnreadableFile, match="Line 3 is not UTF-8"):
        next(rows)


def test_a_file_without_lines_is_unreadable_and_not_held():
    endless = io.BytesIO(b"id," + b"x" * 20_000_000)
    tracemalloc.start()
    with pytest.raises(UnreadableFile, match="Line 1 is too long"):
        list(read_rows(endless))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


# --- JSON --------------------------------------------------------------------------------------

PEOPLE = [
    {"id": 1, "first_name": "Zoë"},
    {"id": "2", "first_name": "Bo", "is_recurring": True, "phone": None},
]


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("style", [{}, {"indent": 2}, {"separators": (",", ":")}, {"ensure_ascii": False}])
def test_json_is_read_in_any_layout(bom, style):
    assert [row.cells for row in read(bom + json.dumps(PEOPLE, **style))] == PEOPLE


def test_each_json_row_knows_the_line_on_which_it_begins():
    text = '[\n{\n"id": 1\n}, {"id": 2},\n\n  {"id": 3\n}]\n'
    assert [(row.line, row.number) for row in read(text)] == [(2, 1), (4, 2), (6, 3)]


def test_what_is_refused_on_one_line_is_told_by_its_row():
    (_, refused, twice) = read('[{"id": 1}, 2, {"id": 3, "ID": 4}]')
    assert [str(refused), str(twice)] == [
        "line 1, row 2, is no object like {…}.",
        "line 1, row 3, id: is there twice.",
    ]


def test_what_is_no_object_is_refused_in_its_place():
    rows = read('[1, "x", null,\n[[{"id": 9}]], {"id": 1}, true]')
    assert [(row.line, type(row)) for row in rows] == [
        (1, Refusal), (1, Refusal), (1, Refusal), (2, Refusal), (2, Row), (2, Refusal),
    ]  # fmt: skip


def test_nested_values_reach_the_columns_as_no_text():
    (row,) = read('[{"id": {"id": 2}, "email": [1, [2]], "first_name": "Ana"}]')
    assert row.cells == {"id": [], "email": [], "first_name": "Ana"}


def test_a_known_key_given_twice_is_refused():
    rows = read('[{"id": 1, "ID": 2}, {"id": 3, "x": 1, "x": 2}]')
    assert [type(row) for row in rows] == [Refusal, Row]


@pytest.mark.parametrize(
    "half", ["\\ud83d", "\\uDE00", "\\ude00\\ud83d", "\\ud83d\\u0041", "\\ud83d\\ud83d\\ude00"]
)
def test_half_a_character_costs_its_own_row_only(half):
    text = (
        '[{"id": 1, "first_name": "Ana"},\n{"id": 2, "first_name": "Bo%s"},\n{"id": 3, "first_name": "Cy"}]'
    )
    first, refused, third = read(text % half)
    assert [first.cells["first_name"], third.cells["first_name"]] == ["Ana", "Cy"]
    assert str(refused) == (
        "line 2, row 2, first_name: holds half a character, such as a cut-off emoji. Write it anew."
    )
    assert (refused.who[:2], refused.value[:3]) == ("Bo", "Bo\N{REPLACEMENT CHARACTER}")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("\\ud83d\\ude00", "😀"),
        ("\\uD83D\\uDE00?", "😀?"),
        ("\\\\ud83d", "\\ud83d"),
        ("\\\\\\ud83d\\ude00", "\\😀"),
        ("\\ud55c", "한"),
        ('\\"\\n\\u00eb', '"\në'),
    ],
)
def test_whole_characters_stay_as_they_are(written, meant):
    assert [row.cells["first_name"] for row in read(f'[{{"id": 1, "first_name": "{written}"}}]')] == [meant]


@pytest.mark.parametrize("size", range(1, 30))
def test_characters_that_lie_across_two_pieces_of_a_long_line_stay_whole(size, monkeypatch):
    monkeypatch.setattr("members.transfer.json_rows.PIECE", size)
    rows = read('[{"id": 1, "a": "\\ud83d\\ude00\\\\ud83d"}, {"id": "x\\ud83d\\n"}, {"id": "\\ude00"}]')
    assert [type(row) for row in rows] == [Row, Refusal, Refusal]
    assert rows[0].cells["a"] == "😀\\ud83d"


def test_half_a_character_in_a_column_that_is_not_read_costs_nothing():
    assert [type(row) for row in read('[{"id": 1, "x": "\\ud83d"}]')] == [Row]


def test_json_with_halves_of_characters_as_bytes_is_told_as_not_utf8():
    assert unreadable(b'[{"id": 1},\n{"id": "\xed\xa0\xbd"}]') == "Line 2 is not UTF-8."


def test_an_empty_list_is_just_that():
    assert read("[]") == []


@pytest.mark.parametrize("content", ["", " \n ", "\ufeff", "\n" * 5000])
def test_an_empty_file_is_unreadable(content, tmp_path):
    assert unreadable(content) == "The file is empty."
    file = tmp_path / "empty.json"
    file.write_text(content)
    with opened(file) as handle, pytest.raises(UnreadableFile, match="empty"):
        list(read_rows(handle))


@pytest.mark.parametrize("content", ['{"id": 1}', '{"id": 1}\n{"id": 2}\n', '{"members": [{"id": 1}]}'])
def test_json_that_is_no_list_is_unreadable(content):
    assert "one list of rows" in unreadable(content)


@pytest.mark.parametrize(
    "cut", ["[", '[{"id": 1}', '[{"id": 1},', '[{"id": 1}, {"id', '[{"id": 1}, {"id": "2']
)
def test_json_that_was_cut_off_says_so(cut):
    assert "cut off at line 1" in unreadable(cut)


@pytest.mark.parametrize(
    "broken", ["[{'id': 1}]", '[{"id": NaN}]', '[{"id": 1},]', '[{"id": 1}] x', '["a\x00b"]', b'["\xff"]']
)
def test_broken_json_names_the_line(broken):
    content = broken if isinstance(broken, bytes) else broken.encode()
    assert unreadable(b"\n" + content).startswith("Line 2 is not JSON: ")


def test_rows_before_the_break_are_read():
    rows = read_rows(io.BytesIO(b'[{"id": 1}, {"id": 2}, oops'))
    assert [next(rows).cells["id"], next(rows).cells["id"]] == [1, 2]
    with pytest.raises(UnreadableFile):
        next(rows)


def test_a_number_of_thousands_of_digits_is_met():
    assert (
        unreadable('[{"id": 1},\n{"id": ' + "9" * 50_000 + "}]") == "Line 2 holds a number that is too long."
    )


def test_a_row_without_end_is_not_held():
    assert "too long" in unreadable('[\n{"id": "' + "x" * 3_000_000)
    assert "too long" in unreadable("[\n" + "[\n" * 600_000)


def test_utf16_is_unreadable():
    assert "not UTF-8" in unreadable("id,first_name\n".encode("utf-16"))


def test_a_file_that_cannot_be_opened_is_unreadable(tmp_path):
    for path in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(UnreadableFile, match="cannot be opened"), opened(path):
            pass


@pytest.mark.parametrize("start", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"%PDF-1.7"])
def test_a_picture_is_called_one(start: bytes) -> None:
    with pytest.raises(UnreadableFile, match="a picture or a PDF"):
        list(read_rows(io.BytesIO(start + b"\n1,2\n")))
