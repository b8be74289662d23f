"""All commands, and the way in: errors become one line and an exit code here."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.exceptions import TyperException

from corpus.errors import DocumentQAError
from qa.cli import asking, keeping, measuring, serving
from qa.cli.common import DONE, INTERRUPTED, WRONG_USAGE, say_what_is_told, warn

app = typer.Typer(
    name="qa",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("document-qa"))
        raise typer.Exit


@app.callback()
def qa(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Ask your own documents a question; get the passages that answer it, with citations."""


app.command()(asking.ask)
app.command()(keeping.index)
app.command()(keeping.forget)
app.command()(keeping.verify)
app.command()(keeping.doctor)
app.command(name="list")(asking.list_documents)
app.command()(asking.show)
app.command()(serving.chat)
app.command()(serving.serve)
app.command()(serving.mcp)
app.command()(measuring.evaluate)
app.command()(measuring.tune)
app.command()(measuring.calibrate)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; no traceback reaches the user."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    say_what_is_told()
    try:
        code = int(app(given or ["--help"], standalone_mode=False) or DONE)
        sys.stdout.flush()
        if code == INTERRUPTED:  # typer has caught the KeyboardInterrupt
            raise KeyboardInterrupt
        return code
    except TyperException as error:
        return _fail(_usage(error))
    except DocumentQAError as error:
        return _fail(str(error))
    except PermissionError as error:  # of a path that was named; files inside one are reported
        return _fail(f"{error.filename} cannot be opened ({error.strerror}); check its permissions")
    except (KeyboardInterrupt, typer.Abort):
        warn("interrupted; what was done is kept, and the same command goes on from there")
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone; Python must not complain at exit
        return DONE
    except Exception as error:  # a fault of ours: say so in one line, too
        return _fail(f"unexpected {type(error).__name__}: {error}; please report it")


def run() -> None:
    """Enter from the command line."""
    sys.exit(main())


def _usage(error: TyperException) -> str:
    """Return what is wrong with the words of a command, and where they are explained."""
    said = error.format_message().rstrip(".")
    if "extra argument" in said:
        said += "; put what holds spaces in quotes"
    context = getattr(error, "ctx", None)
    command = f"qa {context.info_name}" if context and context.parent else "qa"
    return f"{said}{'' if said.endswith('?') else '.'} See {command} --help."


def _fail(message: str) -> int:
    warn("error: " + " ".join(message.split()))
    return WRONG_USAGE
