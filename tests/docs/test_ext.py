"""What the site's pages are made with: right where it is right, else loud."""

# ruff: noqa: E402 - what the imports below need may be missing, which is no error

import json
import re
import shutil
from typing import Any

import pytest

for needed in ("markdown_exec", "quickjs"):
    pytest.importorskip(needed, reason="needs refgd[docs]")

from hypothesis import settings
from markdown import Markdown
from matplotlib.figure import Figure

from docs._ext import ROOT
from docs._ext.content import benchmarks, laws, terminal
from docs._ext.content.readme import commands
from docs._ext.markdown import katex, maths, source, values
from docs._ext.pictures import figures, readme, sliders
from refgd.plots import BLUE
from refgd.testing.laws import LAWS


def converted(text: str, *extensions: str) -> str:
    return Markdown(extensions=list(extensions)).convert(text)


def test_a_formula_is_typeset_and_kept_out_of_the_search() -> None:
    names = "pymdownx.arithmatex", "docs._ext.markdown.maths"
    markdown = Markdown(
        extensions=list(names), extension_configs={names[0]: {"generic": True}}
    )
    made = markdown.convert("so $a^2$ is, and\n\n$$b < c$$")
    assert made.count("<gd-tex data-search-exclude>") == 2
    assert made.count("katex-display") == 1
    assert "\\(" not in made


def test_a_wrong_formula_is_refused_in_katexs_words() -> None:
    with pytest.raises(maths.FormulaError, match=r"\\nonsense: .*Undefined control"):
        maths.typeset(r"\nonsense", display=True)


def test_without_npm_and_files_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(katex, "SCRIPT", tmp_path / "katex.min.js")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(RuntimeError, match="install npm, which fetches it once"):
        katex.script()


def test_another_package_than_the_pinned_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(katex, "SCRIPT", tmp_path / "katex.min.js")
    monkeypatch.setattr(katex, "SHA512", "another")
    npm = tmp_path / "npm"
    npm.write_text(f"#!/bin/sh\necho x > katex-{katex.VERSION}.tgz\n")
    npm.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _: str(npm))
    with pytest.raises(RuntimeError, match="npm gave another KaTeX"):
        katex.script()


def test_a_function_is_shown_without_its_docstring_and_with_its_line() -> None:
    shown = source.function("refgd.core.grad")
    assert shown.title.startswith("src/refgd/core.py:")
    assert shown.text.endswith("return 2 * np.dot(x.T, y_pred - y) / y.size  # (3)")
    assert '"""' not in shown.text
    file = shown.path.read_text("utf-8").splitlines()
    assert file[shown.first - 1] == shown.text.splitlines()[0]


def test_a_body_alone_starts_at_its_own_line() -> None:
    shown = source.function("refgd.core.mse", body_only=True)
    first = shown.path.read_text("utf-8").splitlines()[shown.first - 1]
    assert first.strip() == shown.text.splitlines()[0] == "residual = y_pred - y"


def test_the_lines_that_are_the_formula_stand_before_the_whole() -> None:
    """Of the plain rule, where one is shown in place of the real one."""

    def shown(comment: str) -> tuple[str, str]:
        made = converted(f"# T\n\n<!-- source: {comment} -->", *names)
        body, _, whole = re.sub("<[^>]*>", "", made).partition("The ")
        return body, whole

    names = "pymdownx.details", "pymdownx.superfences", "docs._ext.markdown.source"
    body, whole = shown("refgd.core.grad")
    assert "return 2 * np.dot" in body
    assert "def grad" not in body
    assert "def grad" in whole
    assert shown("refgd.core.grad body") == (f"{body.strip()}\n", "")
    plain = "tests.docs.plain_rules.adam.update"
    body, whole = shown(f"{plain} for refgd.optimizers.adam.update")
    assert "v_hat" in body
    assert "def update" in whole


def test_a_property_says_what_its_test_states() -> None:
    found = source.find_test("test_an_epoch_is_the_whole")
    assert found.statement.startswith("At one w, an epoch's losses and gradients")
    assert found.drawn
    assert not found.proves
    assert found.lines.title.startswith("tests/descent/test_batches.py:")
    assert not source.find_test("test_one_step_by_hand").drawn


def test_a_law_is_drawn_and_its_proof_proves() -> None:
    assert source.find_test("test_laws.test_law").drawn
    assert not source.find_test("test_laws.test_law").proves
    assert source.find_test("test_proofs.test_law").proves
    assert not source.find_test("test_sides_of_two_shapes_are_not_equal").proves


def test_a_claim_says_whether_it_is_proved_tested_or_bounded() -> None:
    """In one folded sentence, in the language of the page: of its title."""

    def shown(mark: str, title: str = "# Title") -> str:
        made = converted(f"{title}\n\n<!-- {mark} -->", *names)
        assert "<details open" not in made
        return re.sub("<[^>]*>", "", made.split("<summary>")[1].split("</summary>")[0])

    names = "pymdownx.details", "pymdownx.superfences", "docs._ext.markdown.source"
    tested = "tested by: test_an_epoch_is_the_whole"
    assert shown(tested) == "Tested on examples drawn at random."
    assert shown("tested by: test_one_step_by_hand").startswith("Tested on chosen")
    assert shown(tested, "# 标题") == "已测试：用随机抽取的样例。"
    assert shown("bounded by: test_the_loss_is_kept").startswith("Bounded: ")
    assert shown("proved by: test_sgd_is_the_step") == "Proved for all numbers."
    law = "law: order_of_samples_does_not_matter"
    assert shown(law).startswith("Proved: ")
    assert shown(law, "# 标题").startswith("已证明：样本换一个顺序")
    with pytest.raises(LookupError, match=r"says that test_laws.test_law proves"):
        shown("proved by: test_laws.test_law")


def test_a_law_has_its_verdict_its_formula_and_its_lines() -> None:
    names = "pymdownx.details", "docs._ext.markdown.source"
    made = converted("# T\n\n<!-- law: optimum_is_a_fixed_point -->", *names)
    assert "<strong>Proved:</strong>" in made
    assert "∇L(w&#42;) = 0" in made
    assert "src/refgd/testing/laws.py:" in made
    made = converted("# T\n\n<!-- law: learning_rate_bound_is_sharp -->", *names)
    assert "<strong>Tested:</strong>" in made
    assert "Proved" not in made
    assert "rise_of_one_step" in made


def test_what_is_said_of_the_laws_is_so() -> None:
    """Each in Chinese too; what follows from a law follows from one that is proved."""
    assert list(laws.CHINESE) == [law.name for law in LAWS]
    for law, identity in laws.FOLLOWS.items():
        assert not laws.is_proved(laws.find_law(law))
        assert laws.is_proved(laws.find_law(identity))
    dev = settings.get_profile("dev")
    assert dev.max_examples == laws.DRAWN


@pytest.mark.parametrize(
    "comment",
    [
        "<!-- source: refgd.core.nothing -->",
        "<!-- source: refgd.nothing.grad -->",
        "<!-- tested by: test_nothing -->",
        "<!-- law: nothing -->",
    ],
)
def test_a_name_that_is_not_there_breaks_the_build(comment: str) -> None:
    with pytest.raises((AttributeError, ImportError, LookupError)):
        converted(comment, "docs._ext.markdown.source")


def test_a_value_is_what_the_expression_gives() -> None:
    made = converted(
        "so `{somewhere} f'{1 / 8:.2f} < 1'`.", "docs._ext.markdown.values"
    )
    assert made == '<p>so <span class="value">0.12 &lt; 1</span>.</p>'


def test_a_failing_value_breaks_the_build_and_is_named() -> None:
    with pytest.raises(
        values.ValueOnPageError, match=r"`\{here\} 1 / 0`: ZeroDivision"
    ):
        converted("`{here} 1 / 0`", "docs._ext.markdown.values")


def _picture() -> str:
    with figures.look():
        figure = Figure(figsize=(2, 1))
        figure.subplots().plot([0, 1], color=BLUE)
        return figures.show(figure, "line", alt='rises from 0 to "1"', caption="up")


def test_a_picture_follows_the_palette_and_has_its_words() -> None:
    made = _picture()
    assert made == _picture()
    assert "var(--gd-blue)" in made
    assert BLUE.lower() not in made.lower()
    assert 'aria-label="rises from 0 to &quot;1&quot;"' in made
    assert set(re.findall(r'\bid="(\w+)-', made)) == {"line"}


def test_each_peer_in_the_picture_of_times_has_a_colour_of_its_own() -> None:
    """And each of them has a twin in the page's palettes."""
    svg = (benchmarks.FOLDER / benchmarks.PICTURE).read_text("utf-8")
    legend = svg[svg.index('id="legend_1"') :]
    colours = re.findall(r"<use [^>]*fill: (#\w+|currentColor)", legend)
    assert len(set(colours)) == len(colours) > 6
    known = {colour.lower() for colour in figures.PALETTE} | {"currentColor"}
    assert set(colours) <= known


def test_a_widget_holds_each_frame_in_the_order_that_the_script_counts() -> None:
    two = [
        sliders.Slider(name, ["a", "b", "c"][:k], 0) for k, name in [(2, "p"), (3, "q")]
    ]
    frames: dict[tuple[int, ...], sliders.Frame] = {
        (i, j): sliders.Frame({"line": f"M{i},{j}"}, {"says": f"<{i} {j}>"})
        for i in range(2)
        for j in range(3)
    }
    picture = sliders.Picture('<path data-path="line"/>', (10, 10), "nothing much")
    made = sliders.widget("name", picture, two, frames, {})
    data = re.search(r"<script[^>]*>(.*?)</script>", made)
    assert data is not None
    assert "<" not in data[1]  # no text can end the script
    shown = json.loads(data[1])
    assert [frame["texts"]["says"] for frame in shown["frames"]] == [
        f"<{i} {j}>" for i in range(2) for j in range(3)
    ]
    assert 'data-path="line" d="M0,0"' in made


def test_the_terminal_shows_what_is_printed() -> None:
    shown = terminal.run("refgd --version")
    assert shown.startswith("```{.console .wraps}\n$ refgd --version\nrefgd ")
    known = "fit predict diagnose check identify translate vectors"
    assert terminal.commands() == known.split()


def test_another_status_breaks_the_build() -> None:
    with pytest.raises(RuntimeError, match="ended with 0, not 1"):
        terminal.output("refgd --version", status=1)


def test_what_pytest_prints_says_nothing_of_seconds_and_plugins() -> None:
    test = terminal.File("test_it.py", "def test_it():\n    pass\n")
    printed = terminal.output("pytest", test)
    assert printed.endswith(f"\n{' 1 passed ':=^80}\n")
    assert "plugins" not in printed


def test_what_is_shown_says_nothing_of_this_machine() -> None:
    printed = terminal.run("refgd check nothing.py", status=2)
    assert "is no file" in printed
    assert str(ROOT) not in printed


def test_where_the_code_is_is_said_if_it_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("REPO_URL", raising=False)
    assert commands().startswith("```sh\npython3 -m venv")
    monkeypatch.setenv("REPO_URL", "https://example.org/refgd")
    first = "git clone https://example.org/refgd refgd && cd refgd"
    assert commands().startswith(f"```sh\n{first}\npython3 -m venv")


def test_the_picture_of_the_readme_is_what_its_code_draws() -> None:
    assert readme.FILE.read_text("utf-8") == readme.draw()
