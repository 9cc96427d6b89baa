"""A lesson as slides: what of its text they show, and what stands in the notes."""

# ruff: noqa: E402 - what the imports below need may be missing, which is no error

import pytest

for needed in ("markdown_exec", "quickjs"):
    pytest.importorskip(needed, reason="needs refgd[docs]")

from docs._ext.content import slides

LONG = (
    "A second sentence, which is far too long to be shown together with the first one."
)
CODE = "x = 1\n" * 30
PAGE = f"""# Title

The first `a. b` sentence. {LONG} The last one leads to

$$a = b$$
<!-- definition -->

## Part {{#part}}

**Bold.** Alone. {LONG} {LONG}

```python exec="on" html="on" session="s"
print(picture)
```

```python exec="on" source="above" session="s"
{CODE}
```

## Exercises

**1.** Do it. {LONG} {LONG}

??? success "Answer"

    Done.
"""


def test_a_slide_has_the_sentences_that_count() -> None:
    """And the rest in its notes; a display is on the slide of what leads to it."""
    title, bold, code, exercises = slides.outline(PAGE, "en").split("\n\n---\n\n")
    shown, notes = title.split('\n\n??? notes "Notes"\n\n')
    lead = "The first `a. b` sentence. The last one leads to"
    assert shown == f"# Title\n\n{lead}\n\n$$a = b$$"
    assert LONG in notes
    assert bold.startswith(f"## Part\n\n**Bold.** Alone. {LONG}\n\n```python")
    assert code.startswith("## Part\n\n```python")
    assert exercises.startswith(f"## Exercises\n\n**1.** Do it. {LONG}")
    assert exercises.endswith("    Done.")


def test_a_chinese_sentence_ends_with_its_own_marks() -> None:
    first = "**预测。** 第一句。"
    made = slides.outline(f"# 标题\n\n{first}{'第二句很长。' * 9}", "zh")
    assert made.startswith(f'# 标题\n\n{first}\n\n??? notes "备注"')


def test_slides_need_no_other_file() -> None:
    code = f"<pre>{CODE}</pre>"  # small, so that it fits
    made = slides.write(f"<h1>a</h1><hr />{code}", "a < b", "en")
    assert made.count("<section>") == made.count("<section class=long>") == 1
    assert "<title>a &lt; b</title>" in made
    assert "url(data:font/woff2;base64," in made
    assert "url(fonts" not in made
