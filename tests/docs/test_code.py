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
    "english", [p for p in code.DOCS.rglob("*.md") if not p.name.endswith(".zh.md")]
)
def test_a_page_with_ids_has_a_chinese_page_that_uses_them(english: Path) -> None:
    ids = [f["id"] for f in code.CODE.finditer(english.read_text("utf-8")) if f["id"]]
    twin = english.with_suffix(".zh.md")
    chinese = twin.read_text("utf-8") if ids else ""
    assert [f["mark"] for f in code.CODE.finditer(chinese) if f["mark"]] == ids
