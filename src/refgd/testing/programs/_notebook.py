"""The code cells of a notebook, without what is IPython's own: %, %%, ! and ?."""

import ast
import json
import re
from pathlib import Path

#: What a cell that begins so is: Python after its first line. Others are no Python.
PYTHON = ("%%time", "%%timeit", "%%capture", "%%prun", "%%snakeviz", "%%python")

#: A line that only IPython understands: a magic, a command, or a question.
OWN = re.compile(r"^(\s*)(?:[%!?]|[\w.]+\?{1,2}\s*$|[\w, ]+=\s*[%!]).*$")


class NotebookError(ValueError):
    """The file is no notebook."""


def read_cells(path: Path) -> list[str]:
    """Return the code cells in order, of format 3 and later.

    Raises:
        NotebookError: If the file is no notebook.
    """
    try:
        notebook = json.loads(path.read_text("utf-8-sig"))
    except ValueError as error:
        msg = f"is no notebook: {error}"
        raise NotebookError(msg) from None
    notebook = notebook if isinstance(notebook, dict) else {}
    sheets = notebook.get("worksheets", [notebook])  # format 3 had pages
    try:
        cells = [cell for sheet in sheets for cell in sheet["cells"]]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        sources = [cell.get("source", cell.get("input", "")) for cell in code]
        return [remove_magics("".join(source)) for source in sources]
    except (KeyError, TypeError):
        raise NotebookError("is no notebook: it has no cells") from None


def remove_magics(cell: str) -> str:
    """Return a cell as Python; a line that is none becomes `pass`."""
    if cell.lstrip().startswith("%%"):
        first, _, rest = cell.lstrip().partition("\n")
        cell = f"\n{rest}" if first.split()[0] in PYTHON else ""
    try:
        ast.parse(cell)
    except (SyntaxError, ValueError):
        return "\n".join(OWN.sub(r"\1pass", line) for line in cell.split("\n"))
    return cell
