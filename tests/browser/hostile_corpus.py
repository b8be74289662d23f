"""Documents whose names, titles and words try to become markup, script, links or templates.

Whatever of them takes effect can be seen: it opens a dialog, raises an error, asks for an address
that holds ``leaked``, or is an element that is none of ours.
"""

from __future__ import annotations

import html
import json
import zipfile
from pathlib import Path

TRICKS = (
    "<script>alert(1)</script><script src=//leaked.invalid/x.js></script>",
    "<img src=leaked.png onerror=alert(2)>",
    '"><svg onload=alert(3)><animate onbegin=alert(3) attributeName=x dur=1s>',
    "'><iframe src=javascript:alert(4) srcdoc='<script>alert(4)</script>'></iframe>",
    "</p></li></ol></section></div></template></textarea></title><b class=leaked>out</b>",
    "<a href=\"javascript:alert(5)\" target=leaked>click</a> <a href='data:text/html,leaked'>x</a>",
    "[click](javascript:alert(6)) ![x](leaked.png) <javascript:alert(6)> [a]: data:leaked",
    "${alert(7)} ${(() => { throw 7 })()} #{alert(7)} <%= alert(7) %> @{alert(7)}",
    "{{constructor.constructor('alert(8)')()}} {{#each value}}x{{/each}} {% include leaked %}",
    "{@html '<img src=leaked onerror=alert(9)>'} {#if true}x{/if} `${alert(9)}`",
    "<style>*{display:none}</style><link rel=stylesheet href=//leaked.invalid/x.css>",
    '</style><div style="position:fixed;inset:0;background:url(//leaked.invalid/x)">cover</div>',
    "<form action=//leaked.invalid><input name=leaked autofocus onfocus=alert(10)></form>",
    "<details open ontoggle=alert(11)><summary>x</summary></details><marquee onstart=alert(11)>",
    "<meta http-equiv=refresh content='0;url=//leaked.invalid'><base href=//leaked.invalid/>",
    "<math><mtext></p><svg><style><img src=leaked onerror=alert(12)></style></svg></mtext></math>",
    "&lt;img src=leaked onerror=alert(13)&gt; &#x3c;script&#x3e;alert(13)&#x3c;/script&#x3e;",
    "\\u003cscript\\u003ealert(14)\\u003c/script\\u003e \\x3cimg src=leaked\\x3e %3Cscript%3E",
    "```html\n<script>alert(15)</script>\n``` $$\\href{javascript:alert(15)}{x}$$ :::leaked",
    "]]> <!-- --!> --> <![CDATA[ <object data=leaked.swf></object> <embed src=leaked> ]]>",
    "\u202e\u2067gnp.exe\u2069 \u200b\u200d\ufeff\u2028\u2029 \x1b[2J\x07 z\u0351\u0352",
    "<audio src=leaked onerror=alert(16)><video><source onerror=alert(16)></video>",
    "<select><option onclick=alert(17)></select><keygen autofocus><isindex type=image src=leaked>",
)
"""Each stands in a document of its own: in its name, its title and its words."""

QUESTION = "What is the password of the harbour gate?"
LONG_WORD = "w" * 3_000
BOTTOMLESS = "z\u0335" + "\u0351" * 300  # one letter that towers over the lines round it


def write_documents(folder: Path) -> None:
    """Write the documents into a folder."""
    for number, trick in enumerate(TRICKS):
        words = f"The password of the harbour gate number {number} is {trick} in the evening."
        (folder / f"{file_name(trick)}.md").write_text(f"# {trick}\n\n{words}\n", encoding="utf-8")
    (folder / "page.html").write_text(_page(), encoding="utf-8")
    (folder / "table.csv").write_text(_table(), encoding="utf-8")
    (folder / "data.json").write_text(
        json.dumps(dict(zip(TRICKS, TRICKS, strict=True))), encoding="utf-8"
    )
    (folder / f"{LONG_WORD[:200]}.txt").write_text(
        f"The password of the harbour gate is {LONG_WORD}.\n\n{BOTTOMLESS * 20}\n", "utf-8"
    )
    line = " ".join(f"Entry {at} of the diary: {TRICKS[0]}." for at in range(500))
    (folder / "one line.txt").write_text(line, encoding="utf-8")
    (folder / f"broken {file_name(TRICKS[1])}.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<<")
    with zipfile.ZipFile(folder / "members.zip", "w") as archive:
        for trick in TRICKS[:4]:
            archive.writestr(
                f"{trick}/../{file_name(trick)}.txt", f"Harbour gate, password {trick}"
            )
        archive.writestr("<img src=leaked onerror=alert(20)>.xlsx", b"no workbook")


def file_name(trick: str) -> str:
    """Return a trick as most file systems take it for a name."""
    return "".join(c for c in trick if c not in "/\x00\n")[:120]


def _page() -> str:
    """Return HTML that shows the tricks as text, and has them at work too."""
    shown = "".join(f"<p>The harbour gate's password: {html.escape(trick)}</p>" for trick in TRICKS)
    alive = "".join(f"<p>Harbour password {trick}</p>" for trick in TRICKS)
    title = html.escape(TRICKS[0] + TRICKS[4])
    return f"<html><head><title>{title}</title></head><body>{shown}{alive}</body></html>"


def _table() -> str:
    cells = ['"' + trick.replace('"', '""') + '"' for trick in TRICKS]
    formula = "=cmd|'/C calc'!A0"
    return f"{','.join(cells)}\n{','.join(f'password {formula}' for _ in cells)}\n"
