"""The layout around every e-mail, and the plain form of one of which only the HTML was written."""

from html.parser import HTMLParser

import pytest

from messaging.rules.email_layout import PREHEADER, laid_out, preheader_of, text_of

BODY = "<p>Hi John,</p><p>see you <a href='https://book.example/'>here</a>.</p>"


def whole(html: str = BODY, **given: str) -> str:
    return laid_out(html, **{"subject": "We missed you", "text": "Hi John", **given})


class Balance(HTMLParser):
    """Which elements are open where they must not be."""

    VOID = frozenset({"meta", "br", "img", "hr", "link", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.comments: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def test_it_is_one_well_formed_page_with_the_words_inside() -> None:
    page = Balance()
    page.feed(whole())
    assert (page.open, page.wrong) == ([], [])
    assert BODY in whole()
    assert whole().startswith("<!doctype html>")


def test_outlook_alone_reads_a_table_of_the_width() -> None:
    page = Balance()
    page.feed(whole())
    opening, closing = page.comments
    assert opening.startswith('[if mso]><table role="presentation" align="center" width="600"')
    assert closing.endswith("</table><![endif]")
    # What Outlook opens it also closes.
    table = Balance()
    table.feed("".join(one.removeprefix("[if mso]>").removesuffix("<![endif]") for one in page.comments))
    assert (table.open, table.wrong) == ([], [])
    assert "max-width:600px" in whole()


def test_it_turns_dark_where_the_reader_does_and_is_readable_without_the_head() -> None:
    assert "prefers-color-scheme: dark" in whole()
    assert '<meta name="color-scheme" content="light dark">' in whole()
    body = whole().partition("</head>")[2]
    assert "background:#ffffff;color:#1f2328" in body


def test_nothing_is_loaded_from_anywhere() -> None:
    for asks in ("src=", "@import", "url(", "<link", "<script"):
        assert asks not in whole("<p>Hi</p>")


def test_the_subject_and_the_beginning_are_harmless() -> None:
    page = whole(subject="</title><script>", text="</div><b>Hi</b>", language='de"><script>')
    assert "<script>" not in page
    assert "<b>Hi</b>" not in page
    assert ' lang="de&quot;' in page


def test_the_language_is_said_for_whoever_has_it_read_aloud() -> None:
    assert '<html lang="de" dir="auto">' in whole(language="de")
    assert '<html dir="auto">' in whole()


@pytest.mark.parametrize(
    "page", ["<!doctype html><html><body>Own</body></html>", "<html>Own</html>", " <BODY>Own"]
)
def test_a_whole_page_stays_as_it_was_written(page: str) -> None:
    assert whole(page) == page


def test_the_preheader_is_the_beginning_and_ends_with_a_whole_word() -> None:
    assert preheader_of("Hi John,\n\nsee   you") == "Hi John, see you"
    long = preheader_of("word " * 60)
    assert len(long) <= PREHEADER + 2
    assert long.endswith("word …")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (BODY, "Hi John,\n\nsee you here (https://book.example/)."),
        ("<p>One<br>two</p>", "One\ntwo"),
        ("<ul><li>One</li><li>Two</li></ul>", "- One\n- Two"),
        ('<a href="https://a.example/">https://a.example/</a>', "https://a.example/"),
        ('<a href="mailto:a@b.example">a@b.example</a>', "a@b.example"),
        ("<p>Fish &amp; chips &lt;3</p>", "Fish & chips <3"),
        ("<style>p { color: red }</style><script>x()</script><p>Hi</p>", "Hi"),
        ('<p>Hi <img src="x.png" alt="there"></p>', "Hi there"),
        ("<p>  much \n space </p>\n\n\n<p>here</p>", "much space\n\nhere"),
        ("<h1>Big</h1><div><p>Small</p></div>", "Big\n\nSmall"),
        ("", ""),
        ("<p>never closed <a href='https://x.example/'>link", "never closed link"),
    ],
)
def test_the_plain_form_says_the_same(html: str, text: str) -> None:
    assert text_of(html) == text
