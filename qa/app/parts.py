"""What the tabs of the page share: the library they ask, and how their elements are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from corpus.limits import Limits
from corpus.types import FileReport, Receipt
from qa.files import FileInfo
from qa.labels import Label
from qa.progress import OnProgress
from qa.relevance import RelevanceModel
from qa.store import StoredDocument
from qa.types import Answer, Citation, DocumentInfo, Method
from qa.uploads import Uploads

if TYPE_CHECKING:
    from qa.citations import Hit
    from qa.searching import ScoredPassages
    from qa.store import StoredPassage
    from qa.weights import Weights

UNSEEN: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""Options of every event: it is no one else's to call, and shows no spinner of Gradio's."""


def in_turn(name: str) -> dict[str, Any]:
    """Return options of wishes: all of one ``name`` are answered, and one after the other.

    Gradio's ``always_last`` would send the data of the first event again, not that of the last.
    """
    return {
        **UNSEEN,
        "trigger_mode": "multiple",
        "concurrency_id": name,
        "concurrency_limit": 1,
    }


def turn_of(wish: Any, last: int) -> int | None:
    """Return the number of a wish (see ``wish.js``), or None where it came after a later one.

    Each wish travels by itself, so they may arrive in another order than they were made.
    """
    turn = wish.get("turn") if isinstance(wish, dict) else None
    return turn if isinstance(turn, int) and turn > last else None


_SCRIPTS = Path(__file__).with_name("scripts")


class PageLibrary(Protocol):
    """What the page asks of a library. It is called from several threads at once."""

    @property
    def folder(self) -> Path:
        """The folder that the library is in."""

    def ask(
        self,
        question: str,
        *,
        k: int = 5,
        method: Method = "hybrid",
        within: Sequence[str] = (),
        min_relevance: float | None = None,
    ) -> Answer:
        """Return the ``k`` passages nearest to the question, and whether they answer it.

        With ``within``, only documents at these paths are asked.
        """

    def relevance_model(self) -> RelevanceModel:
        """Return what says from which relevance on an answer counts as one."""

    def document(self, document: str) -> StoredDocument:
        """Return a document by its path within its root, or by its full path.

        Raises `NotThere` when there is none, `UsageError` when several roots have one of that name.
        """
        ...

    def text(self, document: str) -> str:
        """Return the canonical text of a document, named as for `document`."""
        ...

    def documents(self) -> Sequence[DocumentInfo]:
        """Return all documents."""

    def unread(self) -> Sequence[FileReport]:
        """Return the files that gave no text, each with the reason."""

    @property
    def uploads(self) -> Uploads:
        """The files that were given to the library."""

    def files(self) -> Sequence[FileInfo]:
        """Return every file that is known, with what became of it."""

    def roots(self) -> Sequence[Path | str]:
        """Return the files and folders whose documents are in the library."""

    def index(self, *, limits: Limits, on_progress: OnProgress) -> Receipt:
        """Bring all roots up to date."""

    def forget(self, name: str) -> list[str]:
        """Remove a document, given its path on disk; of uploads the file too."""

    @property
    def questions(self) -> Path:
        """The file of labelled questions, if there are any."""

    @property
    def settings(self) -> Mapping[str, str]:
        """What the library was made with: the ``fingerprint`` of its model, and more."""

    def rank(
        self, question: str, *, k: int = 100, method: Method = "hybrid"
    ) -> list[StoredPassage]:
        """Return passages in the order in which they would be cited."""

    def search(self, question: str, *, k: int = 5) -> list[Hit]:
        """Return the passages nearest to a question, with what their relevance is made of."""

    def scored(self, question: str) -> ScoredPassages:
        """Return the candidates for a question with their scores."""

    def set_weights(self, weights: Weights | None) -> None:
        """Keep what dense, lexical and sentence scores weigh; None: the defaults."""

    def set_relevance_model(self, model: RelevanceModel | None) -> None:
        """Keep what turns signals into relevance; None: the one shipped."""

    def labels(self) -> list[Label]:
        """Return what was said of passages, the oldest first."""

    def add_feedback(self, question: str, citation: Citation | None, answers: bool | None) -> None:
        """Keep whether a citation answers a question; None takes back what was said.

        Without a citation, False says that nothing answers.
        """

    def withdraw(self, label: Label) -> None:
        """Take back what was said."""


def plain(*scripts: str) -> dict[str, Any]:
    """Return what makes a ``gr.HTML`` ours: no default styles, and only our scripts, as one."""
    texts = [(_SCRIPTS / script).read_text(encoding="utf-8") for script in scripts]
    return {"apply_default_css": False, "js_on_load": "\n".join(texts) or None}
