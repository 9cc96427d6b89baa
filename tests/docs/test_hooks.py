"""What the build adds to each page: how a rule begins, where code breaks, a preview."""

# ruff: noqa: E402 - what the imports below need may be missing, which is no error

import struct
from types import SimpleNamespace
from typing import Any

import pytest

for needed in ("markdown_exec", "jieba", "matplotlib"):
    pytest.importorskip(needed, reason="needs refgd[docs]")

from jinja2 import Environment

from docs._ext import ROOT, hooks
from docs._ext.content import annotations, rules, terminal
from docs._ext.pictures import card

THEME = ROOT / "docs" / "_theme" / "partials"


def _page(address: str) -> Any:
    file = SimpleNamespace(src_uri=address)
    return SimpleNamespace(file=file, title="Adam", meta={}, canonical_url=None)


def test_the_page_of_a_rule_begins_with_what_it_does() -> None:
    page = _page("reference/optimizers/adam.md")
    made = hooks.on_page_markdown("# Adam\n\n## The rule\n", page)
    assert made.startswith(
        f"# Adam\n\n{rules.sentence('adam')} Elsewhere: torch `Adam`"
    )
    assert made.endswith("\n\n## The rule\n")
    assert page.meta["rule"]
    assert hooks.on_page_markdown("# Core\n", _page("reference/core.md")) == "# Core\n"


@pytest.mark.parametrize(
    ("html", "made"),
    [
        (
            "<code>fit --batch-size N</code> and a -- b",
            '<code>fit <span class="option">--batch-size</span> N</code> and a -- b',
        ),
        ("<code>x.T, n-1</code>", "<code>x.T, n-1</code>"),
        ("<pre><span></span><code>a --b</code></pre>", None),
        (
            "<td><code>docs/test_it_well.py</code></td>",
            "<td><code>docs/<wbr>test_<wbr>it_well.py</code></td>",
        ),
        (
            "<td><code>weight_decay</code></td>",
            "<td><code>weight_<wbr>decay</code></td>",
        ),
        ("<td><code>eps_root, len(y), core.py, .venv</code></td>", None),
        (
            "<td><code>w -&gt; loss</code></td>",
            '<td><code>w <span class="option">-&gt;</span> loss</code></td>',
        ),
        (
            '<span class="doc doc-object-name x">refgd.testing.laws</span>',
            '<span class="doc doc-object-name x">refgd.<wbr>testing.<wbr>laws</span>',
        ),
    ],
)
def test_a_long_name_may_break_and_an_option_never(html: str, made: str | None) -> None:
    assert hooks.on_page_content(html) == (made or html)


def test_sentences_of_a_terminal_wrap_and_tables_do_not() -> None:
    for said in ("loss      right\nall right", "    f(x)  # expected 1, got 2.0"):
        assert "wraps" in terminal.fence("refgd check a.py", said)
    for table in ("  --lr LR     the rate", f"{'=' * 30} 1 passed {'=' * 30}"):
        assert "wraps" not in terminal.fence("refgd --help", table)


def test_every_type_of_a_signature_but_what_is_guarded_is_in_words() -> None:
    table = annotations.table()
    assert "| `Weights` | A weight: a scalar when x is (n,), " in table
    assert table.count("\n") == 1 + 7
    assert "Guarded" not in table


def test_the_preview_is_small_as_large_as_it_says_and_the_same_each_time() -> None:
    made = card.draw()
    assert struct.unpack(">4s2I", made[12:24]) == (b"IHDR", *card.SIZE)
    assert len(made) < 60_000
    assert made == card.draw()


@pytest.mark.parametrize("site", ["https://example.org/gd/", "https://example.org/gd"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_names_the_preview_where_the_site_has_an_address(
    site: str, language: str
) -> None:
    template = Environment(autoescape=True).from_string(
        (THEME / "preview.html").read_text("utf-8")
    )

    def tags(address: str | None) -> str:
        config = SimpleNamespace(
            site_url=address, site_name="refgd", site_description="-"
        )
        page = _page("index.md")
        return template.render(config=config, page=page, i18n_page_locale=language)

    width, height = card.SIZE
    for said in (
        f'"og:image" content="https://example.org/gd/{hooks.CARD.as_posix()}"',
        f'"og:image:width" content="{width}"',
        f'"og:image:height" content="{height}"',
        '"twitter:card" content="summary_large_image"',
    ):
        assert said in tags(site)
    assert "og:title" in tags(None)
    assert "image" not in tags(None)
