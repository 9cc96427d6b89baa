"""The playground: one's own points, a rule and its numbers; assets/play does the rest.

What stands here is the page's markup and the picture that is there without JavaScript,
drawn from refgd. docs/assets/play computes in the browser what refgd computes, which
tests/docs/test_playground.py holds it to.
"""

import html
import json
import math

import refgd
from docs._ext.pictures.sliders import Axes
from docs._ext.pictures.words import Words, read_words

POINTS = [(1.0, 2.0), (2.0, 4.0), (3.0, 6.0), (4.0, 8.0)]
STEPS, LR = 25, 0.01
RULES = ("plain", "heavyBall", "nesterov", "adagrad", "rmsprop", "adam")
PANELS = ("data", "loss", "course")
SIZE = 320, 240


def playground(language: str, *, small: bool = False) -> str:
    """Return the playground as HTML; small, with one run of y = w·x on four points."""
    words = read_words("learn/playground", "playground", language)
    drawn = dict(zip(PANELS, (_data(), _loss(), _course(words)), strict=True))
    shown = PANELS[:2] if small else PANELS
    panels = "".join(
        f'<svg data-panel="{name}" viewBox="0 0 {SIZE[0]} {SIZE[1]}" role="group" '
        f'aria-label="{_text(getattr(words, f"alt_{name}"))}"'
        f"{'' if name in shown else ' hidden'}>{drawn[name]}</svg>"
        for name in PANELS
    )
    kept = ("a", "b", "after", "within", "beyond", "overflow", "best", "bound", "point")
    said = {name: getattr(words, name) for name in (*kept, "loss", "steps")}
    kind = 'small"' if small else '" data-link="yes"'
    return (
        f'<section class="gd play {kind} data-search-exclude>'
        f'<div class="play-panels">{panels}</div>'
        f"<noscript><p>{_text(words.without)}</p></noscript>"
        f"{_form(words, small=small)}"
        f'<p class="gd-says" aria-live="polite" data-text="says"></p>'
        f'<p class="play-bound" data-bound></p>'
        f'<script type="application/json">{_json(said)}</script></section>\n'
    )


def _form(words: Words, *, small: bool) -> str:
    data = "\n".join(f"{x:g} {y:g}" for x, y in POINTS)
    models = {"weight": "y = w·x", "line": "y = w·x + b"}
    doing = {name: getattr(words, f"do_{name}") for name in ("step", "more", "play")}
    doing["reset"] = words.do_reset
    if not small:
        doing |= {"add": words.do_add, "copy": words.do_copy}
    buttons = "".join(
        f'<button type="button" class="md-button" data-do="{name}">{text}</button>'
        for name, text in doing.items()
    )
    runs = _run("a", words, small=small) + _run("b", words, small=small)
    hide = " hidden" if small else ""
    return (
        f'<form hidden><div class="play-do">{buttons}</div>{runs}'
        f"<fieldset{hide}><legend>{words.data}</legend><label>{words.model}"
        f'<select name="model">{_options(models)}</select></label>'
        f'<label>{words.steps}<input name="steps" type="number" min="0" max="5000" '
        f'value="{STEPS}"></label>'
        f'<label><input name="two" type="checkbox" value="yes"> {words.two}</label>'
        f'<label class="play-data">{words.columns}<textarea name="data" rows="6" '
        f'spellcheck="false">{data}</textarea></label></fieldset>'
        f'<p data-fault role="alert" hidden>{_text(words.fault)}</p></form>'
    )


def _run(name: str, words: Words, *, small: bool) -> str:
    rules = {rule: getattr(words, rule) for rule in RULES}
    numbers = {
        "beta": ("0.9", 0.01, 0.99),
        "batch": ("0", 1, 200),
        "seed": ("0", 1, 9999),
    }
    more = "".join(
        f"<label{' hidden' if small else ''}>{getattr(words, key)}<input "
        f'name="{name}_{key}" type="number" min="0" max="{most}" step="{step}" '
        f'value="{value}"></label>'
        for key, (value, step, most) in numbers.items()
    )
    lr = LR if name == "a" else 0.1
    return (
        f'<fieldset data-run="{name}" class="{name}"><legend>'
        f"{getattr(words, name)}</legend><label>{words.rule}"
        f'<select name="{name}_rule">{_options(rules)}</select></label>'
        f'<label>{words.rate}<input name="{name}_lr" type="number" min="0" step="any" '
        f'value="{lr}"></label><label class="play-rate" '
        f'data-mark="{words.mark}">{words.slide}'
        f'<input type="range" data-rate="{name}_lr" min="-3" max="0.5" step="0.01">'
        f"</label>{more}</fieldset>"
    )


def _options(options: dict[str, str]) -> str:
    return "".join(
        f'<option value="{k}">{_text(v)}</option>' for k, v in options.items()
    )


# --- the picture without JavaScript --------------------------------------------------

X, Y = [x for x, _ in POINTS], [y for _, y in POINTS]


def _axes(x: tuple[float, float], y: tuple[float, float]) -> Axes:
    return Axes(x, y, left=44, top=10, width=266, height=204)


def _path() -> list[tuple[float, float]]:
    """Return w and the loss, step by step."""
    ws = refgd.theory.trajectory(X, Y, 0.0, LR, range(STEPS + 1))
    return [(float(w), _mse(float(w))) for w in ws]


def _mse(w: float) -> float:
    return float(refgd.mse(Y, refgd.forward(w, X)))


def _data() -> str:
    axes, slope = _axes((-0.5, 4.5), (-1, 9)), _path()[-1][0]
    line = axes.line([(x, slope * x) for x in axes.x])
    return (
        f'<path class="path a" d="{line}"/><path class="dots" d="{axes.dots(POINTS)}"/>'
    )


def _loss() -> str:
    axes = _axes((-0.8, 4.8), (0, 61))
    curve = axes.line([(k / 10, _mse(k / 10)) for k in range(-8, 49)])
    dots = axes.dots(_path())
    return f'<path class="curve" d="{curve}"/><path class="dots a" d="{dots}"/>'


def _course(words: Words) -> str:
    axes = _axes((0, STEPS), (-2, 2))
    line = axes.line([(t, math.log10(loss)) for t, (_, loss) in enumerate(_path())])
    return f'<path class="path a" d="{line}"/><text x="50" y="24">{words.loss}</text>'


def _json(data: dict[str, str]) -> str:
    return json.dumps(data, ensure_ascii=False).replace("<", r"\u003c")


def _text(text: str) -> str:
    return html.escape(text)
