"""The museum of wrong gradients: each exhibit, its lines, and how it is caught."""

import inspect
import re
from collections.abc import Iterator
from functools import cache
from textwrap import indent

from docs._ext.content import chinese
from docs._ext.markdown import source
from refgd.testing import GradientError
from refgd.testing.known_bugs import BUGS, Bug

REPORT = re.compile(r"([\w.-]+/[\w.-]+)((?:#\d+)(?:(?:, | and )#\d+)*)")
HEADS = {
    "en": ("exhibit", "the mistake", "what catches it"),
    "zh": ("展品", "错误", "用什么查出来"),
}
PULLS = re.compile(r"([\w.-]+/[\w.-]+), pull requests ((?:\d+(?:, | and )?)+)")


@cache  # the same page is made for each language
def caught(name: str) -> GradientError:
    """Return what the kit says of an exhibit, now.

    Raises:
        RuntimeError: If it says nothing.
    """
    error = BUGS[name].caught()
    if error is None:
        msg = f"the kit does not catch {name}"
        raise RuntimeError(msg)
    return error


def reported() -> list[Bug]:
    """Return the exhibits that have a public report."""
    return [bug for bug in BUGS.values() if where(bug) != bug.where]


def where(bug: Bug, language: str = "en") -> str:
    """Return where it happened, with a link to each report."""
    linked = PULLS.sub(
        lambda m: f"{m[1]}, pull requests {_links(m[1], m[2])}", bug.where
    )
    linked = REPORT.sub(
        lambda m: _links(m[1], m[2]).replace("[", f"[{m[1]}", 1), linked
    )
    return linked if language == "en" else chinese.origin(linked)


def _links(repository: str, numbers: str) -> str:
    url = f"https://github.com/{repository}/issues"
    return re.sub(r"#?(\d+)", lambda m: f"[{m[0]}]({url}/{m[1]})", numbers)


def index(language: str = "en") -> str:
    """Return a table of all exhibits: the mistake, and the property that catches it."""
    lines = [
        f"| [`{bug.name}`](#{bug.name}) | {_cell(title(bug, language))} "
        f"| {_catch(bug, language)} |"
        for bug in BUGS.values()
    ]
    head = f"| {' | '.join(HEADS[language])} |\n| --- | --- | --- |"
    table = "\n".join([head, *lines])
    return f'<div class="wide" markdown>\n\n{table}\n\n</div>\n'


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def title(bug: Bug, language: str) -> str:
    """Return what is wrong with an exhibit."""
    return bug.title if language == "en" else str(chinese.WORDS["titles"][bug.name])


def _catch(bug: Bug, language: str) -> str:
    return (
        bug.caught_by
        if language == "en"
        else str(chinese.WORDS["catches"][bug.caught_by])
    )


def room(name: str, language: str = "en") -> str:
    """Return the exhibits of one room as Markdown."""
    bugs = [bug for bug in BUGS.values() if bug.room == name]
    return "\n".join(line for bug in bugs for line in _exhibit(bug, language))


def _exhibit(bug: Bug, language: str) -> Iterator[str]:
    lines, error, seen = _lines(bug), caught(bug.name), where(bug, language)
    yield f"### {_sentence(title(bug, language))} {{#{bug.name}}}\n"
    public = bug in reported()
    if language == "en":
        yield f"`{bug.name}`. {'Reported' if public else 'Comes from'}: {seen}.\n"
    else:
        yield f"`{bug.name}`。{'报告见' if public else '来自'}：{seen}。\n"
    yield '<div class="side top" markdown>\n<div markdown>\n'
    yield f'```python title="{lines.title}"\n{lines.text}\n```\n'
    yield "</div>\n<div markdown>\n"
    said = (error.diagnosis or bug.title).replace('"', "&quot;")
    yield f'??? failure "{said}"\n'
    yield indent(f"```{{.text .wraps}}\n{error}\n```\n", "    ")
    yield "</div>\n</div>\n"


def _sentence(title: str) -> str:
    """Begin with a capital, but for n, the number."""
    return title if title.startswith("n ") else title[0].upper() + title[1:]


def _lines(bug: Bug) -> source.Lines:
    """Return its real lines, from the def on; of one with a memory, what makes it."""
    module = inspect.getmodule(bug.function)
    maker = bug.function.__qualname__.partition(".")[0]
    assert module is not None  # noqa: S101 - it is one of the kit's
    path, first, text = source.function(f"{module.__name__}.{maker}")
    label, _, body = text.partition("def ")
    return source.Lines(path, first + label.count("\n"), f"def {body}")
