"""What the site's pages are made with: formulas, sources, proofs, numbers, pictures.

Importing it puts this tree's src first: a page never shows another refgd's lines.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "src"))

import refgd  # noqa: E402 - from the line above

if not Path(refgd.__file__).is_relative_to(ROOT):
    msg = f"the site must be built from this tree's refgd, got {refgd.__file__}"
    raise ImportError(msg)
