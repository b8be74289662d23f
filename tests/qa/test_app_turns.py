"""Questions with their replies, as HTML."""

import re
from dataclasses import replace

from qa.app import render
from qa.app.render.cards import EXCERPT, LONGEST
from qa.app.render.turns import MOST_SAID
from qa.history import Turn
from qa.types import StatedValue
from tests.showing import HOSTILE, Tags, answer, cite, info


def shown(*citations, answered=True):
    return render.turn(Turn("Why?", answer(*citations, answered=answered)))


# Cards


def test_a_card_names_its_place_and_relevance():
    tags = Tags(shown(cite("One sentence.", highlights=[(4, 12)])))
    assert "guide.txt, page 3" in tags.text
    assert "87% relevant" in tags.text
    assert "1 passage" in tags.text


def test_a_title_that_is_missing_is_the_document():
    assert "<bdi>notes.txt</bdi>" in shown(cite("x", document="notes.txt", title=""))


def test_the_words_that_carry_the_match_are_strong():
    citation = replace(
        cite("Before. The first keeper was Agnes.", highlights=[(8, 35)]), words=((18, 24),)
    )
    markup = shown(citation)
    assert "<mark>The first <strong>keeper</strong> was Agnes.</mark>" in markup
    assert '<q dir="auto">The first <strong>keeper</strong> was Agnes.</q>' in markup


def test_words_of_hostile_text_are_escaped():
    citation = replace(cite(HOSTILE, highlights=[(0, len(HOSTILE))]), words=((21, 31),))
    tags = Tags(shown(citation))
    assert tags.open == []
    assert HOSTILE in tags.text
    assert not {"img", "script"} & set(tags.seen)


def test_a_short_passage_is_whole_and_cannot_be_unfolded():
    assert "<details" not in shown(cite("x" * EXCERPT))


def test_a_long_passage_shows_its_evidence_and_unfolds():
    text = f"{'before ' * 200}the evidence{' after' * 200}"
    start = text.index("the evidence")
    markup = shown(cite(text, highlights=[(start, start + 12)]))
    excerpt, whole = re.findall(r'<p class="qa-quote" dir="auto">(.*?)</p>', markup)
    assert "<mark>the evidence</mark>" in excerpt
    assert re.fullmatch(r"… before .*\bafter …", excerpt)
    assert len(Tags(excerpt).text) <= EXCERPT + 4
    assert Tags(whole).text == text


def test_a_huge_passage_is_never_drawn_whole():
    citation = cite("x" * 1_000_000, highlights=[(500_000, 900_000)])
    assert len(shown(citation)) < 4 * LONGEST


def test_a_card_copies_its_evidence_with_the_reference_and_links_to_its_place():
    markup = shown(cite("Before. “It” stands. After.", 0, None, [(8, 20)]))
    assert 'data-text="““It” stands.”\nA guide, guide.txt, page 3"' in markup
    assert 'data-document="guide.txt" data-start="0" data-end="27"' in markup


def test_a_link_names_a_path_that_several_roots_have_in_full():
    turn = Turn("Why?", answer(cite("x")))
    assert 'data-document="/library/guide.txt"' in render.turn(turn, {"guide.txt"})


# Replies


def test_an_answer_says_how_many_passages_with_a_chip_for_each():
    markup = shown(cite("a"), cite("b", number=2))
    assert "2 passages, best match first: " in markup
    chips = markup.split('class="qa-chips"')[1].split("</p>")[0]
    assert re.findall(r'data-number="(\d)" aria-label="Passage (\d)"', chips) == [
        ("1", "1"),
        ("2", "2"),
    ]


def test_an_answer_from_several_documents_says_from_how_many():
    one, other = cite("a"), cite("b", number=2, document="other.txt")
    assert "2 passages from 2 documents, best match first" in shown(one, other)
    assert "documents" not in shown(one, cite("b", number=2))


def said(*relevances, text="Evidence {}."):
    """Return what the reply says, and the chips behind it, of citations of these relevances."""
    cited = [
        replace(cite(text.format(n), highlights=[(0, 8)], number=n), relevance=relevance)
        for n, relevance in enumerate(relevances, 1)
    ]
    return re.findall(r'class="qa-says"><q[^>]*>.*?data-number="(\d)"', shown(*cited))


def test_the_reply_is_the_evidence_of_what_is_about_as_relevant_as_the_best():
    assert said(0.9) == ["1"]
    assert said(0.9, 0.1, 0.8) == ["1"], "what says the same is said once"
    said_of = [
        replace(cite(t, highlights=[(0, len(t))], number=n), relevance=r)
        for n, t, r in [(1, "One.", 0.9), (2, "Two.", 0.2), (3, "Three.", 0.8)]
    ]
    markup = shown(*said_of)
    quotes = re.findall(r"<q[^>]*>(.*?)</q>", markup)
    assert quotes == ["One.", "Three."]
    assert markup.index("Three.</q>") < markup.index("passages")


def test_the_reply_says_no_more_than_a_few():
    cited = [cite(f"Part {n}.", highlights=[(0, 7)], number=n) for n in range(1, 9)]
    assert shown(*cited).count("<q ") == MOST_SAID


def test_pieces_of_evidence_are_joined_and_long_ones_cut():
    text = f"{'a' * 1_000} between them. The end."
    quotes = re.findall(
        r"<q[^>]*>(.*?)</q>", shown(cite(text, highlights=[(0, 1_000), (1_015, 1_023)]))
    )
    assert quotes == [f"{'a' * 400} … The end."]
    assert "a …</q>" in shown(cite(text, highlights=[(0, 1_000)]))


def test_no_evidence_is_no_sentence_of_the_reply():
    assert "<q " not in shown(cite("a"))


def test_no_answer_is_a_state_of_its_own_with_the_nearest_folded_away():
    markup = shown(cite("a"), cite("b", number=2), answered=False)
    assert "No passage answers this.</strong>" in markup
    assert '<details class="qa-nearest"><summary>The 2 nearest passages</summary>' in markup
    assert 'class="qa-cards qa-unanswered"' in markup
    assert "This is the right passage" in markup
    assert "Does not answer" not in markup
    assert "The nearest passage<" in shown(cite("a"), answered=False)


def test_values_that_differ_are_chips_that_name_their_cards():
    stated = (StatedValue("1931", (1, 3)), StatedValue("<b>", (2,)))
    markup = render.turn(Turn("When?", replace(answer(cite("a")), disagreement=stated)))
    assert "Sources differ:" in markup
    differ = markup.split('class="qa-differ"')[1].split("</div>")[0]
    assert re.findall(r'qa-chip qa-number" data-number="(\d)"', differ) == ["1", "3", "2"]
    assert "<bdi>&lt;b&gt;</bdi>" in differ
    assert "differ" not in shown(cite("a"))


def test_what_was_asked_is_shown_where_it_is_not_what_was_written():
    turn = Turn("And it?", answer(cite("a")), asked="And <the> bridge?")
    assert "Asked as: <bdi>And &lt;the&gt; bridge?</bdi>" in render.turn(turn)
    assert turn.searched == "And <the> bridge?"
    assert "Asked as" not in shown(cite("a"))
    assert Turn("Why?").searched == "Why?"


def test_no_answer_and_no_passage_promises_none():
    assert "nearest" not in shown(answered=False)


def test_an_error_is_said():
    assert "<bdi>no &lt;such&gt; library</bdi>" in render.turn(Turn("a", error="no <such> library"))


# Settings


def test_settings_state_their_defaults():
    tags = Tags(render.controls(0.1537))
    assert tags.open == []
    for said in ("Default: 5", "Default: meaning and words", "Default: 0.15"):
        assert said in tags.text
    assert 'value="0.15"' in render.controls(0.1537)


def test_documents_are_found_by_title_and_path_and_no_more_than_fit():
    documents = [info("a/one.txt", "First"), info("b/two.txt", "Second"), info("three.txt")]
    for wanted, found in [("", 3), ("FIRST", 1), ("two", 1), ("txt b", 1), ("nothing", 0)]:
        assert render.document_choices(documents, wanted).count("<input") == found
    assert "No document of that name" in render.document_choices(documents, "nothing")
    many = render.document_choices([info(f"{n}.txt") for n in range(60)], "")
    assert many.count("<input") == 50
    assert "and 10 others" in many


# Safety


def test_hostile_text_stays_text_everywhere():
    citation = cite(
        HOSTILE, highlights=[(0, 5), (12, 40)], document=f"a/{HOSTILE}.txt", title=HOSTILE
    )
    stated = (StatedValue(HOSTILE, (1,)),)
    for markup in (
        render.turn(Turn(HOSTILE, replace(answer(citation), disagreement=stated), asked=HOSTILE)),
        render.turn(Turn(HOSTILE, answer(citation, answered=False))),
        render.turn(Turn("q", error=HOSTILE)),
        render.document_choices([info(HOSTILE, HOSTILE)], ""),
    ):
        tags = Tags(markup)
        assert not {"img", "script"} & set(tags.seen)
        assert not any(name.startswith("on") for name in tags.names)
        assert tags.open == []
        assert HOSTILE in tags.text


def test_names_and_quotes_have_their_own_direction():
    markup = shown(cite("\u202etext", document="\u202efile", title="\u202etitle"))
    assert "<bdi>\u202etitle</bdi>" in markup
    assert "<bdi>\u202efile, page 3</bdi>" in markup
    assert '<p class="qa-quote" dir="auto">\u202etext</p>' in markup


def test_a_name_that_is_not_utf8_can_be_sent():
    markup = shown(cite("x", document="caf\udce9.txt", title=""))
    assert "caf\ufffd.txt" in markup
    markup.encode()
