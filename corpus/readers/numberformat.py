"""Numbers in cells as a person sees them, by the codes of Excel's number formats.

Dates and times are written the ISO way, whatever order a format puts them in, and only as finely
as it shows them. The codes are those of ECMA-376, part 1, 18.8.31.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache
from typing import Final

BUILT_IN: Final = {
    **{1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00"},
    **{12: "# ?/?", 13: "# ??/??", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy"},
    **{18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm"},
    **dict.fromkeys((27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 55, 56, 57, 58), "yyyy-mm-dd"),
    **dict.fromkeys((37, 38), "#,##0_);(#,##0)"),
    **dict.fromkeys((39, 40), "#,##0.00_);(#,##0.00)"),
    **{45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@"},
}
"""The codes of the formats that files name by number alone; any other number is General."""

GENERAL: Final = "General"

_EPOCHS: Final = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}
_CALENDAR_END: Final = 2_958_466  # 10000-01-01
_MONTH: Final = re.compile(r"(?<![hsm])m+(?![ms])")  # any other m is minutes
_CONDITION: Final = re.compile(r"\[[<>=]")
_LONGEST_CODE: Final = 255  # characters, Excel's own bound
_MOST_DECIMALS: Final = 30
_EXACT: Final = 1e15  # above it, a number's last digits are not its own

_TOKEN: Final = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_.|\*.|\[\$(?P<currency>[^\]-]*)[^\]]*\]'
    r"|\[(?P<elapsed>h+|m+|s+)\]|\[[^\]]*\]|(?P<digits>[0#?](?:[0#?,.]*[0#?])?(?P<scale>,*)|\.[0#?]+)"
    r"|(?P<exponent>E[+-][0#?]+)|(?P<clock>AM/PM|A/P)|(?P<date>[ymdhs]+|e)|(?P<plain>.)",
    re.I | re.S,
)


@dataclass(frozen=True, slots=True)
class _Section:
    """What one section of a code says."""

    before: str = ""
    digits: str = ""
    after: str = ""
    thousands: int = 0
    exponent: bool = False
    percents: int = 0
    date: str = ""
    elapsed: bool = False
    general: bool = False


def show(value: float, code: str, *, from_1904: bool = False) -> str:
    """Return ``value`` as ``code`` shows it; dates count days from 1900 or 1904."""
    if code == GENERAL:
        return _general(value)
    sections = _sections(code[:_LONGEST_CODE])
    index = 1 if value < 0 else 2 if value == 0 else 0
    section = sections[index] if index < len(sections) else sections[0]
    if section.date:
        return _date(value, section, from_1904) or _general(value)
    if section.general:
        return section.before + _general(value) + section.after
    if not section.digits:
        return section.before + section.after
    signed = value < 0 and index >= len(sections)
    return ("-" if signed else "") + section.before + _number(abs(value), section) + section.after


def _general(value: float) -> str:
    if value == int(value) and abs(value) < _EXACT:
        return str(int(value))
    return format(value, ".15g")


def _number(value: float, section: _Section) -> str:
    """Return a number without sign by its digit places, rounded as Excel rounds."""
    whole, _, fraction = section.digits.partition(".")
    places = min(len(fraction), _MOST_DECIMALS)
    if section.exponent:
        return format(value, f".{places}E")
    with localcontext() as context:
        context.prec = 400  # a float has at most 309 digits before its point
        number = Decimal(repr(value)).scaleb(2 * section.percents - 3 * section.thousands)
        number = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        text = format(number, ",f" if "," in whole else "f")
    left, _, right = text.partition(".")
    if left == "0" and "0" not in whole:
        left = ""
    elif "," not in whole:
        left = left.zfill(whole.count("0"))
    needed = sum(place in "0?" for place in fraction)
    while len(right) > needed and right.endswith("0"):
        right = right[:-1]
    return f"{left}.{right}" if right else left


def _date(value: float, section: _Section, from_1904: bool) -> str:
    """Return a date, a time or a duration; empty when the number is none."""
    if abs(value) > _CALENDAR_END:
        return ""
    seconds = round(value * 86_400)
    if section.elapsed:
        hours, rest = divmod(abs(seconds), 3600)
        return f"{'-' * (seconds < 0)}{hours}:{rest // 60:02}:{rest % 60:02}"
    days = _CALENDAR_END - from_1904 * (_EPOCHS[True] - _EPOCHS[False]).days
    if not 0 <= seconds < days * 86_400:
        return ""
    early = value < 60 and not from_1904  # 1900 was no leap year, but Lotus took it for one
    moment = _EPOCHS[from_1904] + timedelta(days=int(early), seconds=seconds)
    clock = moment.strftime("%H:%M:%S" if moment.second else "%H:%M")
    has_month = _MONTH.search(section.date) is not None
    if "d" in section.date or "e" in section.date:
        day = f"{moment.year:04}-{moment.month:02}-{moment.day:02}"
    elif "y" in section.date or ("h" not in section.date and has_month):
        day = f"{moment.year:04}" + (f"-{moment.month:02}" if has_month else "")
    else:
        return clock
    return f"{day} {clock}" if "h" in section.date and clock != "00:00" else day


@lru_cache(maxsize=1_000)
def _sections(code: str) -> tuple[_Section, ...]:
    """Read a code once: many cells share it. Conditions are not weighed."""
    if _CONDITION.search(code):
        return (_Section(general=True),)
    sections = [_section(part) for part in _split(code)]
    return tuple(sections[:3]) or (_Section(general=True),)


def _split(code: str) -> list[str]:
    """Cut a code at the semicolons that are not quoted."""
    parts = [""]
    for match in _TOKEN.finditer(code):
        if match["plain"] == ";":
            parts.append("")
        else:
            parts[-1] += match[0]
    return parts


def _section(code: str) -> _Section:
    """Sort the tokens of a section into digit places, parts of a date, and the texts around."""
    if code.strip().lower() in ("", "@", "general") and ";" not in code:
        return _Section(general=code.strip().lower() != "")
    texts = ["", ""]
    digits = date = ""
    general = elapsed = exponent = False
    thousands = percents = groups = 0
    code = re.sub("general", "\x00", code, flags=re.I)
    for match in _TOKEN.finditer(code):
        side = int(bool(digits) or general)
        if match["digits"]:
            groups += 1
            digits += match["digits"].rstrip(",")
            thousands += len(match["scale"] or "")
        elif match["exponent"]:
            exponent = True
        elif match["elapsed"]:
            elapsed, date = True, date + match["elapsed"].lower()
        elif match["date"] or match["clock"]:
            date += (match["date"] or "").lower()
        elif match["plain"] == "\x00" or match["plain"] == "@":
            general = True
        else:
            text = match["quoted"] or match["escaped"] or match["currency"] or match["plain"] or ""
            percents += match["plain"] == "%"
            texts[side] += text
    if groups > 1 and not date:  # fractions and telephone numbers are shown as they are stored
        return _Section(general=True)
    before, after = texts
    return _Section(before, digits, after, thousands, exponent, percents, date, elapsed, general)
