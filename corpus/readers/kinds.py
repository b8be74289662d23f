"""What kind of file bytes are, told by their content alone."""

from __future__ import annotations

from io import BytesIO
from typing import Final
from zipfile import BadZipFile, ZipFile

from corpus.errors import Encrypted
from corpus.readers import ole

ZIP: Final = b"PK\x03\x04"
MOST_ENTRIES: Final = 100_000
"""Of a zip file or tar, folders included."""
_ENTRY: Final = b"PK\x01\x02"
_LOCKED: Final = "EncryptedPackage"
_OLE_KINDS: Final = {
    "WordDocument": ".doc",
    "PowerPoint Document": ".ppt",
    "Workbook": ".xls",
    "Book": ".xls",
    "__properties_version1.0": ".msg",
}
_ZIP_KINDS: Final = {
    "word/document.xml": ".docx",
    "ppt/presentation.xml": ".pptx",
    "xl/workbook.xml": ".xlsx",
    "xl/workbook.bin": ".xlsb",
    "META-INF/container.xml": ".epub",
}
_OPEN_DOCUMENT: Final = "application/vnd.oasis.opendocument."
_OPEN_DOCUMENT_KINDS: Final = {"text": ".odt", "presentation": ".odp", "spreadsheet": ".ods"}


def ole_kind(data: bytes) -> str:
    """Return the usual suffix of what a compound file holds, empty when it is none of ours.

    Raises `Encrypted` when all it holds is a locked package, `ReadError` when it is broken.
    """
    names = set(ole.CompoundFile(data).names())
    if _LOCKED in names:
        raise Encrypted("needs a password; save a copy without one")
    return next((suffix for name, suffix in _OLE_KINDS.items() if name in names), "")


def is_crowded(data: bytes) -> bool:
    """Tell whether a zip file lists too many entries to be opened in a moment."""
    return data.count(_ENTRY) > MOST_ENTRIES


def zip_kind(data: bytes) -> str:
    """Return the usual suffix of the document that a zip file is, empty when it is none."""
    if is_crowded(data):
        return ""
    try:
        with ZipFile(BytesIO(data)) as package:
            names = set(package.namelist())
            declared = _declared(package) if "mimetype" in names else ""
    except (BadZipFile, ValueError, NotImplementedError, RuntimeError, EOFError, OSError):
        return ""
    if declared.startswith(_OPEN_DOCUMENT):
        kind = declared.removeprefix(_OPEN_DOCUMENT).removesuffix("-template")
        return _OPEN_DOCUMENT_KINDS.get(kind, "")
    return next((suffix for name, suffix in _ZIP_KINDS.items() if name in names), "")


def _declared(package: ZipFile) -> str:
    with package.open("mimetype") as part:
        return part.read(100).decode("ascii", "replace").strip()
