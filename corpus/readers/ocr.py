"""Text in images, recognised by the ``tesseract`` command where the machine has it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache
from io import BytesIO
from typing import Final

from PIL import Image

from corpus.errors import ReadError

INSTALL: Final = "to read it, install tesseract (Debian: apt install tesseract-ocr)"

_SECONDS: Final = 120.0  # for one image
_MOST_LANGUAGES: Final = 4  # each costs time
_NO_LANGUAGE: Final = frozenset({"osd", "equ", "snum"})
_BLANK_LINES: Final = re.compile(r"\s*\n\s*\n\s*")
_SPACES: Final = re.compile(r"[^\S\n]+")


def is_available() -> bool:
    """Tell whether the ``tesseract`` command is installed."""
    return shutil.which("tesseract") is not None


def recognise(image: Image.Image) -> str:
    """Return the text in an image, a blank line between paragraphs; empty when there is none.

    Raises `ReadError` when tesseract is not installed, fails or takes too long.
    """
    command = shutil.which("tesseract")
    if command is None:
        raise ReadError(f"looks scanned; {INSTALL}")
    png = BytesIO()
    image.save(png, "PNG", compress_level=1)
    try:
        done = subprocess.run(
            [command, "stdin", "stdout", *_options(command)],
            input=png.getvalue(),
            capture_output=True,
            timeout=_SECONDS,
            env=_environment(),
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise ReadError(f"tesseract took more than {_SECONDS:.0f} seconds") from error
    except (OSError, subprocess.CalledProcessError) as error:
        raise ReadError("tesseract failed; try it on the image by hand") from error
    return _tidied(done.stdout.decode("utf-8", "replace"))


@cache
def _options(command: str) -> list[str]:
    """Return tesseract's options for what is installed: languages, English first, and turning."""
    done = subprocess.run(
        [command, "--list-langs"], capture_output=True, timeout=_SECONDS, check=False
    )
    listed = {line.strip() for line in done.stdout.decode("utf-8", "replace").splitlines()[1:]}
    names = sorted(listed - _NO_LANGUAGE - {""}, key=lambda name: (name != "eng", name))
    languages = "+".join([name for name in names if "/" not in name][:_MOST_LANGUAGES]) or "eng"
    turn = ["--psm", "1"] if "osd" in listed else []  # finds out which side is up
    return ["-l", languages, *turn]


def _environment() -> dict[str, str]:
    """Return this process's environment with one thread for tesseract: more make it slower."""
    return {**os.environ, "OMP_THREAD_LIMIT": "1"}


def _tidied(text: str) -> str:
    lines = _SPACES.sub(" ", text.replace("\f", "\n")).strip()
    return _BLANK_LINES.sub("\n\n", lines.replace(" \n", "\n"))
