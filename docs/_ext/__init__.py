"""What the site's pages are made with.

`markdown` extends Markdown and the reference: formulas, real lines of source, values.
`content` makes text out of this tree: its tests, its commands, its measurements.
`pictures` has a module for each page that has pictures, by the page's name.
`hooks` is what MkDocs calls: it writes an index of the search for each language;
`downloads` writes the notebook and the slides of a lesson.
`lesson.md` is what a new lesson begins as, `lesson.zh.md` in Chinese.

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
