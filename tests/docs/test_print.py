"""A lesson on paper: the answers stay closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from docs.test_browser import opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

OPEN = """() => {
    const all = [...document.querySelectorAll("article details")];
    for (const details of all) details.open = true; // as the theme does
    return all.flatMap((details) => [...details.children]).filter((child) =>
        child.tagName !== "SUMMARY" && child.getBoundingClientRect().height > 0
    ).map((child) => child.innerText.slice(0, 80));
}"""


@pytest.mark.parametrize("language", ["", "zh/"])
def test_a_printed_lesson_keeps_its_answers_closed(
    browser: Browser, base: str, language: str
) -> None:
    with opened(browser, base + language + "learn/by-hand/") as page:
        page.emulate_media(media="print")
        assert page.evaluate(OPEN) == []
