"""Passages that say the same are one citation, which tells where else it stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.analyzer import count_terms
from qa import searching
from qa.copies import group_copies

KEEPER = "The first keeper of the tower was Agnes Orr, who kept a diary of the weather for years."
OTHERS = [
    "A reef lies north of the tower, and seals sleep on it when the keeper is away in winter.",
    "The lamp of the tower burned colza oil until paraffin came, says the keeper of the museum.",
    "Volunteers open the tower on Saturdays; the keeper waits below with the dogs and the boat.",
]


@pytest.fixture
def write(docs):
    """Write a file among the documents."""

    def write(name, text):
        (docs / name).write_text(text, encoding="utf-8")

    return write


def ask(library, k=5, **options):
    return library.ask("Who was the first keeper of the tower?", k=k, **options).citations


@pytest.mark.parametrize("method", ["hybrid", "dense", "sparse"])
def test_the_same_in_two_files_is_one_citation(library, write, docs, method):
    for name in ("b.txt", "a.txt", "c.txt"):
        write(name, KEEPER)
    for at, text in enumerate(OTHERS):
        write(f"{at}.txt", text)
    library.index(docs)
    citations = ask(library, method=method)
    assert [c.document for c in citations].count("a.txt") == 1
    assert citations[0].document == "a.txt", "the first by path is the one cited"
    assert [copy.document for copy in citations[0].copies] == ["b.txt", "c.txt"]
    assert [copy.location for copy in citations[0].copies] == ["b.txt, line 1", "c.txt, line 1"]
    assert len(citations) == 4
    assert [c.number for c in citations] == [1, 2, 3, 4]
    assert not any(c.copies for c in citations[1:])


def test_a_copy_has_the_id_that_its_own_citation_would_have(library, write, docs):
    write("a.txt", f"Preface.\n\n{KEEPER}\n")
    write("b.txt", KEEPER)
    library.index(docs)
    [copy] = ask(library)[0].copies
    alone = ask(library, within=copy.document)[0]
    assert (copy.id, copy.document, copy.location) == (alone.id, alone.document, alone.location)
    assert library.check_citation(copy.id).status == "stands"


@pytest.mark.parametrize(
    ("other", "is_copy"),
    [
        (KEEPER.upper(), True),
        (KEEPER.replace(" ", "\n"), True),
        (KEEPER.replace("years", "decades"), True),
        (KEEPER.replace("years", "9"), False),
        (KEEPER.replace("Agnes Orr", "Ian Mac"), False),
        (f"{KEEPER} {OTHERS[0]}", False),
        (KEEPER[: len(KEEPER) // 2], False),
    ],
)
def test_a_copy_says_nearly_all_of_it_and_hardly_more(library, write, docs, other, is_copy):
    write("a.txt", KEEPER)
    write("b.txt", other)
    library.index(docs)
    citations = ask(library)
    assert len(citations) == (1 if is_copy else 2)
    assert sum(len(c.copies) for c in citations) == (1 if is_copy else 0)


def test_neighbours_that_overlap_are_no_copies(library, write, docs):
    sentences = [f"The keeper of tower {n} wrote diary {n} in year {n + 1800}." for n in range(40)]
    write("long.txt", " ".join(sentences))
    library.index(docs)
    passages = library.documents()[0].passages
    assert passages > 5
    citations = ask(library, k=50)
    assert len(citations) == passages
    assert not any(c.copies for c in citations)


def test_k_is_filled_however_many_copies_there_are(library, write, docs):
    for at in range(2 * searching._POOL):
        write(f"copy{at:03}.txt", KEEPER)
    for at, text in enumerate(OTHERS):
        write(f"{at}.txt", text)
    library.index(docs)
    for k in (1, 2, 4):
        citations = ask(library, k=k)
        assert len(citations) == k
        assert citations[0].document == "copy000.txt"
    assert len(citations[0].copies) == 2 * searching._POOL - 1
    assert len(ask(library, k=9)) == 4, "there are no more that differ"


def test_the_first_of_a_larger_k_are_those_of_a_smaller(library, write, docs):
    for at in range(40):
        write(f"copy{at:02}.txt", KEEPER)
        write(f"own{at:02}.txt", f"The keeper of tower {at} had {at} boats, {at} dogs, {at} seals.")
    library.index(docs)
    everything = [c.id for c in ask(library, k=100)]
    assert len(everything) == 41
    for k in (1, 5, 29, 30, 31, 41):
        assert [c.id for c in ask(library, k=k)] == everything[:k]


def test_ranking_without_evidence_leaves_copies_where_they_are(library, write, docs):
    for name in ("a.txt", "b.txt"):
        write(name, KEEPER)
    library.index(docs)
    assert [s.file.path for s in library.rank("first keeper")] == ["a.txt", "b.txt"]


# Told from texts alone

words = st.sampled_from("a bb ccc dddd eeeee ffffff 1 22 333".split())
some_texts = st.lists(st.lists(words, max_size=25).map(" ".join), max_size=12)


def says_the_same(one, other):
    """Nine of ten terms, and every number: worked out one by one."""
    one, other = count_terms(one), count_terms(other)
    shared = sum(min(times, other[term]) for term, times in one.items())
    numbers = [{t: n for t, n in terms.items() if t.isdigit()} for terms in (one, other)]
    longest = max(one.total(), other.total())
    return shared >= 0.9 * longest > 0 and numbers[0] == numbers[1]


@given(some_texts, st.integers(1, 12))
def test_groups_are_those_of_comparing_all_with_all(texts, k):
    expected: list[list[int]] = []
    for at, text in enumerate(texts):
        same = next((group for group in expected if says_the_same(texts[group[0]], text)), None)
        if same is not None:
            same.append(at)
        elif len(expected) == k:
            break
        else:
            expected.append([at])
    assert group_copies(texts, k) == expected


@given(st.lists(words, min_size=10, max_size=40), st.data())
def test_a_text_with_one_of_ten_words_changed_is_found(some, data):
    changed = list(some)
    for at in data.draw(st.sets(st.integers(0, len(some) - 1), max_size=len(some) // 10)):
        changed[at] = "unheard" if not some[at].isdigit() else some[at]
    assert group_copies([" ".join(some), " ".join(changed)], 9) == [[0, 1]]


def test_texts_without_words_are_no_copies():
    assert group_copies(["…", "!", ""], 9) == [[0], [1], [2]]


def test_many_texts_are_not_compared_with_each_other():
    """Comparing all 5,000 with each other would take minutes."""
    texts = [" ".join(f"word{at}x{n}" for n in range(20)) for at in range(5000)]
    assert len(group_copies(texts, 5000)) == 5000
