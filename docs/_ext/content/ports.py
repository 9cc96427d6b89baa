"""The optimizers in other languages that docs/check/languages.md shows and runs."""

import subprocess
import tempfile
from functools import cache
from pathlib import Path

from docs._ext import ROOT
from docs._ext.content.terminal import File
from refgd import vectors

FOLDER = ROOT / "docs" / "check" / "ports"
JAVASCRIPT = (FOLDER / "adam.js").read_text("utf-8")
C = (FOLDER / "adam.c").read_text("utf-8")

#: The same with a mistake: the root is taken of an average that is not corrected.
UNCORRECTED = JAVASCRIPT.replace(" / (1 - this.beta2 ** this.t)", "")


def shown(language: str, name: str, text: str) -> str:
    """Return a program as a fence of Markdown."""
    return f'```{language} title="{name}"\n{text.strip()}\n```\n'


@cache  # the same page is made for each language
def run_javascript(text: str) -> File:
    """Return what a program of node makes of Adam's golden vectors."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "adam.js").write_text(text, "utf-8")
        (Path(folder) / "adam.json").write_text(
            vectors.write(vectors.make("adam")), "utf-8"
        )
        return File("results.json", _run(folder, "node", "adam.js", "adam.json"))


def run_c(text: str) -> File:
    """Return what a program in C makes of Adam's golden numbers."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "adam.c").write_text(text, "utf-8")
        strict = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off")
        _run(folder, "gcc", *strict, "adam.c", "-lm", "-o", "adam")
        numbers = vectors.write_numbers(vectors.make("adam"))
        program = str(Path(folder) / "adam")
        return File("results.txt", _run(folder, program, given=numbers))


def _run(folder: str, *command: str, given: str = "") -> str:
    done = subprocess.run(  # noqa: S603 - the programs are our own pages'
        command,
        cwd=folder,
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        msg = f"{' '.join(command)} ended with {done.returncode}: {done.stdout}"
        raise RuntimeError(msg)
    return done.stdout
