"""Wishes of the page: each is granted unless a later one was first."""

from __future__ import annotations

import pytest

from qa.app.parts import turn_of


@pytest.mark.parametrize("last", [0, 3])
def test_a_later_wish_is_granted_by_its_number(last):
    assert turn_of({"turn": 4, "citation": "{}"}, last) == 4


@pytest.mark.parametrize("wish", [{"turn": 3}, {"turn": 2}, {}, {"turn": "5"}, None, [5]])
def test_what_is_overtaken_or_no_wish_is_not(wish):
    assert turn_of(wish, 3) is None
