"""What stands in quotation marks: passages that hold it word for word come first."""

import pytest

from embeddings.analyzer import holds_phrases, quoted_phrases
from qa import retrieval

METHODS = ("hybrid", "dense", "sparse")


# Reading a question


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("no quotes at all", []),
        ('who wrote "the tower" here', ["the tower"]),
        ("who wrote “the tower” here", ["the tower"]),
        ("wer schrieb „the tower“ hier", ["the tower"]),
        ("wer schrieb »the tower« hier", ["the tower"]),
        ("qui a écrit «the tower» ici", ["the tower"]),
        ("qui a écrit « the tower » ici", ["the tower"]),
        ("vem skrev ”the tower” här", ["the tower"]),
        ("「the tower」『a reef』", ["the tower", "a reef"]),
        ('"the tower" and "a reef"', ["the tower", "a reef"]),
        ("the keeper's 'tower' isn't ‘old’", []),
        ('an unclosed "tower', []),
        ('an unclosed "tower and a “reef”', ["reef"]),
        ('nothing in "" or " " or "?!"', []),
        ('"' + "x" * 201 + '"', []),
    ],
)
def test_phrases_are_what_stands_in_double_quotation_marks(question, expected):
    phrases = [" ".join(phrase) for phrase in quoted_phrases(question)]
    assert phrases == [" ".join(quoted_phrases(f'"{one}"')[0]) for one in expected]


def test_a_long_text_asks_for_none_of_its_quotations():
    quotations = '"the tower" and "' + "a reef " * 28 + '"'
    assert len(quoted_phrases(f"{quotations} {'x ' * 140}")) == 2
    assert quoted_phrases(f"{quotations} {'x ' * 150}") == ()


def test_time_grows_with_the_length_of_a_question():
    """Each of these took minutes if any step were quadratic."""
    for question in ('"' * 500_000, '"' + "a" * 500_000, ('"' + "a" * 250) * 2000, "“" * 500_000):
        quoted_phrases(question)


# Holding a phrase


@pytest.mark.parametrize(
    ("phrase", "text", "is_held"),
    [
        ("tower keeper", "The tower keeper sleeps.", True),
        ("Tower Keepers", "the TOWER\nkeeper's", True),
        ("tower keeper", "The tower, keeper of the reef", True),
        ("tower keeper", "The keeper tower", False),
        ("tower keeper", "The tower and its keeper", False),
        ("tower keeper", "A watchtower keeper", False),
        ("tower", "no towel", False),
        ("to be or not to be", "He asked: to be, or not to be?", True),
        ("to be or not to be", "To be or to be", False),
        ("co-operation council", "the co-operation council", True),
        ("co operation council", "the co-operation council", True),
        ("cooperation", "a co-operation", False),
        ("S/PRST/2018/1", "see S/PRST/2018/1 for it", True),
        ("S/PRST/2018/1", "see S/PRST/2018/2 for it", False),
        ("1,500 men", "with 1,500 men", True),
        ("1,500 men", "with 1 or 500 men", False),
        ("café", "un CAFE noir", True),
        ("日内瓦", "他住在日内瓦附近", True),
        ("日内瓦", "日内和内瓦", False),
        ("маяк", "смотритель маяка", True),
    ],
)
def test_a_phrase_is_its_words_side_by_side(phrase, text, is_held):
    phrases = quoted_phrases(f'"{phrase}"')
    assert len(phrases) == 1
    assert holds_phrases(text, phrases) is is_held


def test_all_phrases_are_to_be_held():
    phrases = quoted_phrases('"tower keeper" "old lens"')
    assert holds_phrases("An old lens; the tower keeper.", phrases)
    assert not holds_phrases("An old tower; the keeper of the lens.", phrases)
    assert not holds_phrases("The tower keeper.", phrases)


# Asking

DECOYS = [
    "The old keeper of the storm tower is the keeper of the old storm.",
    "Storm keeper, storm keeper, old storm keeper.",
    "An old tower, a storm, a keeper.",
]
HOLDER = "On the reef stands, among much else that nobody counts, an Old Storm tower of oak."


@pytest.fixture(params=["all scored", "proposed by the indexes"])
def shelf(request, library, docs, monkeypatch):
    """A library in which the phrase "old storm tower" stands in the passage that is farthest."""
    for at, text in enumerate(DECOYS):
        (docs / f"decoy{at}.txt").write_text(text, encoding="utf-8")
    (docs / "holder.txt").write_text(HOLDER, encoding="utf-8")
    library.index(docs)
    if request.param != "all scored":
        monkeypatch.setattr(retrieval, "DEPTH", 1)
    return library


def cited(library, question, **options):
    return [c.document for c in library.ask(question, **options).citations]


@pytest.mark.parametrize("method", METHODS)
def test_the_passage_with_the_phrase_comes_first_with_every_method(shelf, method):
    plain = cited(shelf, "old storm tower keeper", k=4, method=method)
    assert plain[0] != "holder.txt"
    quoted = cited(shelf, 'keeper "old storm towers"', k=4, method=method)
    assert quoted[0] == "holder.txt"
    assert sorted(quoted) == sorted(plain), "the others still come"


@pytest.mark.parametrize("method", METHODS)
def test_a_phrase_that_stands_nowhere_changes_nothing(library, docs, method):
    for at, text in enumerate((*DECOYS, HOLDER)):
        (docs / f"{at}.txt").write_text(text, encoding="utf-8")
    library.index(docs)
    for words in ("tower storm", "unheard of"):
        plain = cited(library, f"old keeper {words}", k=3, method=method)
        assert cited(library, f'old keeper "{words}"', k=3, method=method) == plain
        assert len(plain) == 3


def test_holders_stay_first_where_a_date_is_asked_for(library, docs):
    (docs / "holder.txt").write_text("The old storm tower was built long ago.", encoding="utf-8")
    (docs / "dated.txt").write_text("The storm tower was built in 1823, old.", encoding="utf-8")
    library.index(docs)
    assert cited(library, "When was the old storm tower built?")[0] == "dated.txt"
    assert cited(library, 'When was the "old storm tower" built?')[0] == "holder.txt"


def test_among_holders_the_ranking_is_as_ever(library, docs):
    (docs / "far.txt").write_text("The storm tower and much else of no use.", encoding="utf-8")
    (docs / "near.txt").write_text("The keeper of the storm tower.", encoding="utf-8")
    (docs / "without.txt").write_text("The keeper of the tower in a storm.", encoding="utf-8")
    library.index(docs)
    asked = cited(library, 'Who is the keeper of the "storm tower"?')
    assert asked == ["near.txt", "far.txt", "without.txt"]


def test_a_phrase_is_looked_for_within_the_scope_alone(shelf):
    asked = cited(shelf, 'old "storm tower" keeper', within="decoy*", k=9)
    assert sorted(asked) == ["decoy0.txt", "decoy1.txt", "decoy2.txt"]


def test_a_phrase_of_function_words_is_found(library, docs):
    (docs / "a.txt").write_text("Not to be: the keeper is or was to be here.", encoding="utf-8")
    (docs / "b.txt").write_text("He said to be or not to be of it all there.", encoding="utf-8")
    library.index(docs)
    assert cited(library, 'Which keeper said "to be or not to be"?')[0] == "b.txt"
