"""Code is written on the English page, and the Chinese page has all of it."""

from pathlib import Path

import pytest

pytest.importorskip("markdown", reason="needs refgd[docs]")

from docs._ext.markdown import code

ENGLISH = """# Title

```python id="setup" exec="on" session="s"
x = 1
```

````md
```python id="an-example"
```
````

- a list

    ```python exec="on" id="shown" source="above"
    print(x)

        # far in
    ```

```sh
ls
```
"""
CHINESE = "# 标题\n\n<!-- code: setup -->\n\n文\n\n<!-- code: shown -->\n"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The Chinese page of two, which are the only ones."""
    monkeypatch.setattr(code, "DOCS", tmp_path)
    (tmp_path / "page.md").write_text(ENGLISH, "utf-8")
    path = tmp_path / "page.zh.md"
    path.write_text(CHINESE, "utf-8")
    return path


@pytest.mark.usefixtures("page")
def test_a_mark_stands_for_the_whole_fence() -> None:
    """Without its id, and as far in as the mark; other fences are left alone."""
    assert code.with_code(CHINESE) == (
        '# 标题\n\n```python exec="on" session="s"\nx = 1\n```\n\n文\n\n'
        '```python exec="on" source="above"\nprint(x)\n\n    # far in\n```\n'
    )
    assert "    ```python exec" in code.with_code(CHINESE.replace("<!--", "    <!--"))
    ids = ' id="setup"', ' id="shown"'
    assert code.with_code(ENGLISH) == ENGLISH.replace(ids[0], "").replace(ids[1], "")


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize(
    "wrong",
    [
        CHINESE.replace("code: setup", "code: nothing"),
        CHINESE.replace("<!-- code: shown -->\n", ""),
        CHINESE.replace("setup", "an-example"),
        "# 标题\n\n<!-- code: shown -->\n\n<!-- code: setup -->\n",
        CHINESE + "\n<!-- code: shown -->\n",
        "# Title\n\n<!-- code: setup -->\n",
    ],
)
def test_other_code_than_the_english_pages_stops_the_build(wrong: str) -> None:
    with pytest.raises(code.SharedCodeError, match=r"the English page's \["):
        code.with_code(wrong)


@pytest.mark.parametrize(
    "english",
    sorted(p for p in code.DOCS.rglob("*.md") if not p.name.endswith(".zh.md")),
    ids=lambda path: str(path.relative_to(code.DOCS)),
)
def test_no_code_is_written_twice(english: Path) -> None:
    """What has an id is used by the Chinese page; what it has of its own is its own."""
    chinese = english.with_suffix(".zh.md")
    pages = [path for path in (english, chinese) if path.exists()]
    ours, *theirs = [list(code.CODE.finditer(p.read_text("utf-8"))) for p in pages]
    marks = [found["mark"] for page in theirs for found in page if found["mark"]]
    assert [found["id"] for found in ours if found["id"]] == marks
    run = [found["rest"] for found in ours if "exec=" in found["head"] + found["rest"]]
    assert [
        f[0] for page in theirs for f in page if f["ticks"] and f["rest"] in run
    ] == []
