"""Zip packages and XML made to exhaust whoever opens them."""

import pytest

from corpus.errors import ReadError
from corpus.readers import package, read, xmltree
from tests.corpus.packages import zipped

LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
LAUGHING = f'<!DOCTYPE x [<!ENTITY a0 "ha">{LAUGHS}]><x>&a9;</x>'
LONG = f'<!DOCTYPE x [<!ENTITY a "{"ha" * 10_000}">]><x>{"&a;" * 10_000}</x>'


def odt(content, **parts):
    return zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


@pytest.mark.parametrize("bomb", [LAUGHING, LONG])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("name", ["a.xml", "a.odt"])
def test_entities_that_explode_are_refused(bomb, encoding, name):
    data = bomb.encode(encoding)
    with pytest.raises(ReadError, match="entities that unfold"):
        read(odt(data) if name == "a.odt" else data, name)


def test_short_entities_and_those_of_html_are_read_and_nothing_is_fetched(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    xml = (
        f'<!DOCTYPE x SYSTEM "{secret.as_uri()}" [<!ENTITY us "we &lt;3">'
        f'<!ENTITY them SYSTEM "{secret.as_uri()}">]><x>&us; &eacute; &them; end</x>'
    )
    assert read(xml.encode(), "a.xml").text == "we <3 é end"


@pytest.mark.parametrize("depth", [257, 100_000])
def test_deep_nesting_is_refused(depth):
    xml = "<a>" * depth + "x" + "</a>" * depth
    with pytest.raises(ReadError, match="more than 256 deep"):
        read(xml.encode(), "a.xml")
    with pytest.raises(ReadError, match="more than 256 deep"):
        read(odt(xml), "a.odt")


def test_deep_nesting_within_the_bound_is_read():
    assert read(b"<a>" * 256 + b"x" + b"</a>" * 256, "a.xml").text == "x"


def test_too_many_elements_are_refused(monkeypatch):
    monkeypatch.setattr(xmltree, "_MOST_ELEMENTS", 3)
    assert read(b"<a><b/><b>x</b></a>", "a.xml").text == "x"
    with pytest.raises(ReadError, match="more than 3 XML elements"):
        read(b"<a><b/><b>x</b><b/></a>", "a.xml")


def test_a_part_that_unpacks_too_far_is_refused():
    data = zipped({"word/document.xml": b" " * (package._LARGEST_PART + 1)})
    assert len(data) < 1 << 20
    with pytest.raises(ReadError, match="more than 200 MiB"):
        read(data, "a.docx")


def test_parts_that_unpack_too_far_together_are_refused(monkeypatch):
    monkeypatch.setattr(package, "_LARGEST_TOTAL", 1000)
    with package.Package(zipped({"a": b"x" * 600, "b": b"x" * 600}), "test") as opened:
        assert opened.part("a") == b"x" * 600
        with pytest.raises(ReadError, match="split it"):
            opened.part("b")


@pytest.mark.parametrize("name", ["a.docx", "a.pptx", "a.odt", "a.odp", "a.epub", "a.pages"])
@pytest.mark.parametrize("cut", [0, 1])
def test_a_truncated_or_foreign_package_is_one_line(name, cut):
    whole = zipped({"hello.txt": "hello" * 100})
    with pytest.raises(ReadError, match=r"whole|holds no|not read") as raised:
        read(whole[: len(whole) // 2] if cut else whole, name)
    assert "\n" not in str(raised.value)


def test_a_damaged_part_is_one_line():
    data = bytearray(odt("<x>" + "text " * 500 + "</x>"))
    middle = data.index(b"content.xml") + 20
    data[middle : middle + 8] = b"\xff" * 8
    with pytest.raises(ReadError, match="not a whole OpenDocument file"):
        read(bytes(data), "a.odt")


def test_paths_resolve_inside_the_package():
    assert package.resolve("ppt/slides/slide1.xml", "../notes/n1.xml") == "ppt/notes/n1.xml"
    assert package.resolve("OEBPS/book.opf", "a%20b.html#top") == "OEBPS/a b.html"
    assert package.resolve("a.xml", "/word/x.xml") == "word/x.xml"
    assert package.resolve("a.xml", "../../../etc/passwd") == "etc/passwd"


def test_an_entity_used_too_often_is_refused():
    bomb = f'<!DOCTYPE x [<!ENTITY a "{"ha" * 500}">]><x>{"&a;" * 20_000}</x>'
    with pytest.raises(ReadError, match="entities that unfold"):
        read(bomb.encode(), "a.xml")
