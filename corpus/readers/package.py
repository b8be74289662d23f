"""Packages: zip files of parts, as office documents and e-books are, opened with care."""

from __future__ import annotations

import posixpath
import zlib
from io import BytesIO
from types import TracebackType
from typing import Final, NamedTuple
from urllib.parse import unquote
from xml.etree.ElementTree import Element
from zipfile import BadZipFile, ZipFile

from corpus.errors import Encrypted, ReadError
from corpus.readers.titles import property_title
from corpus.readers.xmltree import child, children, parse

_LARGEST_PART: Final = 200 * 1024 * 1024
_LARGEST_TOTAL: Final = 512 * 1024 * 1024  # of all parts that are read
_MOST_READS: Final = 50_000
_ENCRYPTED_FLAG: Final = 1


class Relation(NamedTuple):
    """What a part of an Office package points to: the last word of its type, and the part."""

    kind: str
    target: str


class Package:
    """The parts of ``data``, a file that calls itself a ``kind`` of document.

    A context manager. Every part is read whole, within bounds on its size and on all of them.
    """

    def __init__(self, data: bytes, kind: str) -> None:
        self._kind = kind
        self._unpacked = self._reads = 0
        try:
            self._zip = ZipFile(BytesIO(data))
        except (BadZipFile, ValueError, NotImplementedError) as error:
            raise self._broken() from error

    def __enter__(self) -> Package:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def names(self) -> list[str]:
        """Return the paths of all parts."""
        return self._zip.namelist()

    def part(self, name: str) -> bytes | None:
        """Return the bytes of a part, or None when there is no such part."""
        try:
            info = self._zip.getinfo(name)
        except KeyError:
            return None
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise Encrypted("needs a password; save a copy without one")
        self._unpacked += info.file_size
        self._reads += 1
        if self._reads > _MOST_READS:
            raise ReadError("points to its parts in circles; open it and save it again")
        if info.file_size > _LARGEST_PART or self._unpacked > _LARGEST_TOTAL:
            raise ReadError(f"unpacks to more than {_LARGEST_PART >> 20} MiB; split it")
        try:
            return self._zip.read(info)
        except (
            BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            ValueError,
            NotImplementedError,
        ) as error:
            raise self._broken() from error

    def xml(self, name: str) -> Element | None:
        """Return the root element of a part, or None when there is no such part."""
        data = self.part(name)
        return None if data is None else parse(data)

    def relations(self, name: str = "") -> dict[str, Relation]:
        """Return the relations of a part, or of the whole package, by their ids."""
        folder, file = posixpath.split(name)
        root = self.xml(posixpath.join(folder, "_rels", f"{file}.rels"))
        return {
            relation.get("Id", ""): Relation(
                relation.get("Type", "").rpartition("/")[2],
                resolve(name, relation.get("Target", "")),
            )
            for relation in children(root)
            if relation.get("TargetMode") != "External"
        }

    def core_title(self) -> str:
        """Return the title among an Office package's properties; empty when it is none."""
        title = child(self.xml("docProps/core.xml"), "title")
        return property_title(title.text or "") if title is not None else ""

    def _broken(self) -> ReadError:
        return ReadError(f"is not a whole {self._kind} file; fetch or save it again")


def resolve(base: str, target: str) -> str:
    """Return the path in the package that ``target``, as written in part ``base``, points to."""
    path = unquote(target.partition("#")[0])
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(base), path)).lstrip("/")


def relation_id(element: Element, name: str = "id") -> str:
    """Return an element's reference into `Package.relations`; empty when it has none."""
    suffix = f"elationships}}{name}"
    return next((text for key, text in element.attrib.items() if key.endswith(suffix)), "")
