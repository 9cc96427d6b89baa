"""Each lesson's notebook: its cells run, and are the same in both languages."""

# ruff: noqa: E402 - what the imports below need may be missing, which is no error

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

for needed in ("markdown_exec", "quickjs", "nbclient", "ipykernel"):
    pytest.importorskip(needed, reason="needs refgd[dev]")

from docs._ext.content import notebooks
from docs._ext.markdown.code import with_code

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {  # and of the pattern that is copied for a new one
    path.stem: text
    for path in sorted([*DOCS.glob("learn/*.md"), *DOCS.glob("_ext/lesson*.md")])
    if 'source="' in (text := with_code(path.read_text("utf-8")))
}
LESSONS = [name for name in PAGES if not name.endswith(".zh")]


def notebook(name: str) -> Any:
    """Make a notebook, with "7" for each number in its text."""
    language = "zh" if name.endswith(".zh") else "en"
    made = notebooks.write(PAGES[name], language, lambda *_: "7")
    return import_module("nbformat").reads(made, as_version=4)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """Start one kernel, which runs every notebook."""
    empty = import_module("nbformat.v4").new_notebook()
    client = import_module("nbclient").NotebookClient(empty, timeout=60)
    with client.setup_kernel():
        yield client


@pytest.mark.parametrize("name", LESSONS)
def test_a_notebook_runs(client: Any, name: str) -> None:
    """From its first cell to its last, where no name is bound before."""
    client.nb = notebook(name)
    client.nb.cells[0] = import_module("nbformat.v4").new_code_cell("%reset -f")
    for index, cell in enumerate(client.nb.cells):
        client.execute_cell(cell, index)
    assert any(cell.get("outputs") for cell in client.nb.cells)


@pytest.mark.parametrize("name", LESSONS)
def test_the_chinese_notebook_has_the_same_code(name: str) -> None:
    english, chinese = (
        [cell.source for cell in notebook(each).cells if cell.cell_type == "code"]
        for each in (name, f"{name}.zh")
    )
    assert english == chinese
    assert english != []


PAGE = """# Title {#id}

```python exec="on" session="s"
import math
half = math.tau / 2
n = 1
assert half > 3
```

<!-- definition -->
See [the next](next.md): `{s} n`.

```python exec="on" session="s"
print("| a table |")
```

```python exec="on" html="on" session="s"
print("<svg></svg>")
```

```python exec="on" source="above" session="s"
n = 2
print(n * half)
```

??? success "Answer"

    It is $\\tau$.
"""
TITLE = "# Title\n\nSee the next: "
ANSWER = "<details><summary>Answer</summary>\n\nIt is $\\tau$.\n\n</details>"


def test_a_notebook_takes_of_the_hidden_code_what_a_cell_needs() -> None:
    """Not a check, not a name that is bound anew; a table is text, a picture is not."""

    def run(session: str, code: str) -> str:
        return f"{session}: {code}"

    assert list(notebooks.cells(PAGE, "en", run)) == [
        ("markdown", f"{TITLE}s: print(n, end='').\n\ns: print(\"| a table |\")"),
        ("code", "import math\nhalf = math.tau / 2"),
        ("code", "n = 2\nprint(n * half)"),
        ("markdown", ANSWER),
    ]


def test_a_page_may_end_with_an_answer_in_code() -> None:
    """Markdown is given a page without its last line's end."""
    page = '# Title\n\n??? success "Answer"\n\n    ```python\n    x\n    ```'
    ((_, made),) = notebooks.cells(page, "en", lambda *_: "")
    assert made.endswith("```python\nx\n```\n\n</details>")


def test_a_cell_may_not_need_what_only_the_site_has() -> None:
    page = PAGE.replace("import math", "from docs._ext import math")
    with pytest.raises(notebooks.NeededCodeError, match=r"from docs\._ext import math"):
        list(notebooks.cells(page, "en", lambda *_: ""))
