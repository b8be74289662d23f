"""The contract as a page: every command's own help, and the keys of what it prints as JSON."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import asdict, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints
from unittest.mock import patch

from corpus.types import FileReport, Receipt
from qa.calibration import Calibration
from qa.checkup import CitationCheck
from qa.cli import app, main
from qa.cli.common import DONE, INTERRUPTED, NEEDS_ATTENTION, NO_ANSWER, WRONG_USAGE
from qa.doctor import Examination
from qa.evaluate import Evaluation
from qa.relevance import load_relevance_model
from qa.results import DocumentList, DocumentText, Verification
from qa.tuning import Tuning
from qa.types import Answer
from qa.weights import DEFAULT_WEIGHTS

EXIT_CODES = {
    DONE: "done",
    NEEDS_ATTENTION: "done, but something needs attention: a file failed, a check found damage",
    WRONG_USAGE: "wrong usage, or a library that cannot be used; stderr says what to do",
    NO_ANSWER: "`ask`: no passage answers; the nearest are shown",
    INTERRUPTED: "interrupted; what was done is kept",
}
PRINTED: Final[dict[str, type[Any] | dict[str, Any]]] = {
    "qa ask": Answer,
    "qa index": Receipt((), 0.0, 0).to_dict(),
    "qa list": DocumentList,
    "qa show": DocumentText,
    "qa forget": {"removed": [""]},
    "qa verify": Verification,
    "qa verify --citation": CitationCheck,
    "qa doctor": Examination,
    "qa evaluate": Evaluation.of("hybrid", [], [], 10).to_dict(),
    "qa tune": {
        **Tuning(0, DEFAULT_WEIGHTS, 0.0, 0.0, (0.0, 0.0), 1.0).to_dict(),
        "weights": asdict(DEFAULT_WEIGHTS),
    },
    "qa calibrate": Calibration(load_relevance_model(), 0, 0.0, 0.0, 0.0, 0.0).to_dict(),
}
NESTED = {"qa index": FileReport}
"""What stands inside a command's lists, where the object that is printed does not say it."""

_NAMES = {str: "string", int: "integer", float: "number", bool: "true or false", NoneType: "null"}
_INTRODUCTION = """# The contract

<!-- Made by `python -m tests.tools.make_docs`; a test checks that it is current. -->

What scripts and programs may rely on. Options and keys may be added; none is renamed or dropped
without a new major version. Offsets count Unicode code points, start included, end excluded. Scores
and measures that do not apply are null. With `--json` a command prints one object on one line on
stdout; whatever else there is to say goes to stderr.

`qa chat` and `qa serve` describe their HTTP API at `/docs`; `qa mcp` describes its tools to the
assistant that starts it. Both return the objects below.
"""


def page() -> str:
    """Return the page in Markdown."""
    parts = [_INTRODUCTION, "## Exit codes\n", *_exit_codes(), "\n## Commands\n"]
    parts += [f"### qa {name}\n\n```text\n{help_of(name)}```\n" for name in commands()]
    parts.append("## What is printed with `--json`\n")
    for command, printed in PRINTED.items():
        parts.append(f"### {command} --json\n")
        parts += _object(printed)
        if command in NESTED:
            parts.append(_table(NESTED[command]))
    return "\n".join(parts).rstrip() + "\n"


def commands() -> list[str]:
    """Return the names of all commands, in the order of the help."""
    named = ((command.name, command.callback) for command in app.registered_commands)
    return [name or str(getattr(function, "__name__", "")) for name, function in named]


def help_of(command: str) -> str:
    """Return what ``qa COMMAND --help`` prints where that is no terminal."""
    out = io.StringIO()
    with patch.dict(os.environ, COLUMNS="80", TERMINAL_WIDTH="80"), redirect_stdout(out):
        main([command, "--help"])
    usage = f"Usage: qa {command} "  # else it names the program that asks
    return re.sub(rf"Usage: .*?\b{command} ", usage, out.getvalue().strip("\n"), count=1) + "\n"


def _exit_codes() -> Iterator[str]:
    yield "| code | means |\n|---|---|"
    yield from (f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items())


def _object(printed: type[Any] | dict[str, Any]) -> Iterator[str]:
    """Yield the description and keys of an object, then those of each kind inside it."""
    if isinstance(printed, dict):
        rows = [f"| `{key}` | {_kind_of(value)} |" for key, value in printed.items()]
        yield "\n".join(["| key | value |\n|---|---|", *rows]) + "\n"
        return
    kinds = [printed]
    for kind in kinds:  # grows while it is gone through
        kinds += [inner for inner in dict.fromkeys(_inside(kind)) if inner not in kinds]
        yield _table(kind)


def _table(kind: type[Any]) -> str:
    hints = get_type_hints(kind)
    description = re.sub(r"\s*\n\s*", " ", (kind.__doc__ or "").strip())
    description = re.sub(r"\bNone\b", "null", description.replace("``", "`"))
    rows = [f"| `{field.name}` | {_named(hints[field.name])} |" for field in fields(kind)]
    head = f"*{kind.__name__}*: {description}\n\n| key | value |\n|---|---|"
    return "\n".join([head, *rows]) + "\n"


def _inside(kind: type[Any]) -> Iterator[type[Any]]:
    """Yield the dataclasses that the fields of one hold."""
    stack = list(get_type_hints(kind).values())
    while stack:
        hint = stack.pop(0)
        if is_dataclass(hint):
            yield hint  # type: ignore[misc]
        stack += get_args(hint)


def _named(hint: Any) -> str:
    """Return a type as JSON has it."""
    inside = get_args(hint)
    if hint in _NAMES:
        return _NAMES[hint]
    if is_dataclass(hint):
        return f"*{hint.__name__}*"  # type: ignore[union-attr]
    if get_origin(hint) is Literal:
        return " or ".join(f"`{choice}`" for choice in inside)
    if get_origin(hint) in (Union, UnionType):
        return " or ".join(map(_named, inside))
    if get_origin(hint) is dict:
        return f"object of {_named(inside[1])}s by name"
    if get_origin(hint) is tuple and Ellipsis not in inside:
        return "[" + ", ".join(map(_named, inside)) + "]"
    return f"list of {_named(inside[0])}"


def _kind_of(value: Any) -> str:
    """Return the type of an example's value."""
    if isinstance(value, Mapping):
        return "object" + (f": {', '.join(f'`{key}`' for key in value)}" if value else "")
    if isinstance(value, (list, tuple)):
        return f"list of {_kind_of(value[0])}s" if value else "list"
    return "object, or null" if value is None else _NAMES[type(value)]
