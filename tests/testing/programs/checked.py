"""What `refgd check` finds in a program, found in the tests' own process."""

import json
from pathlib import Path
from typing import Any

from refgd.testing.programs import examine


def check(folder: Path, text: str, **orders: Any) -> dict[str, Any]:
    """Return what is found in a program."""
    path = folder / "homework.py"
    path.write_text(text, "gbk" if "coding: gbk" in text else "utf-8")
    usual = {"convention": "any", "names": {}, "max_examples": 1, "limit": 4.0}
    found = examine({"target": str(path), **usual, **orders})
    return dict(json.loads(json.dumps(found)))


def verdict(found: dict[str, Any], kind: str = "gradient") -> str:
    """Return the first verdict on a function of a kind."""
    return str(next(f["verdict"] for f in found["functions"] if f["kind"] == kind))
