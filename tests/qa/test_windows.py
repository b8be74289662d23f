"""Parts of a text: together they are all of it, and none is too long."""

from hypothesis import given
from hypothesis import strategies as st

from qa.windows import after, around, before

TEXTS = st.text("ab \n", max_size=200)
SIZES = st.integers(4, 40)


@given(TEXTS, SIZES, st.data())
def test_from_any_window_on_the_text_is_read_to_its_end_and_back(text, size, data):
    bounds = (0, len(text))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    first, last = around(text, bounds, (start, end), size)
    assert first <= start
    assert last >= min(end, start + size) or last - first == size
    parts = [(first, last)]
    while parts[-1][1] < len(text):
        parts.append(after(text, bounds, parts[-1][1], size))
    while parts[0][0] > 0:
        parts.insert(0, before(text, bounds, parts[0][0], size))
    assert "".join(text[a:b] for a, b in parts) == text
    assert all(b - a <= size for a, b in parts)


@given(TEXTS, SIZES, st.data())
def test_no_window_leaves_its_bounds(text, size, data):
    low = data.draw(st.integers(0, len(text)))
    high = data.draw(st.integers(low, len(text)))
    place = data.draw(st.integers(low, high))
    for first, last in (
        around(text, (low, high), (place, place), size),
        after(text, (low, high), place, size),
        before(text, (low, high), place, size),
    ):
        assert low <= first <= last <= high


def test_windows_end_at_lines_and_else_at_words():
    text = "one two\nthree four five six"
    assert after(text, (0, len(text)), 0, 9) == (0, 8)
    assert after(text, (0, len(text)), 8, 12) == (8, 19)
    assert before(text, (0, len(text)), len(text), 16) == (14, 27)
    assert after("x" * 99, (0, 99), 0, 9) == (0, 9)
