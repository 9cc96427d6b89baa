"""What one does with a run: predict, plot, measure, and look at it in a notebook."""

import html.parser
import importlib
import pickle
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import refgd
from refgd.testing.strategies import datasets

X, Y = np.array([3.0, 5.0, 6.0, 9.0]), np.array([4.0, 9.0, 9.5, 17.0])
COLUMNS = np.column_stack([X, X**2])


@given(
    data=datasets(kind=np.float64, d=2) | datasets(kind=np.float64),
    intercept=st.booleans(),
    standardize=st.booleans(),
)
def test_the_predictions_have_the_loss(
    data: Any, *, intercept: bool, standardize: bool
) -> None:
    """Also in the units of the user, with the constant; and RMSE is its root."""
    x, y = data
    run = refgd.fit(x, y, n_iters=9, intercept=intercept, standardize=standardize)
    predicted = run.predict(x)
    assert predicted.shape == y.shape
    scale = np.abs(y).max() + np.abs(predicted).max()
    loss = refgd.mse(y, predicted)
    assert np.sqrt(loss) == pytest.approx(run.rmse, rel=1e-9, abs=1e-9 * scale)


@pytest.mark.parametrize("x", [X, COLUMNS])
def test_r2_is_that_of_least_squares(x: Any) -> None:
    run = refgd.fit(x, Y, intercept=True, n_iters=20_000)
    best = np.linalg.lstsq(refgd.add_intercept(x), Y)[0]
    left = Y - refgd.add_intercept(x) @ best
    assert run.r2 == pytest.approx(1 - left @ left / (4 * np.var(Y)), abs=1e-9)
    assert np.isnan(refgd.fit(X, [2, 2, 2, 2]).r2)


@pytest.mark.parametrize(
    ("x", "intercept", "new", "shape"),
    [
        (X, False, 4, ()),
        (X, True, 4, ()),
        (X, True, [4, 5], (2,)),
        (X[:, None], True, [[4], [5]], (2,)),
        (COLUMNS, False, [[4, 5]], (1,)),
        (COLUMNS, True, [[4, 5]], (1,)),
    ],
)
def test_new_samples_have_the_shape_of_the_old(
    x: Any, new: Any, shape: tuple[int, ...], *, intercept: bool
) -> None:
    run = refgd.fit(x, Y, intercept=intercept, n_iters=5)
    assert np.shape(run.predict(new)) == shape
    for other in ([[1, 2, 3]], [], "a"):
        with pytest.raises((TypeError, ValueError), match="x"):
            run.predict(other)


def test_fractions_stay_exact() -> None:
    run = refgd.fit(np.array([Fraction(1), Fraction(2)]), [Fraction(3), 6], n_iters=1)
    assert run.predict(Fraction(1, 3)) == run.w / 3
    assert run.rmse == pytest.approx(float(run.loss) ** 0.5)


def test_a_data_frames_columns_keep_their_names() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"age": X, "size": X**2, "price": Y})
    run = refgd.fit(frame[["age", "size"]], frame["price"], intercept=True)
    assert run.names == ("age", "size", "intercept")
    swapped = frame[["price", "size", "age"]]
    np.testing.assert_array_equal(run.predict(swapped), run.predict(COLUMNS))
    with pytest.raises(
        ValueError, match="x has no column 'size'; the fit was of 'age'"
    ):
        run.predict(frame[["age"]])
    assert run.data.y_name == "price"
    assert "w[size]" in run._repr_html_()


def test_names_without_a_data_frame() -> None:
    assert refgd.fit(X, Y, n_iters=1).names == ("x",)
    run = refgd.fit(COLUMNS, Y, intercept=True, n_iters=1)
    assert run.names == ("x1", "x2", "intercept")


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("x", [X, X[:, None], COLUMNS])
def test_the_data_come_back(x: Any, *, intercept: bool, standardize: bool) -> None:
    run = refgd.fit(x, Y, n_iters=2, intercept=intercept, standardize=standardize)
    back, y = pickle.loads(pickle.dumps(run)).data.original()  # noqa: S301 - our own
    np.testing.assert_allclose(back, x, rtol=1e-14)
    np.testing.assert_allclose(y, Y, rtol=1e-14)


def test_a_run_is_drawn_and_a_diverged_one_too() -> None:
    pytest.importorskip("matplotlib")
    left, right = refgd.fit(X, Y, intercept=True).plot().axes
    assert left.get_xlabel() == "x"
    assert "loss" in right.get_title("left")
    with pytest.raises(refgd.Diverged) as caught:
        refgd.fit(X, Y, lr=1.0)
    left, right = caught.value.run.plot().axes
    assert left.get_ylim()[1] < 2 * Y.max()
    assert "diverged: loss = inf after 82" in right.get_title("left")
    legend = right.get_legend()
    assert legend is not None
    assert "lr up to 0.02649" in legend.get_texts()[1].get_text()


@pytest.mark.parametrize(
    ("settings", "bound"),
    [({"lr": 0.02651}, True), ({"optimizer": refgd.optimizers.momentum(1.0)}, False)],
)
def test_the_bound_is_drawn_where_there_is_one(settings: Any, *, bound: bool) -> None:
    """Of plain descent, also where the run stayed in the picture."""
    pytest.importorskip("matplotlib")
    with pytest.raises(refgd.Diverged) as caught:
        refgd.fit(X, Y, n_iters=9 if bound else 2000, **settings)
    right = caught.value.run.plot().axes[1]
    assert (right.get_legend() is not None) == bound


def test_without_matplotlib_one_line_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match="a plot needs matplotlib: pip install"):
        refgd.fit(X, Y).plot()


class _Tags(html.parser.HTMLParser):
    """Checks that every tag is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    def handle_starttag(self, tag: str, _attrs: Any) -> None:
        self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag


@pytest.mark.parametrize(
    ("x", "settings", "pictures"),
    [
        (X, {"intercept": True}, 2),
        (X, {"n_iters": 0}, 1),
        (COLUMNS, {"validation": 0.25, "lr": 1e-5}, 1),
        (np.arange(84.0).reshape(4, 21), {"n_iters": 3}, 1),
    ],
)
def test_a_notebook_shows_a_table_and_pictures(
    x: Any, settings: Any, pictures: int
) -> None:
    run = refgd.fit(x, Y, **settings)
    shown = run._repr_html_()
    tags = _Tags()
    tags.feed(shown)
    assert tags.opened == []
    assert shown.count("<svg") == pictures
    assert f"{run.loss:.6g}" in shown
    assert ("1 more" in shown) == (np.size(run.w) > 20)
    assert ("validation loss" in shown) == ("validation" in settings)


def test_names_cannot_be_markup() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"<script>": X})
    shown = refgd.fit(frame, pandas.Series(Y, name="'><b>"))._repr_html_()
    assert "<script>" not in shown
    assert "<b>" not in shown


def test_a_real_notebook_shows_the_run() -> None:
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    notebooks = importlib.import_module("nbformat.v4")
    source = (
        "import refgd\nrefgd.fit([3, 5, 6, 9], [4, 9, 9.5, 17], intercept=True, "
        "tol=1e-12)"
    )
    notebook = notebooks.new_notebook(cells=[notebooks.new_code_cell(source)])
    nbclient.NotebookClient(notebook, timeout=60).execute()
    data = notebook.cells[0].outputs[-1]["data"]
    assert data["text/html"].count("<svg") == 2
    assert data["text/plain"].startswith("Fit(w=array([")
