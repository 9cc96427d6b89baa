"""The rooms of the source: each file and folder with the first line that it says."""

import ast

from docs._ext import ROOT


def rooms(folder: str = "") -> str:
    """Return a table of what is in a folder of src/refgd, as Markdown."""
    inside = sorted((ROOT / "src" / "refgd" / folder).iterdir())
    files = {p.name: p for p in inside if p.suffix == ".py" and p.stem[:2] != "__"}
    folders = {f"{p.name}/": p / "__init__.py" for p in inside}
    lines = ["| where | what |", "| --- | --- |"]
    for name, path in {**files, **folders}.items():
        if path.exists():
            words = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
            first = words.partition("\n")[0]
            lines.append(f"| `{name}` | {first} |")
    return "\n".join(lines) + "\n"
