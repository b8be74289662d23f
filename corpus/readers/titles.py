"""Which of the titles that files carry are titles."""

from __future__ import annotations

import re
from typing import Final

LONGEST_TITLE: Final = 200

_CONTROLS: Final = dict.fromkeys((*range(32), *range(127, 160)), " ")
_NO_TITLE: Final = re.compile(
    r"\W*(?:untitled|title|unknown|none|(?:document|slide|presentation|book|sheet|page)\W*\d*|"
    r"(?:powerpoint presentation|word document)\W*\d*|microsoft (?:word|powerpoint|excel)\b.*|"
    r"[a-z]:\\.*|https?://.*|"
    r".*\.(?:docx?|pdf|xlsx?|pptx?|indd|tex|dvi|qxd|rtf|od[tps]|x?html?|e?ps|txt|fm|pmd|ai))\W*",
    re.I,
)


def property_title(stored: str) -> str:
    """Return the title in a file's properties on one line, empty when software made it up."""
    title = " ".join(stored.translate(_CONTROLS).split())
    is_code = " " not in title and not title.isalpha()
    return "" if is_code or len(title) > LONGEST_TITLE or _NO_TITLE.fullmatch(title) else title
