"""The layout of every e-mail: staff write words or a few paragraphs of HTML, and this stands around them.

Plain on purpose: one column of at most 600 pixels, the reader's own fonts, no picture. Outlook for Windows knows no
max-width, so it gets a table of that width in a comment that only it reads; mail programs that follow
`prefers-color-scheme` turn dark by the styles in the head, and the others keep the light ones written at each element.
https://www.caniemail.com/features/css-at-media-prefers-color-scheme/
"""

import re
from html import escape
from html.parser import HTMLParser

WIDTH = 600
PREHEADER = 110
"""Characters beside the subject in a list of mails; what comes after them is not shown."""

WHOLE = re.compile(r"<\s*(?:!doctype|html|body)\b", re.IGNORECASE)
FILLER = "&#847;&zwnj;&nbsp;" * 40
"""Keeps the beginning of the text from being read once more after a short preheader."""

HEAD = """<!doctype html>
<html{lang} dir="auto">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
@media (prefers-color-scheme: dark) {{
.rollcall-page {{ background: #16181d !important; }}
.rollcall-words {{ background: #22252b !important; color: #eceef1 !important; }}
.rollcall-words a {{ color: #7dd3b0 !important; }}
}}
</style>
</head>
<body class="rollcall-page" style="margin:0;padding:0;background:#f3f4f6;">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all;">{preheader}{filler}</div>
<!--[if mso]><table role="presentation" align="center" width="{width}" cellpadding="0" cellspacing="0"><tr><td><![endif]-->
<div class="rollcall-words" style="max-width:{width}px;margin:0 auto;background:#ffffff;color:#1f2328;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5;">
<div style="padding:24px;">
"""
FOOT = """
</div>
</div>
<!--[if mso]></td></tr></table><![endif]-->
</body>
</html>
"""


def laid_out(html: str, *, subject: str, text: str, language: str = "") -> str:
    """The whole e-mail around `html`, unless that is a whole page by itself; `text` is its plain form, for the preheader."""
    if WHOLE.search(html):
        return html
    head = HEAD.format(
        lang=f' lang="{escape(language)}"' if language else "",
        title=escape(subject),
        preheader=escape(preheader_of(text)),
        filler=FILLER,
        width=WIDTH,
    )
    return f"{head}{html.strip()}{FOOT}"


def preheader_of(text: str) -> str:
    """The beginning of the text on one line, ending with a whole word."""
    line = " ".join(text.split())
    return line if len(line) <= PREHEADER else f"{line[:PREHEADER].rsplit(' ', 1)[0]} …"


def text_of(html: str) -> str:
    """The plain form of an e-mail of which only the HTML was written: paragraphs apart, each link with its address."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.said).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    APART = frozenset({"p", "div", "table", "ul", "ol", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"})
    UNSAID = frozenset({"style", "script", "title", "head"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._unsaid = 0
        self._link = ("", 0)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in self.UNSAID:
            self._unsaid += 1
        elif tag in self.APART:
            self.said.append("\n\n")
        elif tag in ("br", "tr"):
            self.said.append("\n")
        elif tag == "li":
            self.said.append("\n- ")
        elif tag == "a":
            self._link = (given.get("href") or "", len(self.said))
        elif tag == "img" and given.get("alt"):
            self._say(given["alt"] or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.UNSAID:
            self._unsaid = max(0, self._unsaid - 1)
        elif tag in self.APART:
            self.said.append("\n\n")
        elif tag == "a":
            where, since = self._link
            words = " ".join("".join(self.said[since:]).split())
            address = where.removeprefix("mailto:").removeprefix("tel:")
            if address and address != words and not address.startswith("#"):
                self.said.append(f" ({address})" if words else address)
            self._link = ("", 0)

    def handle_data(self, data: str) -> None:
        self._say(re.sub(r"\s+", " ", data))

    def _say(self, words: str) -> None:
        if not self._unsaid:
            self.said.append(words)
