"""Number formats show numbers as Excel does, and dates the ISO way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.readers.numberformat import BUILT_IN, show

ACCOUNTING = '_-* #,##0.00\\ _€_-;-* #,##0.00\\ _€_-;_-* "-"??\\ _€_-;_-@_-'


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (45123.0, "General", "45123"),
        (0.1 + 0.2, "General", "0.3"),
        (-7.0, "General", "-7"),
        (1e20, "General", "1e+20"),
        (2.5, "0", "3"),
        (-2.5, "0", "-3"),
        (0.125, "0.0%", "12.5%"),
        (0.5, BUILT_IN[9], "50%"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (-1234.5, "#,##0.00_);(#,##0.00)", "(1,234.50)"),
        (-3, "0;[Red]-0", "-3"),
        (0, '0;-0;"nil"', "nil"),
        (1_500_000, '0.0,,"M"', "1.5M"),
        (5, "00000", "00005"),
        (12.5, "0.##", "12.5"),
        (12, "0.0#", "12.0"),
        (0.5, "#.0", ".5"),
        (3, '"Q"0', "Q3"),
        (2.5, "0.0\\ k\\g", "2.5 kg"),
        (1234.5, "[$€-407]\\ #,##0.00", "€ 1,234.50"),
        (123456, "0.00E+00", "1.23E+05"),
        (1.5, "# ?/?", "1.5"),
        (5551234567, "(000) 000-0000", "5551234567"),
        (5, "[<1]0%;0", "5"),
        (7, ";;;", ""),
        (0, ACCOUNTING, "- "),
        (1.5, ACCOUNTING, "1.50 "),
        (45352, "dd/mm/yyyy", "2024-03-01"),
        (45352, "[$-409]d\\-mmm\\-yy;@", "2024-03-01"),
        (45352, "mmm-yy", "2024-03"),
        (45352, "yyyy", "2024"),
        (45352, "yyyy年mm月dd日", "2024-03-01"),
        (45352.0, "m/d/yy h:mm", "2024-03-01"),
        (45352.545138888891, "m/d/yy h:mm", "2024-03-01 13:05"),
        (0.3958333333, "h:mm AM/PM", "09:30"),
        (0.5, "mm:ss", "12:00"),
        (1.2534722222, "[h]:mm:ss", "30:05:00"),
        (1, "yyyy-mm-dd", "1900-01-01"),
        (2_958_465, "yyyy-mm-dd", "9999-12-31"),
        (2_958_465.9999999, "yyyy-mm-dd", "2958465.9999999"),
        (61, "yyyy-mm-dd", "1900-03-01"),
        (-1, "yyyy-mm-dd", "-1"),
        (3_000_000, "yyyy-mm-dd", "3000000"),
    ],
)
def test_a_number_is_shown_by_its_format(value, code, shown):
    assert show(value, code) == shown


def test_dates_may_count_from_1904():
    assert show(43890, "yyyy-mm-dd", from_1904=True) == "2024-03-01"


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.text('0#?.,%;[]hmsyd@\\"E+-_*$GenralAMP/ ', max_size=40),
    st.booleans(),
)
def test_any_code_shows_something_for_any_number(value, code, from_1904):
    assert isinstance(show(value, code, from_1904=from_1904), str)


@given(st.integers(1, 2_958_464))
def test_every_day_of_the_calendar_is_shown_in_order(day):
    assert show(day, "d/m/y") < show(day + 1, "d/m/y") or day == 59  # Lotus's 29 February 1900
