"""The search, as the theme runs it: what a learner types finds the page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from docs._ext.content import rules
from docs.test_browser import opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(
    path.relative_to(DOCS).as_posix()
    for path in DOCS.rglob("*.md")
    if path.parent.name not in ("benchmarks", "_ext")
    and not (path.parent.name == "optimizers" and path.stem in rules.names())
)
FIRST = {
    "": {
        "overfitting": "learn/stopping/",
        "early stopping": "learn/stopping/",
        "chain rule": "learn/derivation/",
        "why divide by n": "learn/mistakes/",
        "normalize": "learn/mistakes/",
        "NaN": "check/loss/",
        "diverged": "check/loss/",
        "loss not decreasing": "check/loss/",
        "learning rate too large": "learn/learning-rate/",
        "step size": "learn/learning-rate/",
        "batch size": "learn/batches/",
        "stochastic gradient descent": "learn/batches/",
        "local minimum": "learn/not-a-bowl/",
        "mean squared error": "learn/by-hand/",
        "momentum": "learn/momentum/",
        "adam": "learn/adaptive/",
        "feature scaling": "scale/features/",
        "finite differences": "check/derivative/",
        "gradient accumulation": "check/accumulation/",
        "convert optimizer": "check/port/",
        "gradient": "learn/by-hand/",
        "epoch": "learn/by-hand/",
        "y hat": "learn/by-hand/",
        "slides": "learn/by-hand/",
        "slope": "learn/derivation/",
        "overshoot": "learn/descent/",
        "why does my loss go up": "learn/descent/",
        "neural network": "learn/pytorch/",
        "how to install": "",
    },
    "zh/": {
        "过拟合": "learn/stopping/",
        "早停": "learn/stopping/",
        "链式法则": "learn/derivation/",
        "除以 n": "learn/mistakes/",
        "权重衰减": "learn/mistakes/",
        "NaN": "check/loss/",
        "发散": "check/loss/",
        "损失不下降": "check/loss/",
        "学习率": "learn/learning-rate/",
        "批量大小": "learn/batches/",
        "随机梯度下降": "learn/batches/",
        "局部最小值": "learn/not-a-bowl/",
        "均方误差": "learn/by-hand/",
        "动量法": "learn/momentum/",
        "Adam": "learn/adaptive/",
        "归一化": "scale/features/",
        "梯度检查": "check/yours/",
        "梯度累积": "check/accumulation/",
        "移植": "check/port/",
        "梯度下降": "",
        "梯度": "learn/by-hand/",
        "轮次": "learn/by-hand/",
        "幻灯片": "learn/by-hand/",
        "斜率": "learn/derivation/",
        "导数": "learn/derivation/",
        "偏导数": "learn/derivation/",
        "神经网络": "learn/pytorch/",
        "安装": "",
    },
}

#: What the theme does, with its own script and the page's own index: the first result.
SEARCH = """async (queries) => {
    const config = JSON.parse(document.getElementById("__config").textContent);
    const worker = new Worker(config.search);
    const ask = (type, data) => new Promise((answer) => {
        worker.onmessage = ({data: {data}}) => answer(data);
        worker.postMessage({type, data});
    });
    const index = new URL("search/search_index.json", new URL(config.base, location));
    await ask(0, {...await (await fetch(index)).json(), options: {suggest: false}});
    const found = {};
    for (const query of queries) found[query] = (await ask(2, query)).items[0];
    return found;
}"""


@pytest.mark.parametrize("language", FIRST)
def test_what_a_learner_types_finds_the_page(
    browser: Browser, base: str, language: str
) -> None:
    expected = FIRST[language]
    with opened(browser, base + language) as page:
        found = page.evaluate(SEARCH, list(expected))
    first = {
        query: items[0]["location"].split("#")[0] if items else None
        for query, items in found.items()
    }
    assert first == expected


@pytest.mark.parametrize("language", FIRST)
def test_an_index_has_the_pages_of_its_language_once(
    browser: Browser, base: str, language: str
) -> None:
    with opened(browser, base + language) as page:
        docs = page.evaluate(
            "async () => (await (await fetch('search/search_index.json')).json()).docs"
        )
    places = [entry["location"] for entry in docs]
    assert len(set(places)) == len(places)
    assert [place for place in places if place.startswith("zh/")] == []
    titles = {entry["location"]: entry["title"].replace("\u200b", "") for entry in docs}
    assert titles["learn/batches/"] == {"": "Mini-batches", "zh/": "小批量"}[language]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_describes_itself(page: str) -> None:
    """In a sentence that a search engine shows; a rule's page does it by its rule."""
    front = re.match(r"---\n(.*?)\n---\n", (DOCS / page).read_text("utf-8"), re.DOTALL)
    words = f"begin docs/{page} with ---, description: a sentence, ---"
    described = re.search(
        r"^description: (.{12,160})$", front[1] if front else "", re.MULTILINE
    )
    assert described, words
    assert bool(re.search("[\u4e00-\u9fff]", described[1])) == page.endswith(".zh.md")


@pytest.mark.parametrize("language", FIRST)
@pytest.mark.parametrize("page", ["", "learn/momentum/", "reference/optimizers/adam/"])
def test_a_page_says_what_is_shown_of_its_link(
    browser: Browser, base: str, language: str, page: str
) -> None:
    with opened(browser, base + language + page) as opened_page:
        told = opened_page.evaluate(
            "() => Object.fromEntries([...document.querySelectorAll('meta')].map("
            "(e) => [e.getAttribute('property') || e.name, e.content]))"
        )
    assert told["og:description"] == told["description"]
    assert told["og:title"]
    assert told["og:locale"] == {"": "en_GB", "zh/": "zh_CN"}[language]
