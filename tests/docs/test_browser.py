"""The built site in a real browser: what a visitor sees, and what it asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

import refgd

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DOCS = Path(__file__).parents[2] / "docs"
ENGLISH = sorted(
    path.relative_to(DOCS).with_suffix("").as_posix()
    for path in DOCS.rglob("*.md")
    if not path.name.endswith(".zh.md")
    and path.parent.name not in ("benchmarks", "_ext")
)
ADDRESSES = [
    language + f"{name}/".removesuffix("index/")
    for language, end in (("", ".md"), ("zh/", ".zh.md"))
    for name in ENGLISH
    if (DOCS / f"{name}{end}").exists()  # what is not translated is the same page
]
WIDE, PHONE = 1280, 360
ENOUGH = 4.5  # WCAG 2.2, 1.4.3: the least contrast of text to its ground
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WORDLESS = """() => [...document.querySelectorAll("article svg[role=img], article img")]
    .filter((e) => !e.getAttribute("aria-label") && !e.getAttribute("alt"))
    .map((e) => e.outerHTML.slice(0, 80))"""
VIOLATIONS = """async () => {
    const found = await axe.run({resultTypes: ["violations"]});
    return found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html}`));
}"""
CLIPPED = """() => [...document.querySelectorAll(".side pre > code")]
    .filter((e) => e.scrollWidth > e.clientWidth + 1)
    .map((e) => e.innerText.slice(0, 80))"""
UNSHADED = """() => [...document.querySelectorAll("article *")].filter((e) => {
    const {overflowX, backgroundImage} = getComputedStyle(e);
    return e.scrollWidth > e.clientWidth + 4 && backgroundImage === "none"
        && ["auto", "scroll"].includes(overflowX) && e.tagName !== "TEXTAREA";
}).map((e) => e.outerHTML.slice(0, 80))"""
STRUCK = """() => [...document.querySelectorAll(".katex-html > .tag")].filter((tag) =>
    tag.getBoundingClientRect().left
        < tag.previousElementSibling.getBoundingClientRect().right
).map((tag) => tag.innerText)"""
CONTRAST = (Path(__file__).parent / "contrast.js").read_text("utf-8")


@contextmanager
def opened(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """Open an address; fail on an error in the console or a request elsewhere."""
    context = browser.new_context(viewport={"width": WIDE, "height": 900}, **options)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    here = "/".join(address.split("/")[:3])
    page.on("request", lambda r: None if _local(r.url, here) else faults.append(r.url))
    try:
        page.goto(address, wait_until="networkidle")
        yield page
        assert faults == []
    finally:
        context.close()


def _local(url: str, here: str) -> bool:
    return url.startswith((f"{here}/", "data:", f"blob:{here}/"))


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_well_on_every_screen(
    browser: Browser, base: str, axe: str, address: str
) -> None:
    """One heading, words for each picture, contrast, nothing wider than its place.

    What scrolls on a phone shows it by a shade, and no number stands on its formula.
    """
    with opened(browser, base + address) as page:
        page.evaluate(axe)
        assert page.locator("h1").count() == 1
        assert page.evaluate(WORDLESS) == []
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate(CONTRAST, ENOUGH) == [], scheme
            assert page.evaluate(VIOLATIONS) == [], scheme
        assert page.evaluate(CLIPPED) == []
        page.set_viewport_size({"width": PHONE, "height": 800})
        assert page.evaluate(CLIPPED) == []
        assert page.evaluate(STRUCK) == []
        assert page.evaluate(UNSHADED) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE


@pytest.mark.parametrize("language", ["", "zh/"])
def test_the_slider_of_the_first_page_shows_what_refgd_computes(
    browser: Browser, base: str, language: str
) -> None:
    """By keyboard: at the start, at both ends, and one position after another."""
    with opened(browser, base + language) as page:
        slider = page.locator("[data-rate=a_lr]")
        slider.focus()
        seen = []
        for key in ["Home", "ArrowRight", "ArrowRight", "End", "PageDown"]:
            page.keyboard.press(key)
            lr = float(page.locator("[name=a_lr]").input_value())
            said = page.locator(".play [data-text=says]").inner_text()
            w = refgd.theory.trajectory([1, 2, 3, 4], [2, 4, 6, 8], 0.0, lr, 25)
            shown = re.findall(r"w = (\S+);", said.replace("−", "-"))
            assert [float(number) for number in shown] == [float(f"{w:.4g}")]
            assert f"{1 - 15 * lr:.4g}" in said.replace("−", "-")
            seen.append(lr)
        assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("language", ["", "zh/"])
def test_the_first_page_is_light(browser: Browser, base: str, language: str) -> None:
    """Under 400 kB with all that it loads, before anything is compressed."""
    got: list[int] = []
    page = browser.new_page()
    page.on("response", lambda response: got.append(len(response.body())))
    page.goto(base + language, wait_until="networkidle")
    page.close()
    assert sum(got) < 400_000


@pytest.mark.parametrize("language", ["", "zh/"])
def test_the_first_page_hands_its_state_on(
    browser: Browser, base: str, language: str
) -> None:
    with opened(browser, base + language) as page:
        page.locator("[name=a_rule]").select_option("adam")
        page.locator("[data-do=more]").click()
        said = page.locator("[data-text=says]").inner_text()
        assert page.url == base + language
        page.locator("a[data-whole]").click()
        page.wait_for_url(f"{base}{language}learn/playground/#*")
        assert page.locator("[name=steps]").input_value() == "50"
        assert page.locator("[data-text=says]").inner_text() == said


@pytest.mark.parametrize("language", ["", "zh/"])
def test_two_sliders_show_what_refgd_computes(
    browser: Browser, base: str, language: str
) -> None:
    """By keyboard, on a valley with the eigenvalues 1 and 25."""
    with opened(browser, f"{base}{language}learn/momentum/") as page:
        widget = page.locator("section.gd").first
        seen = []
        for which, key in [(0, "Home"), (1, "End"), (0, "ArrowRight"), (0, "End")]:
            widget.locator("input").nth(which).press(key)
            lr, beta = map(float, widget.locator("output").all_inner_texts())
            rate = refgd.theory.momentum_rate([[1, 0], [0, 5]], lr, beta)
            assert widget.locator("[data-text=rate]").inner_text() == f"{rate:.3f}"
            seen.append((lr, beta))
        assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("language", ["", "zh/"])
def test_without_javascript_the_picture_stands_and_says_what_it_would_do(
    browser: Browser, base: str, language: str
) -> None:
    with opened(browser, base + language, java_script_enabled=False) as page:
        assert page.locator(".play.small svg path.dots").count() > 0
        assert page.locator(".play noscript p").is_visible()
        assert page.locator(".play form").is_hidden()


@pytest.mark.parametrize(
    ("language", "words", "found"),
    [
        pytest.param("", "momentum", "Momentum", id="English"),
        pytest.param("zh/", "学习率", "学习率", id="Chinese"),
    ],
)
def test_the_search_finds(
    browser: Browser, base: str, language: str, words: str, found: str
) -> None:
    with opened(browser, base + language) as page:
        page.locator(".md-search__input").click()
        page.keyboard.insert_text(words)
        page.keyboard.press("End")  # Material's search listens to keys
        results = page.locator(".md-search-result__list")
        results.locator("h1, h2").first.wait_for()
        # jieba puts zero-width spaces between words
        assert found in results.inner_text().replace("\u200b", "")


def test_switching_the_language_keeps_the_page(browser: Browser, base: str) -> None:
    with opened(browser, f"{base}learn/by-hand/") as page:
        for language, prefix in [("zh", "zh/"), ("en", "")]:
            page.locator(".md-select").hover()
            page.locator(f".md-select__link[hreflang={language}]").click()
            page.wait_for_url(f"{base}{prefix}learn/by-hand/")
            assert page.locator("html").get_attribute("lang") == language


@pytest.mark.parametrize("language", ["", "zh/"])
def test_a_lesson_has_its_notebook(browser: Browser, base: str, language: str) -> None:
    with opened(browser, f"{base}{language}learn/stopping/") as page:
        with page.expect_download() as download:
            page.locator("a[download]").click()
        notebook = json.loads(download.value.path().read_text("utf-8"))
        title = page.locator("h1").inner_text().removesuffix("¶")
        assert notebook["cells"][0]["source"].startswith(f"# {title}")


@pytest.mark.parametrize("language", ["", "zh/"])
def test_slides_are_one_file_and_fit_the_screen(
    browser: Browser, base: str, axe: str, language: str
) -> None:
    with opened(browser, f"{base}{language}learn/by-hand/") as page:
        page.locator("a[href$='.slides.html']").click()
        page.wait_for_url("**/*.slides.html")
        page.evaluate(axe)
        page.set_viewport_size({"width": 1280, "height": 720})
        tops = "[...document.querySelectorAll('section')].map((s) => s.offsetHeight)"
        assert 10 < len(page.evaluate(tops)) < 30  # in 45 minutes
        assert max(page.evaluate(tops)) <= 720
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate(VIOLATIONS) == [], scheme
        page.keyboard.press("ArrowRight")
        page.wait_for_function("scrollY === innerHeight")
