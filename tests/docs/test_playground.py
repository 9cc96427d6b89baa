"""The playground computes what refgd computes, and is worked by mouse and keyboard."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import refgd
from docs.test_browser import opened
from refgd.optimizers import Optimizer, adagrad, adam, momentum, rmsprop, sgd
from refgd.theory import max_lr

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

CASES, STEPS = 1000, 5
RULES: dict[str, Callable[[float, float], Optimizer]] = {
    "plain": lambda lr, _: sgd(lr),
    "heavyBall": lambda lr, beta: momentum(lr, beta=beta),
    "nesterov": lambda lr, beta: momentum(lr, beta=beta, nesterov=True),
    "adagrad": lambda lr, _: adagrad(lr),
    "rmsprop": lambda lr, beta: rmsprop(lr, rho=beta),
    "adam": lambda lr, beta: adam(lr, beta1=beta),
}
PLAY = """async (cases) => {
    const { walk } = await import("/assets/play/run.js");
    const { maxLr, optimum } = await import("/assets/play/core.js");
    return cases.map(({x, y, start, settings}) =>
        [walk(x, y, settings, start, %d).map(({w}) => w), maxLr(x), optimum(x, y)]);
}"""

#: Each of five steps adds a few roundings of numbers no larger than the path, and takes
#: those before through slopes that are 1 / lr at most, or roots of the drawn gradients.
TOLERANCE = 1e-10


def draw(rng: np.random.Generator) -> dict[str, Any]:
    """Draw data, a start, and a rule with its numbers."""
    n, line = int(rng.integers(2, 9)), bool(rng.integers(2))
    x = rng.normal(size=(n, 1)) * 10 ** rng.uniform(-2, 2)
    x = np.hstack([x, np.ones_like(x)]) if line else x
    settings = {
        "rule": list(RULES)[rng.integers(len(RULES))],
        "lr": float(max_lr(x) * rng.uniform(0, 1)),
        "beta": float(rng.uniform(0.1, 0.95)),
        "batch": 0,
        "seed": 0,
    }
    y, start = rng.normal(size=n), rng.normal(size=x.shape[1])
    return {"x": x, "y": y, "start": start, "settings": settings}


def walk(case: dict[str, Any]) -> list[Any]:
    """Return refgd's path."""
    x, y, w = case["x"], case["y"], case["start"]
    settings = case["settings"]
    optimizer = RULES[settings["rule"]](settings["lr"], settings["beta"])
    state, path = optimizer.init(w), [w]
    for _ in range(STEPS):
        w, state = optimizer.update(w, refgd.grad(x, y, refgd.forward(w, x)), state)
        path.append(w)
    return path


def test_it_computes_what_refgd_computes(browser: Browser, base: str) -> None:
    rng = np.random.default_rng(0)
    cases = [draw(rng) for _ in range(CASES)]
    sent = [
        {k: getattr(v, "tolist", lambda v=v: v)() for k, v in c.items()} for c in cases
    ]
    with opened(browser, base) as page:
        answers = page.evaluate(PLAY % STEPS, sent)
    for case, (path, bound, best) in zip(cases, answers, strict=True):
        expected = np.array(walk(case))
        reach = np.abs(expected).max()
        np.testing.assert_allclose(path, expected, rtol=0, atol=TOLERANCE * reach)
        np.testing.assert_allclose(bound, max_lr(case["x"]), rtol=TOLERANCE)
        least = np.linalg.lstsq(case["x"], case["y"], rcond=None)[0]
        grown = np.linalg.cond(case["x"]) * np.abs(least).max()
        np.testing.assert_allclose(best, least, rtol=0, atol=TOLERANCE * grown)


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_an_epoch_takes_every_sample_once(
    browser: Browser, base: str, size: int
) -> None:
    taken = """async ([n, size]) => {
        const { batches } = await import("/assets/play/run.js");
        const order = batches(n, size, 7);
        return Array.from({length: Math.ceil(n / size)}, () => order.next().value);
    }"""
    with opened(browser, base) as page:
        batches = page.evaluate(taken, [10, size])
    assert sorted(i for batch in batches for i in batch) == list(range(10))
    assert [len(batch) for batch in batches[:-1]] == [size] * (len(batches) - 1)


@pytest.mark.parametrize("language", ["", "zh/"])
def test_the_link_holds_the_state(browser: Browser, base: str, language: str) -> None:
    address = f"{base}{language}learn/playground/"
    with opened(browser, address) as page:
        page.locator("[name=model]").select_option("line")
        page.locator("[name=two]").check()
        page.locator("[data-do=more]").click()
        page.locator("[data-point='0']").focus()
        page.keyboard.press("ArrowUp")
        said = page.locator("[data-text=says]").inner_text()
        kept = page.url
    assert "50" in said
    with opened(browser, kept) as page:
        assert page.locator("[data-text=says]").inner_text() == said
        assert page.locator("[name=steps]").input_value() == "50"


def test_a_point_is_dragged(browser: Browser, base: str) -> None:
    with opened(browser, f"{base}learn/playground/") as page:
        point = page.locator("[data-point='3']").bounding_box()
        assert point is not None
        page.mouse.move(point["x"] + 4, point["y"] + 4)
        page.mouse.down()
        page.mouse.move(point["x"] + 4, point["y"] + 60)
        page.mouse.up()
        rows = page.locator("[name=data]").input_value().split("\n")
        x, y = map(float, rows[3].split())
        assert x == pytest.approx(4, abs=0.2)
        assert 4 < y < 7
        said = page.locator("[data-text=says]").inner_text()
        assert "w = 1.966" not in said


@pytest.mark.parametrize(
    ("state", "left_out"),
    [
        ("a_rule=none&steps=4", "a_rule=none"),
        ("a_rule=momentum&a_lr=foo&model=cubic&steps=4", "a_rule=momentum, a_lr=foo"),
        ("lr=foo&steps=4", "lr=foo"),
        ("a_lr=-0.1&a_beta=1&a_batch=1.5&item=1&steps=4", "a_lr=-0.1, a_beta=1"),
    ],
)
def test_what_a_link_has_wrong_is_said_and_left_out(
    browser: Browser, base: str, state: str, left_out: str
) -> None:
    with opened(browser, f"{base}learn/playground/#{state}") as page:
        assert left_out in page.locator("[data-fault]").inner_text()
        said = page.locator("[data-text=says]").inner_text()
        w = refgd.theory.trajectory([1, 2, 3, 4], [2, 4, 6, 8], 0.0, 0.01, 4)
        assert f"w = {w:.4g};" in said
        page.locator("[data-do=more]").click()
        assert page.locator("[data-fault]").is_hidden()


@pytest.mark.parametrize("language", ["", "zh/"])
@pytest.mark.parametrize(
    ("name", "value"),
    [("a_lr", "-0.1"), ("a_lr", ""), ("a_beta", "1"), ("steps", "2.5")],
)
def test_a_number_that_does_not_fit_is_named_and_its_default_taken(
    browser: Browser, base: str, language: str, name: str, value: str
) -> None:
    with opened(browser, f"{base}{language}learn/playground/") as page:
        said = page.locator("[data-text=says]").inner_text()
        field = page.locator(f"[name={name}]")
        label = field.evaluate("(e) => e.labels[0].innerText")
        field.fill(value)
        assert label in page.locator("[data-fault]").inner_text()
        assert page.locator("[data-text=says]").inner_text() == said
        assert page.locator("[data-panel=course] .path").count() == 1


@pytest.mark.parametrize("state", ["playground", ""])
def test_an_anchor_is_no_state(browser: Browser, base: str, state: str) -> None:
    with opened(browser, f"{base}learn/playground/#{state}") as page:
        assert page.locator("[data-fault]").is_hidden()


@pytest.mark.parametrize(
    ("pasted", "points", "left"),
    [
        ("1 2\n3, 4\n5,6\n-1.5e1   −2", [[1, 2], [3, 4], [5, 6], [-15, -2]], []),
        ("2\t3,5\n-,5;1,25e2\n2,5 3", [[2, 3.5], [-0.5, 125], [2.5, 3]], []),
        ("x\ty\r\n1\t2\r\n\r\n3;\r\n", [[1, 2]], [1, 4]),
        ("1 2\nfoo bar\n1 2 3\n1,2,3", [[1, 2]], [2, 3, 4]),
        ("1\t\n;2\n 3\n1,5, 2", [], [1, 2, 3, 4]),
        ("\n".join(["1 2"] * 202), [[1, 2]] * 200, [201, 202]),
    ],
)
def test_rows_are_read_or_numbered(
    browser: Browser, base: str, pasted: str, points: list[list[float]], left: list[int]
) -> None:
    with opened(browser, f"{base}learn/playground/") as page:
        read = page.evaluate(
            "async (t) => (await import('/assets/play/points.js')).readPoints(t)",
            pasted,
        )
        assert (read["points"], read["left"]) == (points, left)
        page.locator("[name=data]").fill(pasted)
        said = page.locator("[data-fault]").inner_text()
        assert re.findall(r"\d+", said.partition("left out: ")[2]) == [*map(str, left)]


def test_from_no_points_one_begins_anew(browser: Browser, base: str) -> None:
    with opened(browser, f"{base}learn/playground/") as page:
        page.locator("[name=data]").fill("")
        page.locator("[data-rate=a_lr]").press("ArrowRight")
        page.locator("[data-do=add]").click()
        assert page.locator(".point").count() == 1


@pytest.mark.parametrize(
    ("language", "said"),
    [("", "1 row left out: line 2."), ("zh/", "有 1 行未采用：第 2 行。")],
)
def test_a_moved_point_leaves_the_other_rows(
    browser: Browser, base: str, language: str, said: str
) -> None:
    with opened(browser, f"{base}{language}learn/playground/") as page:
        page.locator("[name=data]").fill("1 2\nfoo bar\n123456\t3\n2 4")
        assert page.locator("[data-fault]").inner_text() == said
        page.locator("[data-point='2']").press("ArrowUp")
        rows = page.locator("[name=data]").input_value().split("\n")
        assert rows[:3] == ["1 2", "foo bar", "123456\t3"]
        assert rows[3].startswith("2 4.")


@pytest.mark.parametrize(
    ("clipboard", "said"),
    [
        ("{writeText: async (text) => { window.kept = text; }}", "Copied."),
        ("{writeText: async () => { throw new Error('no'); }}", "Copy this address:"),
        ("undefined", "Copy this address:"),
    ],
)
def test_a_copied_link_is_said_or_shown(
    browser: Browser, base: str, clipboard: str, said: str
) -> None:
    with opened(browser, f"{base}learn/playground/") as page:
        page.evaluate(
            f"Object.defineProperty(navigator, 'clipboard', {{value: {clipboard}}})"
        )
        page.locator("[data-do=copy]").click()
        page.get_by_text(said).wait_for()
        address = page.locator("[data-address]")
        copied = said == "Copied."
        assert address.is_hidden() == copied
        kept = page.evaluate("window.kept") if copied else address.input_value()
        assert kept == page.url
        assert "a_lr=0.01" in kept
        page.locator("[data-do=step]").click()
        assert page.locator("[data-copied]").inner_text() == ""
        assert address.is_hidden()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("", ("play", "pause", "After 1 step w")),
        ("zh/", ("播放", "暂停", "走 1 步后 w")),
    ],
)
def test_play_turns_into_pause_and_one_step_is_one(
    browser: Browser, base: str, language: str, words: tuple[str, str, str]
) -> None:
    play, pause, said = words
    with opened(browser, f"{base}{language}learn/playground/") as page:
        button = page.locator("[data-do=play]")
        assert button.inner_text() == play
        button.click()
        assert button.inner_text() == pause
        page.locator("[data-do=reset]").click()
        assert button.inner_text() == play
        page.locator("[data-do=step]").click()
        assert said in page.locator("[data-text=says]").inner_text()
        page.locator("[name=steps]").fill("4999")
        button.click()
        page.wait_for_function("document.querySelector('[name=steps]').value == 5000")
        assert button.inner_text() == play


COLLIDING = """() => [...document.querySelectorAll(".play svg")].flatMap((svg) => {
    const inside = svg.querySelector(".axis").getBoundingClientRect();
    const texts = [...svg.querySelectorAll("text")];
    const boxes = texts.map((e) => [e, e.getBoundingClientRect()]);
    const meet = (a, b) => a.left < b.right && b.left < a.right
        && a.top < b.bottom - 2 && b.top < a.bottom - 2;
    return boxes.flatMap(([e, box], k) => [
        ...(meet(box, inside) ? [`${e.textContent} in the plot`] : []),
        ...boxes.slice(k + 1).filter(([, other]) => meet(box, other))
            .map(([other]) => `${e.textContent} on ${other.textContent}`)]);
})"""


@pytest.mark.parametrize("language", ["", "zh/"])
@pytest.mark.parametrize("model", ["weight", "line"])
def test_no_label_stands_on_another_or_in_the_plot(
    browser: Browser, base: str, language: str, model: str
) -> None:
    address = f"{base}{language}learn/playground/#model={model}&steps=25"
    with opened(browser, address) as page:
        assert page.evaluate(COLLIDING) == []
        page.set_viewport_size({"width": 360, "height": 800})
        assert page.evaluate(COLLIDING) == []
        page.locator("[name=two]").check()
        green = page.evaluate("""() => getComputedStyle(
            document.querySelector("[data-rate=b_lr]")).accentColor""")
        legend = page.locator("fieldset.b legend")
        assert legend.evaluate("(e) => getComputedStyle(e).color") == green


HEIGHTS = "150 50\n155 54\n160 58\n165 62\n170 66\n175 71\n180 77"


@pytest.mark.parametrize("data", [HEIGHTS, "1 2\n2 4\n3 6\n4 8", "-1 2\n0 4\n1 6"])
def test_a_quarter_of_the_bound_goes_down_and_the_contours_fit(
    browser: Browser, base: str, data: str
) -> None:
    """On data far from the origin too, whose contours were a needle of one pixel."""
    with opened(browser, f"{base}learn/playground/") as page:
        page.locator("[name=data]").fill(data)
        page.locator("[name=model]").select_option("line")
        page.locator("fieldset.a [data-do=quarter]").click()
        x = [[float(row.split()[0]), 1] for row in data.split("\n")]
        lr = float(page.locator("[name=a_lr]").input_value())
        assert lr == pytest.approx(max_lr(x) / 4, rel=0.01)
        assert "no step raises" in page.locator("[data-text=says]").inner_text()
        drawn = page.locator("[data-panel=loss] .curve")
        spots = [
            spot
            for d in drawn.evaluate_all("(all) => all.map((e) => e.getAttribute('d'))")
            for spot in _places(d)
        ]
        assert min(np.ptp(np.array(spots), axis=0)) > 100  # of 266 by 184
        path = page.locator("[data-panel=loss] .path").get_attribute("d")
        assert np.ptp(np.array(_places(path or "")), axis=0).max() > 40


@pytest.mark.parametrize("run", ["a", "b"])
def test_a_rule_takes_a_rate_that_gets_somewhere(
    browser: Browser, base: str, run: str
) -> None:
    """From a loss of 30, in 25 steps; but a rate that was chosen stays."""
    with opened(browser, f"{base}learn/playground/#two=yes&steps=25") as page:
        rule, rate = (
            page.locator(f"[name={run}_rule]"),
            page.locator(f"[name={run}_lr]"),
        )
        default = rate.input_value()
        for name in ["adagrad", "adam", "rmsprop"]:
            rule.select_option(name)
            said = page.locator("[data-text=says]").inner_text()
            losses = re.findall(r"loss = ([\d.]+)\.", said)
            assert float(losses["ab".index(run)]) < 0.05
        rule.select_option("plain")
        assert rate.input_value() == default
        rate.fill("0.03")
        rule.select_option("adam")
        assert rate.input_value() == "0.03"
        kept = page.url
    with opened(browser, kept) as page:
        page.locator(f"[name={run}_rule]").select_option("adagrad")
        assert page.locator(f"[name={run}_lr]").input_value() == "0.03"


@pytest.mark.parametrize(
    "address", ["", "zh/", "learn/playground/", "zh/learn/playground/"]
)
def test_on_a_phone_the_result_is_above_the_sliders_and_buttons_fit_a_finger(
    browser: Browser, base: str, address: str
) -> None:
    with opened(browser, base + address) as page:
        page.set_viewport_size({"width": 360, "height": 800})
        slider, tops = page.locator("[data-rate=a_lr]"), set()
        for key in ["Home", "ArrowRight", "PageUp", "PageUp", "PageUp", "End"]:
            slider.press(key)
            said = page.locator("[data-text=says]").bounding_box()
            box = slider.bounding_box()
            assert said is not None
            assert box is not None
            assert said["y"] + said["height"] <= box["y"]
            tops.add(slider.evaluate("(e) => e.offsetTop"))
        assert len(tops) == 1
        shown = page.locator(".play button:visible")
        assert min(shown.evaluate_all("(all) => all.map((e) => e.offsetHeight)")) >= 40


@pytest.mark.parametrize("address", ["", "learn/playground/"])
def test_another_language_keeps_the_state(
    browser: Browser, base: str, address: str
) -> None:
    with opened(browser, base + address) as page:
        page.locator("[data-point='0']").press("ArrowUp")
        page.locator("[data-do=more]").click()
        rows = page.locator("[name=data]").input_value()
        for language, prefix in [("zh", "zh/"), ("en", "")]:
            page.locator(".md-select").hover()
            page.locator(f".md-select__link[hreflang={language}]").click()
            page.wait_for_url(f"{base}{prefix}{address}#*")
            assert page.locator("[name=data]").input_value() == rows
            assert page.locator("[name=steps]").input_value() == "50"


def test_what_diverges_is_said(browser: Browser, base: str) -> None:
    with opened(browser, f"{base}learn/playground/#a_lr=0.2&steps=5000") as page:
        said = page.locator("[data-text=says]").inner_text()
        assert "too large for the computer" in said


FAR = [f"a_lr={lr}&steps={n}" for lr, n in [(0.15, 25), (0.2, 200), (1e9, 3)]]


@pytest.mark.parametrize("state", [*FAR, f"{FAR[1]}&model=line"])
def test_what_is_drawn_stays_in_its_plot(
    browser: Browser, base: str, state: str
) -> None:
    """A diverged line is cut off at the edges, and still goes through the origin."""
    with opened(browser, f"{base}learn/playground/#{state}") as page:
        left, right, top, bottom, origin = page.evaluate("""async () => {
            const {dataFrame} = await import("/assets/play/view.js");
            const points = document.querySelector("[name=data]").value.split("\\n");
            const {u, v, x0, x1, y0, y1} = dataFrame(
                points.map((row) => row.split(" ").map(Number)));
            return [u(x0), u(x1), v(y1), v(y0), [u(0), v(0)]];
        }""")
        drawn = page.locator(".play svg .path, .play svg .curve, .play svg .dots")
        for d in drawn.evaluate_all("(all) => all.map((e) => e.getAttribute('d'))"):
            for u, v in _places(d):
                assert left - 0.1 <= u <= right + 0.1
                assert top - 0.1 <= v <= bottom + 0.1
        if "model" not in state:
            d = page.locator("[data-panel=data] .path").get_attribute("d")
            (u0, v0), (u1, v1) = _places(d or "")
            away = (u1 - u0) * (origin[1] - v0) - (v1 - v0) * (origin[0] - u0)
            assert abs(away) / np.hypot(u1 - u0, v1 - v0) < 0.2


def _places(d: str) -> list[tuple[float, float]]:
    pairs = re.findall(r"(-?[\d.]+),(-?[\d.]+)", d)
    return [(float(u), float(v)) for u, v in pairs]


def test_without_javascript_it_says_what_it_would_do(
    browser: Browser, base: str
) -> None:
    address = f"{base}learn/playground/"
    with opened(browser, address, java_script_enabled=False) as page:
        assert page.locator(".play noscript p").is_visible()
        assert page.locator(".play form").is_hidden()
        assert page.locator(".play svg path.dots").count() == 2
