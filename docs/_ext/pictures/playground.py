"""The playground: one's own points, a rule and its numbers; assets/play does the rest.

What stands here is the page's markup and the picture that is there without JavaScript,
drawn from refgd. docs/assets/play computes in the browser what refgd computes, which
tests/docs/test_playground.py holds it to.
"""

import math

import refgd
from docs._ext.pictures.sliders import Axes, escape, write_json
from docs._ext.pictures.words import Words, read_words

POINTS = [(1.0, 2.0), (2.0, 4.0), (3.0, 6.0), (4.0, 8.0)]
STEPS, LR = 25, 0.01
SIZE = 320, 240


SAID = (
    *("a", "b", "steps", "loss", "after", "after_one", "overflow", "best", "bound"),
    *("point", "within", "diverges", "factor", "fault", "link_fault", "number_fault"),
    *("left_one", "left_many", "copied", "address", "do_play", "do_pause"),
    *("slow", "steady", "lands", "fast", "swings", "turns", "flies"),
)


def playground(language: str, whole: str = "") -> str:
    """Return the playground as HTML, with the four points of the tutorial.

    Args:
        language: ``"en"`` or ``"zh"``.
        whole: Where the whole playground is. With it, this one is small: the style
            hides most of its settings, and a link leads there with its state.
    """
    words = read_words("learn/playground", "playground", language)
    said = {name: getattr(words, name) for name in SAID}
    link = f'<p><a data-whole href="{whole}">{words.whole}</a></p>' if whole else ""
    return (
        f'<section class="gd play{" small" * bool(whole)}" data-search-exclude>'
        f"{_panels(words)}"
        f"<noscript><p>{escape(words.without)}</p></noscript>"
        f'<p class="gd-says" aria-live="polite" data-text="says"></p>'
        f"{_form(words)}"
        f'<p class="play-bound" data-bound></p>{link}'
        f'<script type="application/json">{write_json(said)}</script></section>\n'
    )


def _panels(words: Words) -> str:
    panels = [
        ("data", words.alt_data, _data()),
        ("loss", words.alt_loss, _loss()),
        ("course", words.alt_course, _course(words)),
    ]
    drawn = "".join(
        f'<svg data-panel="{name}" viewBox="0 0 {SIZE[0]} {SIZE[1]}" role="group" '
        f'aria-label="{escape(alt)}">{picture}</svg>'
        for name, alt, picture in panels
    )
    return f'<div class="play-panels">{drawn}</div>'


def _form(words: Words) -> str:
    data = "\n".join(f"{x:g} {y:g}" for x, y in POINTS)
    models = {"weight": "y = w·x", "line": "y = w·x + b"}
    doing = {
        "step": words.do_step,
        "more": words.do_more,
        "play": words.do_play,
        "reset": words.do_reset,
        "add": words.do_add,
        "copy": words.do_copy,
    }
    buttons = "".join(
        f'<button type="button" class="md-button" data-do="{name}">{text}</button>'
        for name, text in doing.items()
    )
    runs = _run("a", words.a, words) + _run("b", words.b, words)
    return (
        f'<form hidden><div class="play-do">{buttons}<output data-copied></output>'
        f'<input data-address aria-label="{words.address}" readonly hidden></div>{runs}'
        f"<fieldset><legend>{words.data}</legend>"
        f'<label>{words.model}<select name="model">{_options(models)}</select></label>'
        f'<label>{words.steps}<input name="steps" type="number" min="0" max="5000" '
        f'step="1" value="{STEPS}"></label>'
        f'<label><input name="two" type="checkbox" value="yes"> {words.two}</label>'
        f'<label class="play-data">{words.columns}<textarea name="data" rows="6" '
        f'spellcheck="false">{data}</textarea></label></fieldset>'
        f'<p class="play-terms">{escape(words.terms)}</p>'
        f'<p class="play-fault" data-fault role="alert" hidden></p></form>'
    )


def _run(name: str, title: str, words: Words) -> str:
    rules = {
        "plain": words.plain,
        "heavyBall": words.heavy_ball,
        "nesterov": words.nesterov,
        "adagrad": words.adagrad,
        "rmsprop": words.rmsprop,
        "adam": words.adam,
    }
    numbers = [
        ("beta", words.beta, 0.9, 0.01, 0.9999),
        ("batch", words.batch, 0, 1, 200),
        ("seed", words.seed, 0, 1, 9999),
    ]
    more = "".join(
        f'<label>{label}<input name="{name}_{key}" '
        f'type="number" min="0" max="{most}" step="{step}" value="{value}"></label>'
        for key, label, value, step, most in numbers
    )
    lr = LR if name == "a" else 0.1
    return (
        f'<fieldset data-run="{name}" class="{name}"><legend>{title}</legend>'
        f'<label>{words.rule}<select name="{name}_rule">{_options(rules)}</select>'
        f'</label><label>{words.rate}<input name="{name}_lr" type="number" min="0" '
        f'step="any" value="{lr}"></label><label class="play-rate" '
        f'data-mark="{words.mark}">{words.slide}<input type="range" '
        f'data-rate="{name}_lr" min="-3" max="0.5" step="0.01"></label>'
        f'<button type="button" class="md-button" data-do="quarter" '
        f'data-of="{name}_lr">{words.do_quarter}</button>'
        f'<div class="play-more">{more}</div></fieldset>'
    )


def _options(options: dict[str, str]) -> str:
    one = '<option value="{}">{}</option>'.format
    return "".join(one(value, escape(text)) for value, text in options.items())


# --- the picture without JavaScript --------------------------------------------------

X, Y = [x for x, _ in POINTS], [y for _, y in POINTS]


def _axes(x: tuple[float, float], y: tuple[float, float]) -> Axes:
    return Axes(x, y, left=44, top=20, width=266, height=184)


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
    return f'<path class="path a" d="{line}"/><text x="44" y="12">{words.loss}</text>'
