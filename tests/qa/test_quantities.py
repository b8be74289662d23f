"""Dates and numbers are the same however they are written."""

import pytest

from qa.quantities import dates, numbers


def only(read, text):
    (value,) = read(text)
    return value


@pytest.mark.parametrize(
    "text",
    [
        "on March 2, 1992",
        "on 2 March 1992",
        "on the 2nd of March, 1992",
        "on 1992-03-02",
        "on 2.3.1992",
        "on Mar. 2nd 1992",
    ],
)
def test_a_day_in_any_form_is_the_same(text):
    assert (only(dates, text).low, only(dates, text).high) == (19920302, 19920302)


def test_a_year_agrees_with_its_days_and_months_and_no_other():
    year, month, day = (only(dates, f"in {text}") for text in ("1992", "March 1992", "2 May 1992"))
    assert year.agrees(month)
    assert year.agrees(day)
    assert not month.agrees(day)
    assert not year.agrees(only(dates, "in 1993"))


def test_of_a_date_that_may_be_read_in_two_ways_the_year_is_known():
    assert only(dates, "on 3/2/1992").agrees(only(dates, "on 2 March 1992"))
    assert only(dates, "on 3/2/1992").agrees(only(dates, "on 3 February 1992"))
    assert not only(dates, "on 30/2/1992").agrees(only(dates, "on 2 March 1992"))


def test_a_day_without_its_year_is_not_compared_with_years():
    assert only(dates, "on 16 December").agrees(only(dates, "on December 16th"))
    assert not only(dates, "on 16 December").agrees(only(dates, "in 1992"))


@pytest.mark.parametrize(
    "text",
    [
        "in the 1990s",
        "in 2017-2018",
        "1500 seals were seen",
        "S/2018/1",
        "may come",
        "version 1.1990.2",
        "the 19th century",
        "in 12345",
    ],
)
def test_what_is_no_date(text):
    assert dates(text) == []


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1,000 seals", 1000),
        ("1000 seals", 1000),
        ("1\u00a0000 seals", 1000),
        ("a thousand seals", 1000),
        ("two seals", 2),
        ("twenty-five seals", 25),
        ("one hundred and forty-two steps", 142),
        ("one thousand and eight prisms", 1008),
        ("three dozen eggs", 36),
        ("two hundred thousand people", 200_000),
        ("3.5 kilometres", 3.5),
        ("1.05 million people", 1_050_000),
    ],
)
def test_a_number_in_any_form_is_the_same(text, amount):
    value = only(numbers, text)
    assert (value.low + value.high) / 2 == amount


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("38 metres", "metre"),
        ("38 m", "metre"),
        ("38-meter tower", "metre"),
        ("12 %", "%"),
        ("12 per cent", "%"),
        ("twelve percent", "%"),
        ("$12", "$"),
        ("12 dollars", "$"),
        ("12.", ""),
    ],
)
def test_the_unit_is_one_however_it_is_written(text, unit):
    assert only(numbers, text).unit == unit


def test_a_sign_belongs_to_the_number_and_a_word_does_not():
    assert only(numbers, "of 12 % each").text == "12 %"
    assert only(numbers, "of $12 million each").text == "$12 million"
    assert only(numbers, "of 12 metres").text == "12"


def test_a_rounded_number_agrees_with_what_is_rounded_to_it():
    rounded = only(numbers, "1.1 million people")
    assert rounded.agrees(only(numbers, "1,078,362 people"))
    assert not rounded.agrees(only(numbers, "1,030,577 people"))
    assert only(numbers, "about 1,000 seals").agrees(only(numbers, "1,049 seals"))
    assert not only(numbers, "1,000 seals").agrees(only(numbers, "1,049 seals"))


@pytest.mark.parametrize(
    "text",
    [
        "the 1st keeper",
        "COP26",
        "S/2018/1",
        "10-12 seals",
        "more than ten seals",
        "up to 500 people",
        "on 2 March 1992",
        "in 1992",
        "one may see",
        "9" * 1000,
    ],
)
def test_what_gives_no_number(text):
    assert numbers(text) == []
