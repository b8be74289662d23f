"""The command line: parse, call `Library`, show."""

from qa.cli.entry import app, main, run

__all__ = ["app", "main", "run"]
