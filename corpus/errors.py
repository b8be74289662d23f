"""What can go wrong, as one tree.

    DocumentQAError          every error this project raises on purpose
    ├── UsageError           the request is wrong: a path, an option, a question
    │   └── NotThere             what it names is not in the library: a document, a page
    ├── ReadError            a file cannot be turned into text
    │   ├── UnsupportedFormat    no reader knows this kind of file
    │   ├── Encrypted            the file needs a password
    │   ├── OverLimit            the file costs more than it may: time, memory, size
    │   └── Unavailable          the file cannot be had just now; another run may read it
    ├── ModelError           an embedding model cannot be found, checked or run
    └── LibraryError         a library on disk cannot be opened or written
        └── Damaged              what it holds is not what was written

Each message says what happened, where, and what to do next, in one line.
"""

from __future__ import annotations


class DocumentQAError(Exception):
    """Base of every error that this project raises on purpose."""


class UsageError(DocumentQAError):
    """The request itself is wrong: a path, an option or a question."""


class NotThere(UsageError):
    """What the request names is not in the library: a document, a page."""


class ReadError(DocumentQAError):
    """A file cannot be turned into text."""


class UnsupportedFormat(ReadError):
    """No reader knows this kind of file."""


class Encrypted(ReadError):
    """The file needs a password."""


class OverLimit(ReadError):
    """The file costs more than it may: time, memory, size."""


class Unavailable(ReadError):
    """The file cannot be had just now; another run may read it."""


class ModelError(DocumentQAError):
    """An embedding model cannot be found, checked or run."""


class LibraryError(DocumentQAError):
    """A library on disk cannot be opened or written."""


class Damaged(LibraryError):
    """What a library holds is not what was written."""
