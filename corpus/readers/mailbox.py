"""Mailboxes (mbox): each message a document of its own.

https://www.rfc-editor.org/rfc/rfc4155
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from corpus.errors import ReadError
from corpus.readers.mail import short_subject
from corpus.readers.members import Members
from corpus.readers.mime import Part
from corpus.readers.source import Source
from corpus.types import Document

_ENVELOPE: Final = re.compile(  # the line before a message ends in the time it came
    rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]*\d\d:\d\d[^\n]*\n"
)
_ESCAPED_ENVELOPE: Final = re.compile(rb"^>(>*From )", re.M)


def read(source: Source) -> Document:
    """Return a document without text whose members are the messages, numbered as they stand."""
    data = source.data
    starts = [match.start() for match in _ENVELOPE.finditer(data)]
    if not starts:
        raise ReadError("is no mailbox; give the file its proper suffix")
    members = Members()
    for number, (start, end) in enumerate(pairwise((*starts, len(data))), 1):
        if members.is_full:
            break
        _, _, message = data[start:end].partition(b"\n")
        message = _ESCAPED_ENVELOPE.sub(rb"\1", message)
        members.add(f"{number:05} {short_subject(Part(message).field('Subject'))}.eml", message)
    return Document("", members=members.found, note=members.note)
