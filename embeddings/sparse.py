"""Sparse search: tantivy over our own terms; it proposes candidates, `bm25` scores them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tantivy

from embeddings.types import Ids, Ranking

_WRITER_BYTES = 64_000_000
_TOKENIZER = "terms"


class SparseIndex:
    """An `Index` of term sequences.

    Scores are tantivy's BM25, whose statistics count deleted rows until a merge: good for choosing
    candidates, not for comparing.
    """

    def __init__(self, index: tantivy.Index) -> None:
        """Store a finished tantivy index; `empty` and `load` build one."""
        builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
        index.register_tokenizer(_TOKENIZER, builder.build())
        index.config_reader(reload_policy="manual")
        index.reload()
        self._index = index
        self._schema = index.schema

    @classmethod
    def empty(cls, folder: Path | None = None) -> SparseIndex:
        """Return an index without rows, in a folder or in memory."""
        builder = tantivy.SchemaBuilder()
        builder.add_integer_field("id", stored=False, indexed=True, fast=True)
        builder.add_text_field("terms", tokenizer_name=_TOKENIZER, index_option="freq")
        if folder is None:
            return cls(tantivy.Index(builder.build()))
        folder.mkdir(parents=True, exist_ok=True)
        return cls(tantivy.Index(builder.build(), path=str(folder), reuse=False))

    @classmethod
    def load(cls, folder: Path) -> SparseIndex:
        """Open what stands in a folder; the caller has checked its files.

        Raises `ValueError` for what is no index.
        """
        try:
            return cls(tantivy.Index.open(str(folder)))
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # Rust's, which is no `Exception`
                raise
            raise ValueError(f"{folder} is no index: {error}") from error

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self._index.searcher().num_docs)

    def ids(self) -> Ids:
        """Return the ids of all rows, in no order."""
        searcher = self._index.searcher()
        found = searcher.search(tantivy.Query.all_query(), limit=max(len(self), 1), count=False)
        values = searcher.fast_field_values("id", [address for _, address in found.hits])
        return np.array(values, dtype=np.int64)

    def add(self, ids: Ids, contents: Sequence[Sequence[str]]) -> None:
        """Add rows of terms (no white space inside a term), replacing equal ids; commits."""
        if len(ids) != len(contents):
            raise ValueError(f"{len(ids)} ids for {len(contents)} rows of terms")
        self.update(np.empty(0, dtype=np.int64), ids, contents)

    def remove(self, ids: Ids) -> None:
        """Remove rows; unknown ids are ignored; commits."""
        self.update(ids, np.empty(0, dtype=np.int64), [])

    def update(self, removed: Ids, added: Ids, contents: Sequence[Sequence[str]]) -> None:
        """Remove some rows and add others in one commit."""
        writer = self._index.writer(heap_size=_WRITER_BYTES, num_threads=1)
        for row in (*removed.tolist(), *added.tolist()):
            writer.delete_documents_by_term("id", row)
        for row, terms in zip(added.tolist(), contents, strict=True):
            writer.add_document(tantivy.Document(id=row, terms=" ".join(terms)))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def search(
        self,
        query: Sequence[str],
        k: int,
        within: Ids | None = None,
        required: Sequence[str] = (),
    ) -> Ranking:
        """Return up to ``k`` rows that hold any of the terms, and all of those ``required``.

        ``within`` are the ids that may be returned; all, unless given.
        """
        if not query or k < 1:
            return Ranking.nothing()
        searcher = self._index.searcher()
        wanted = self._any_of(query)
        if required or within is not None:
            wanted = self._restricted(wanted, within, required)
        found = searcher.search(wanted, limit=min(k, max(searcher.num_docs, 1)), count=False)
        values = searcher.fast_field_values("id", [address for _, address in found.hits])
        ids = np.array(values, dtype=np.int64)
        scores = np.array([score for score, _ in found.hits], dtype=np.float32)
        return Ranking.ordered(ids, scores)

    def _restricted(
        self, wanted: tantivy.Query, within: Ids | None, required: Sequence[str]
    ) -> tantivy.Query:
        clauses = [(tantivy.Occur.Must, wanted)]
        clauses += [(tantivy.Occur.Must, self._any_of([term])) for term in required]
        if within is not None:
            of_these = tantivy.Query.term_set_query(self._schema, "id", within.tolist())
            clauses.append((tantivy.Occur.Must, tantivy.Query.const_score_query(of_these, 0.0)))
        return tantivy.Query.boolean_query(clauses)

    def _any_of(self, terms: Sequence[str]) -> tantivy.Query:
        clauses = [
            (tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "terms", term, "freq"))
            for term in terms
        ]
        return tantivy.Query.boolean_query(clauses)
