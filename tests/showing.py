"""Citations and answers to show, and what a piece of HTML is made of."""

from html.parser import HTMLParser

from qa.types import Answer, Citation, DocumentInfo, Scores

HOSTILE = "${alert(1)} {{value}} <img src=x onerror=alert(1)> <script>x</script> \"'&amp; \u202e"
VOID = {"img", "input", "br", "hr"}


class Tags(HTMLParser):
    """The tags, attributes and text of a piece of HTML."""

    def __init__(self, markup):
        super().__init__()
        self.open, self.seen, self.names, self.text = [], [], set(), ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)
        self.seen.append(tag)
        self.names.update(name for name, _ in attributes)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def cite(text, start=0, end=None, highlights=(), number=1, document="guide.txt", title="A guide"):
    """Return a citation of ``text[start:end]``."""
    end = len(text) if end is None else end
    return Citation(
        number=number,
        id="0",
        document=document,
        path=f"/library/{document}",
        title=title,
        section="",
        location=f"{document}, page 3",
        page=3,
        start=start,
        end=end,
        text=text[start:end],
        highlights=tuple(highlights),
        relevance=0.874,
        scores=Scores(),
        sha256="0" * 64,
    )


def answer(*citations, answered=True, question="Why?"):
    """Return an answer that cites these."""
    return Answer(question, answered, 0.9, 0.01, citations)


def info(document="a.txt", title="", passages=1):
    """Return what is known of a document."""
    return DocumentInfo(document, "/r", f"/r/{document}", title, None, passages, 10, "0" * 64)
