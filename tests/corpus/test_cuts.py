"""Where passages may be cut, and which cuts cost least, by hand and held against all others."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.cuts import (
    LONGEST_PASSAGE,
    Piece,
    Unit,
    best_cuts,
    halves,
    parts_of_row,
    pieces_of,
    regions,
    with_tiny_rows_joined,
)
from corpus.types import Document, Heading, Page, Table

LONG = 600


def spans(pieces):
    return [(piece.start, piece.end) for piece in pieces]


def texts(document, start=0, end=None):
    end = len(document.text) if end is None else end
    return [document.text[p.start : p.end] for p in pieces_of(document, start, end)]


def table(*rows, headers=1, before=""):
    """Return a document of one table, after some text."""
    starts = [len(before)]
    for row in rows[:-1]:
        starts.append(starts[-1] + len(row) + 1)
    text = before + "\n".join(rows) + "\n"
    return Document(text, tables=(Table(len(before), len(text), tuple(starts), headers),))


# Regions


def test_regions_end_where_pages_and_headings_do():
    text = "one\n\ntwo\n\nHead\n\nthree"
    pages = (Page(1, 0, 5), Page(2, 5, len(text)))
    document = Document(text, pages=pages, headings=(Heading(10, 14, 1, "Head"),))
    assert [text[a:b] for a, b in regions(document)] == ["one", "two", "Head\n\nthree"]


def test_text_outside_of_pages_is_a_region_and_blank_text_none():
    text = "  \n\nbefore\n\npage\n\nafter \n"
    document = Document(text, pages=(Page(1, 12, 16),))
    assert [text[a:b] for a, b in regions(document)] == ["before", "page", "after"]
    assert list(regions(Document(" \n "))) == []


def test_a_heading_right_under_another_begins_no_region():
    text = "One\n\nTwo\n\nbody\n\nThree"
    headings = (Heading(0, 3, 1, "One"), Heading(5, 8, 2, "Two"), Heading(16, 21, 1, "Three"))
    found = [text[a:b] for a, b in regions(Document(text, headings=headings))]
    assert found == ["One\n\nTwo\n\nbody", "Three"]


# Pieces


def test_sentences_cost_more_to_part_within_a_paragraph():
    document = Document("First one. Second one.\n\nThird one.")
    found = list(pieces_of(document, 0, len(document.text)))
    assert [(p.cost, p.repeatable, p.row) for p in found] == [
        (0.0, True, False),
        (0.2, True, False),
        (0.0, True, False),
    ]
    assert spans(pieces_of(document, 11, 22)) == [(11, 22)]


def test_rows_cost_what_their_places_do():
    document = table("Name | Age", "unit | years", "Ann | 5", "Bob | 6", headers=2)
    found = list(pieces_of(document, 0, len(document.text)))
    assert texts(document) == ["Name | Age", "unit | years", "Ann | 5", "Bob | 6"]
    assert [p.cost for p in found] == [0.0, 2.0, 2.0, 0.1]
    assert all(p.row and not p.repeatable for p in found)
    bare = table("Ann | 5", "Bob | 6", headers=0)
    assert [p.cost for p in pieces_of(bare, 0, len(bare.text))] == [0.0, 0.1]


def test_text_around_tables_is_sentences():
    before = "Words here. More.\n\n"
    one = table("a | b", "c | d", before=before)
    both = Document(
        one.text + "\nBetween.\n\n" + "e | f\ng | h\n",
        tables=(*one.tables, Table(42, 54, (42, 48), 1)),
    )
    assert both.text[42:47] == "e | f"
    rows = ["a | b", "c | d", "e | f", "g | h"]
    assert texts(both) == ["Words here.", "More.", *rows[:2], "Between.", *rows[2:]]
    kinds = [p.row for p in pieces_of(both, 0, len(both.text))]
    assert kinds == [False, False, True, True, False, True, True]


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (0, 6, ["a | b"]),
        (6, 18, ["c | d", "e | f"]),
        (8, 14, ["| d", "e"]),  # amid rows
        (12, 12, []),
        (17, 18, []),
        (6, 40, ["c | d", "e | f", "After."]),
    ],
)
def test_what_of_a_table_lies_within_a_region_is_its_rows(start, end, found):
    document = table("a | b", "c | d", "e | f")
    document = Document(document.text + "\nAfter.", tables=document.tables)
    assert texts(document, start, min(end, len(document.text))) == found


def test_a_cut_table_goes_on_with_the_costs_of_its_rows():
    document = table("a | b", "c | d", "e | f")
    assert [p.cost for p in pieces_of(document, 6, 18)] == [2.0, 0.1]
    assert [p.cost for p in pieces_of(document, 12, 18)] == [0.1]


# Long sentences


def test_a_long_sentence_is_cut_behind_a_line_in_its_second_half():
    text = "a" * 400 + "\n" + "b " * 150
    assert spans(pieces_of(Document(text), 0, len(text)))[0] == (0, 400)


def test_a_line_in_the_first_half_is_no_better_than_a_space():
    text = "a" * 200 + "\n" + "b" * 300 + " " + "c" * 300
    assert spans(pieces_of(Document(text), 0, len(text))) == [(0, 501), (502, 802)]


def test_a_line_in_the_first_half_is_better_than_no_space():
    text = "a" * 200 + "\n" + "b" * 500
    assert spans(pieces_of(Document(text), 0, len(text))) == [(0, 200), (201, 701)]


def test_without_white_space_it_is_cut_behind_the_last_cell_else_anywhere():
    text = "a" * 100 + "," + "b" * 100 + ";" + "c" * 500
    assert spans(pieces_of(Document(text), 0, len(text))) == [(0, 202), (202, 702)]
    text = "x" * 1500
    parts = list(pieces_of(Document(text), 0, 1500))
    assert spans(parts) == [(0, 600), (600, 1200), (1200, 1500)]
    assert [p.repeatable for p in parts] == [False] * 3
    assert [p.cost for p in parts] == [0.0, 0.2, 0.2]


@pytest.mark.parametrize(("length", "count"), [(LONG, 1), (LONG + 1, 2)])
def test_a_sentence_is_long_above_600_characters(length, count):
    assert len(spans(pieces_of(Document("x" * length), 0, length))) == count


def test_white_space_at_a_cut_is_in_neither_part():
    text = "a" * 590 + "   \n  " + "b" * 20
    assert spans(pieces_of(Document(text), 0, len(text))) == [(0, 590), (596, 616)]


def test_parts_of_a_row_begin_at_its_cost():
    text = "Left. Right. " + "x" * 700
    parts = list(parts_of_row(text, Piece(0, len(text), cost=2.0, row=True)))
    assert spans(parts) == [(0, 5), (6, 12), (13, 613), (613, 713)]
    assert [p.cost for p in parts] == [2.0, 0.4, 0.4, 0.4]
    assert not any(p.row for p in parts)


# Tiny rows


def rows_of(*sizes, length=10, cost=0.1):
    """Return units of rows with so many tokens each, one after the other."""
    return [
        Unit(Piece(at * length, (at + 1) * length - 1, cost, row=True), tokens, 100 + at)
        for at, tokens in enumerate(sizes)
    ]


def joined(units, most=10):
    return [(u.piece.start, u.piece.end, u.tokens) for u in with_tiny_rows_joined(units, most)]


def test_rows_are_joined_up_to_so_many_tokens():
    assert joined(rows_of(4, 6, 1, 9, 11, 3)) == [
        (0, 19, 10),
        (20, 39, 10),
        (40, 49, 11),
        (50, 59, 3),
    ]
    assert joined(rows_of(4, 7)) == [(0, 9, 4), (10, 19, 7)]
    assert joined([]) == []
    assert joined(rows_of(3)) == [(0, 9, 3)]


def test_joined_rows_begin_with_the_room_and_the_cost_of_the_first():
    first, *rest = rows_of(1, 1, 1)
    first = Unit(Piece(0, 9, 2.0, row=True), 1, 50)
    [unit] = with_tiny_rows_joined([first, *rest], 10)
    assert (unit.room, unit.piece.cost, unit.piece.row) == (50, 2.0, True)


@pytest.mark.parametrize(("length", "count"), [(300, 1), (301, 2)])
def test_joined_rows_are_no_longer_than_a_sentence_may_be(length, count):
    units = [
        Unit(Piece(0, 299, 0.1, row=True), 1, 100),
        Unit(Piece(300, 300 + length, 0.1, row=True), 1, 100),
    ]
    assert len(joined(units)) == count


def test_a_header_and_what_is_no_row_are_joined_with_nothing():
    header, row, other = rows_of(1, 1, 1)
    under = Unit(Piece(10, 19, 2.0, row=True), 1, 100)
    assert len(joined([header, under, other])) == 2  # the row under it joins the one above
    text = Unit(Piece(10, 19, 0.1), 1, 100)
    assert len(joined([header, text, other])) == 3
    assert len(joined([text, row])) == 2


# Halves


def test_a_span_is_halved_at_the_row_nearest_to_its_middle():
    text = "x" * 100
    assert halves(text, 0, 100, [10, 45, 60]) == [(0, 45), (45, 100)]
    assert halves(text, 0, 100, [10, 42, 55]) == [(0, 55), (55, 100)]
    assert halves(text, 20, 40, [0, 20, 40, 60]) == [(20, 30), (30, 40)]  # none lies within
    assert halves(text, 0, 100, [1, 99]) == [(0, 1), (1, 100)]
    assert halves(text, 0, 100, [50]) == [(0, 50), (50, 100)]


def test_a_span_is_halved_at_white_space_without_rows():
    assert halves("aa bbbb cc", 0, 10) == [(0, 7), (8, 10)]
    assert halves("aaaa bbbbbbbb", 0, 13) == [(0, 4), (5, 13)]
    assert halves("aaaaaaaa bbbb", 0, 13) == [(0, 8), (9, 13)]
    assert halves("a bbbbbbbb", 0, 10) == [(0, 1), (2, 10)]


def test_a_span_without_white_space_is_halved_in_its_middle():
    assert halves("abcdefgh", 0, 8) == [(0, 4), (4, 8)]
    assert halves(" abcdefgh", 1, 9) == [(1, 5), (5, 9)], "what stands before it is not of it"
    assert halves("ab", 0, 2) == [(0, 1), (1, 2)]
    assert halves("x abcdefgh y", 2, 10) == [(2, 6), (6, 10)]


# Cuts


def cost_of(units, cuts, target, hard):
    """Return what cuts cost, None where a passage of several units is too large."""
    cost = 0.0
    for first, last in pairwise(cuts):
        size = sum(unit.tokens for unit in units[first:last])
        limit = min(units[first].room, hard)
        length = units[last - 1].piece.end - units[first].piece.start
        if last - first > 1 and (size > limit or length > LONGEST_PASSAGE):
            return None
        aim = min(target, limit)
        cost += ((size - aim) / aim) ** 2
        cost += units[last].piece.cost if last < len(units) else 0.0
    return cost


@st.composite
def unit_lists(draw):
    units, start = [], 0
    for _ in range(draw(st.integers(1, 8))):
        length = draw(st.sampled_from([1, 5, 1500, 2000, 4100]))
        cost = draw(st.sampled_from([0.0, 0.1, 0.2, 2.0]))
        tokens, room = draw(st.integers(1, 40)), draw(st.sampled_from([12, 30, 99]))
        units.append(Unit(Piece(start, start + length, cost), tokens, room))
        start += length + 1
    return units


@given(unit_lists(), st.sampled_from([8, 20]), st.sampled_from([12, 30]))
def test_no_cuts_cost_less(units, target, hard):
    inner = range(1, len(units))
    every = [
        (0, *chosen, len(units))
        for count in range(len(units))
        for chosen in combinations(inner, count)
    ]
    costs = [cost for cuts in every if (cost := cost_of(units, cuts, target, hard)) is not None]
    found = best_cuts(units, target, hard)
    assert found == sorted(set(found))
    assert (found[0], found[-1]) == (0, len(units))
    assert cost_of(units, found, target, hard) == pytest.approx(min(costs))


def test_passages_of_the_target_are_cut_unless_a_cut_there_costs_more():
    def cut(*costs):
        units = [Unit(Piece(at * 10, at * 10 + 9, cost), 10, 99) for at, cost in enumerate(costs)]
        return best_cuts(units, 20, 40)

    assert cut(0.0, 0.0, 0.0, 0.0, 0.0, 0.0) == [0, 2, 4, 6]
    assert cut(0.0, 0.1, 2.0, 0.0, 0.0, 0.0) == [0, 3, 6]
    assert cut(0.0, 2.0, 2.0) == [0, 3]
    assert cut(9.0) == [0, 1], "nothing is cut before the first"
    assert cut() == [0]


def test_a_passage_that_its_room_fills_is_as_good_as_one_of_the_target():
    rooms = (12, 30, 12)
    units = [Unit(Piece(at * 10, at * 10 + 9), 4, room) for at, room in enumerate(rooms)]
    assert best_cuts(units, 20, 30) == [0, 3]
