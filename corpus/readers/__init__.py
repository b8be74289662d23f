"""Files to documents: one reader a family of formats, behind one function.

A reader is a module with ``read(source: Source) -> Document``, which raises `ReadError`; it is
imported when a file first needs it. A new format is one module and one row of `_FAMILIES`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

from corpus.errors import ReadError, UnsupportedFormat
from corpus.readers.source import Source
from corpus.types import Document

PIPELINE: Final = "readers/2"
"""Changes when a reader's output changes, so that documents are read again."""

_CODE: Final = frozenset(
    ".py .pyi .c .h .cc .cpp .cxx .hh .hpp .hxx .m .mm .java .kt .kts .scala .groovy .gradle "
    ".cs .fs .vb .js .mjs .cjs .jsx .ts .mts .cts .tsx .vue .svelte .css .scss .sass .less "
    ".go .rs .rb .php .pl .pm .lua .r .jl .swift .dart .hs .ml .ex .exs .erl .clj .lisp .el "
    ".f .f90 .pas .asm .s .sh .bash .zsh .fish .ps1 .psm1 .bat .cmd .awk .sed .sql .toml .ini "
    ".cfg .conf .properties .env .editorconfig .make .mk .cmake .dockerfile .tf .hcl .nix "
    ".proto .graphql .thrift .diff .patch .ics .vcf".split()
)
"""Suffixes of source code, configuration and other text that is shown as it is."""

_FAMILIES: Final[tuple[tuple[str, frozenset[str], str], ...]] = (
    ("plain text", frozenset({".txt", ".text", ".log"}), "text"),
    ("Markdown", frozenset({".md", ".markdown"}), "markdown"),
    ("HTML", frozenset({".html", ".htm", ".xhtml"}), "html"),
    ("PDF", frozenset({".pdf"}), "pdf"),
    ("Word", frozenset({".docx", ".docm", ".dotx", ".dotm"}), "word"),
    ("old Word", frozenset({".doc", ".dot"}), "doc"),
    ("PowerPoint", frozenset({".pptx", ".pptm", ".ppsx", ".ppsm", ".potx"}), "presentation"),
    ("old PowerPoint", frozenset({".ppt", ".pps"}), "ppt"),
    ("Excel", frozenset({".xlsx", ".xlsm", ".xltx", ".xltm"}), "xlsx"),
    ("old Excel", frozenset({".xls", ".xlt"}), "xls"),
    ("OpenDocument spreadsheet", frozenset({".ods", ".ots", ".fods"}), "ods"),
    ("CSV", frozenset({".csv", ".tsv", ".tab"}), "delimited"),
    ("JSON", frozenset({".json", ".jsonl", ".ndjson"}), "jsontext"),
    ("YAML", frozenset({".yaml", ".yml"}), "yamltext"),
    ("notebook", frozenset({".ipynb"}), "notebook"),
    ("OpenDocument", frozenset({".odt", ".ott", ".fodt", ".odp", ".otp", ".fodp"}), "opendocument"),
    ("RTF", frozenset({".rtf"}), "rtf"),
    ("Pages", frozenset({".pages"}), "pages"),
    ("EPUB", frozenset({".epub"}), "epub"),
    ("XML", frozenset({".xml", ".nxml", ".rss", ".atom"}), "xml"),
    ("reStructuredText", frozenset({".rst", ".rest"}), "rst"),
    ("AsciiDoc", frozenset({".adoc", ".asciidoc"}), "asciidoc"),
    ("Org", frozenset({".org"}), "org"),
    ("LaTeX", frozenset({".tex", ".latex", ".ltx"}), "latex"),
    ("BibTeX", frozenset({".bib"}), "bibtex"),
    ("subtitles", frozenset({".srt", ".vtt"}), "subtitles"),
    ("e-mail", frozenset({".eml", ".p7s", ".p7m"}), "mail"),
    ("Outlook message", frozenset({".msg"}), "outlook"),
    ("mailbox", frozenset({".mbox"}), "mailbox"),
    ("archive", frozenset(".zip .tar .gz .tgz .bz2 .tbz2 .xz .txz".split()), "archive"),
    ("image", frozenset(".png .jpg .jpeg .tif .tiff .bmp .webp .gif".split()), "image"),
    ("source code", _CODE, "code"),
)
_MODULES: Final = {suffix: module for _, suffixes, module in _FAMILIES for suffix in suffixes}

_SIGNATURES: Final = ((b"%PDF-", ".pdf"), (b"{\\rtf", ".rtf"))
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP: Final = b"PK\x03\x04"
_MISNAMED: Final = frozenset({".doc", ".dot", ".rtf", ".xls", ".ppt"})
"""Suffixes that programs also give to the web pages and text that they write."""
_MARKUP: Final = ((b"<!doctype html", "html"), (b"<html", "html"), (b"<?xml", "xml"))


def suffixes() -> frozenset[str]:
    """Return the file name suffixes that are read, in lower case and with their dot."""
    return frozenset(_MODULES)


def read(data: bytes, name: str, *, ocr: bool = False) -> Document:
    """Return the document in ``data``, the bytes of a file called ``name``.

    ``ocr`` asks for text to be recognised in images, where the machine can.

    Raises `UnsupportedFormat` when no reader fits, `Encrypted` when a password is needed, and
    `ReadError` when the file is broken; each message is one line without the file's path.
    """
    if not data:
        return Document("")
    source = Source(data, name, ocr)
    try:
        module = module_for(data, source.suffix)
        document: Document = import_module(f"{__name__}.{module}").read(source)
    except ReadError:
        raise
    except Exception as error:  # a parser may raise anything; one file must not stop a run
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise ReadError(f"cannot be read: {reason}; open it and save it again") from error
    return document


def module_for(data: bytes, suffix: str) -> str:
    """Choose a reader: by content where that is certain, else by suffix, else plain text.

    Raises `UnsupportedFormat` when none fits.
    """
    module = _MODULES.get(_suffix_by_content(data), "")
    if not module and suffix not in _MISNAMED:
        module = _MODULES.get(suffix, "")
    if not module and not data.startswith((_OLE, _ZIP)):
        module = _text_module(data)
    module = module or _MODULES.get(suffix, "")
    if not module:
        raise _unsupported(f"a {suffix} file" if suffix else "a file of unknown kind")
    return module


def _suffix_by_content(data: bytes) -> str:
    """Return the usual suffix of what the bytes certainly are, else nothing."""
    if data.startswith((_OLE, _ZIP)):
        from corpus.readers import kinds

        return kinds.ole_kind(data) if data.startswith(_OLE) else kinds.zip_kind(data)
    return next((suffix for start, suffix in _SIGNATURES if data.startswith(start)), "")


def _text_module(data: bytes) -> str:
    """Return the reader of text without a telling suffix; empty when it is no text."""
    start = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for sign, module in _MARKUP:
        if start.startswith(sign):
            return module
    return "text" if _is_plain_text(data) else ""


def _is_plain_text(data: bytes) -> bool:
    if b"\0" in data:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _unsupported(kind: str) -> UnsupportedFormat:
    return UnsupportedFormat(f"{kind} is not read; save it as PDF, Word, HTML or plain text")
