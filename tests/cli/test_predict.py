"""A fit that is saved, printed as JSON, and predicts; and rows that are missing."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import refgd
from refgd.cli import main
from refgd.cli._arguments import Status

AGES = [3.0, 5.0, 6.0, 9.0]
PRICES = [4.0, 9.0, 9.5, 17.0]
FIT = ["fit", "cars.csv", "--x", "age,size", "--y", "price", "--intercept"]


pytestmark = pytest.mark.usefixtures("_data")


@pytest.fixture
def _data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder to work in, with a table of cars."""
    monkeypatch.chdir(tmp_path)
    rows = [f"{a},{a * a},{p},ok" for a, p in zip(AGES, PRICES, strict=True)]
    Path("cars.csv").write_text("\n".join(["age,size,price,note", *rows]), "utf-8")
    Path("holes.csv").write_text("x,y,z\n1,2,\n2,NA,1\n3,6,1\n,,1\n4,8,1\n", "utf-8")


def _error(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert main([*argv]) == Status.FAILED
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


def test_a_saved_fit_predicts_by_the_names_of_columns(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*FIT, "--save", "model.json"]) == Status.DONE
    Path("new.csv").write_text("size;id;age\n16;a;4\n1e4;b;100\n", "utf-8")
    capsys.readouterr()
    command = ["predict", "model.json", "new.csv", "--sep", ";"]
    assert main(command) == Status.DONE
    out = capsys.readouterr().out
    header, *rows = out.splitlines()
    assert header == "age,size,price"
    x = refgd.add_intercept(np.column_stack([AGES, np.square(AGES)]))
    w = np.linalg.lstsq(x, PRICES)[0]
    table = np.array([[float(cell) for cell in row.split(",")] for row in rows])
    np.testing.assert_array_equal(table[:, :2], [[4, 16], [100, 1e4]])
    np.testing.assert_allclose(table[:, 2], table[:, :2] @ w[:2] + w[2], rtol=1e-8)
    assert main([*command, "--out", "out.csv"]) == Status.DONE
    assert Path("out.csv").read_text("utf-8") == out


def test_a_long_file_is_predicted_in_batches(
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = {"format": "refgd model", "version": 1, "y": "p", "weights": {"x": 3}}
    Path("model.json").write_text(json.dumps(model), "utf-8")
    Path("long.csv").write_text("\n".join(["x", *map(str, range(9000))]), "utf-8")
    assert main(["predict", "model.json", "long.csv"]) == Status.DONE
    rows = capsys.readouterr().out.splitlines()
    assert (rows[0], rows[-1], len(rows)) == ("x,p", "8999.0,26997.0", 9001)


def test_json_is_what_save_writes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*FIT, "--json", "--save", "model.json"]) == Status.DONE
    out = capsys.readouterr().out
    assert out == Path("model.json").read_text("utf-8")
    model = json.loads(out)
    assert list(model)[:4] == ["format", "version", "y", "weights"]
    assert (model["y"], model["rows"], model["converged"]) == ("price", 4, True)
    x = np.column_stack([AGES, np.square(AGES)])
    run = refgd.fit(x, PRICES, intercept=True, n_iters=10_000, tol=1e-13)
    assert [*model["weights"].values(), model["intercept"]] == pytest.approx(run.w)
    assert model["r2"] == pytest.approx(run.r2, abs=1e-12)
    assert model["rmse"] == pytest.approx(run.rmse)


def test_r2_of_compressed_rows_is_that_of_all(
    capsys: pytest.CaptureFixture[str],
) -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=5000)
    y = 7 + 2 * x + random.normal(size=5000)
    table = np.column_stack([x, y])
    np.savetxt("many.csv", table, "%.17g", ",", header="x,y", comments="")
    for options in ([], ["--intercept"]):
        main(["fit", "many.csv", "--json", *options])
        model = json.loads(capsys.readouterr().out)
        run = refgd.fit(x, y, intercept=bool(options), tol=1e-13)
        assert model["rows"] == 5000
        assert model["r2"] == pytest.approx(run.r2, abs=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("x", "is no model: it is not JSON"),
        ("[" * 100_000, "is no model: it is not JSON"),
        ([], "is no model: refgd fit --save writes one"),
        ({"format": "other"}, "is no model: refgd fit --save writes one"),
        ({"version": 2}, "is of version 2; this refgd reads 1"),
        ({"loss": None}, "is of a fit that diverged"),
        ({"weights": {}}, "a model has y, a name, and weights"),
        ({"y": 3}, "a model has y, a name, and weights"),
        ({"weights": {"age": True}}, "of 'age' must be a finite number, got True"),
        ({"weights": {"age": 10**400}}, "of 'age' must be a finite number, got 1"),
        ({"intercept": "1"}, "of 'intercept' must be a finite number, got '1'"),
        ({"weights": {"a": 1, "b": 2}}, "has no column 'a', 'b', which model.json"),
    ],
)
def test_a_model_that_cannot_be_used(
    change: Any, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    model = {"format": "refgd model", "version": 1, "y": "p", "weights": {"age": 1}}
    changed = model | change if isinstance(change, dict) else change
    text = changed if isinstance(changed, str) else json.dumps(changed)
    Path("model.json").write_text(text, "utf-8")
    assert message in _error(capsys, "predict", "model.json", "cars.csv")


def test_files_that_are_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    no_model = _error(capsys, "predict", "no.json", "cars.csv")
    assert no_model == "refgd: no.json: no such file\n"
    assert "cannot read .: " in _error(capsys, "predict", ".", "cars.csv")
    assert "no such folder" in _error(capsys, *FIT, "--save", "no/model.json")
    assert "cannot write .: " in _error(capsys, *FIT, "--save", ".")
    assert main([*FIT, "--save", "model.json"]) == Status.DONE
    capsys.readouterr()
    command = ("predict", "model.json", "cars.csv", "--out", "no/out.csv")
    assert "cannot write no/out.csv: No such file" in _error(capsys, *command)


def test_missing_cells_are_refused_or_dropped_and_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    fit = ("fit", "holes.csv", "--x", "x", "--y", "y")
    assert "line 5, column 'x'" in (refused := _error(capsys, *fit))
    assert "to leave out such rows: --missing drop" in refused
    assert main([*fit, "--missing", "drop", "--save", "model.json"]) == Status.DONE
    out = capsys.readouterr().out
    assert "holes.csv: 3 rows, x = x, y = y\n2 rows with a missing cell dropped" in out
    assert json.loads(Path("model.json").read_text("utf-8"))["rows"] == 3
    assert main(["predict", "model.json", "holes.csv", "--missing", "drop"]) == 0
    out, err = capsys.readouterr()
    assert out.count("\n") == 5
    assert err == "refgd: 1 row with a missing cell dropped\n"
    Path("none.csv").write_text("x,y\n1,\n,2\n", "utf-8")
    command = ("fit", "none.csv", "--x", "x", "--y", "y", "--missing", "drop")
    assert "none.csv: every row has a missing cell" in _error(capsys, *command)


def test_missing_cells_of_parquet(capsys: pytest.CaptureFixture[str]) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = {"x": [1.0, None, 3.0, 4.0], "y": [2.0, 4.0, float("nan"), 8.0]}
    for rows, status in ((4, Status.DONE), (0, Status.FAILED)):
        table = pyarrow.table(columns).filter([i < rows or i == 1 for i in range(4)])
        parquet.write_table(table, "t.parquet")
        assert main(["fit", "t.parquet", "--missing", "drop"]) == status
        out, err = capsys.readouterr()
        assert ("2 rows with a missing cell dropped" in out) == (rows == 4)
        assert ("has no rows without a missing cell" in err) == (rows == 0)
    assert "--missing drop" in _error(capsys, "fit", "t.parquet")


@pytest.mark.parametrize(
    ("text", "lr"), [("x,y\n1,2\n2,4\n3,6\n4,8\n", 1 / 15), ("x,y\n0,1\n0,2\n", 1.0)]
)
def test_the_best_lr(text: str, lr: float, capsys: pytest.CaptureFixture[str]) -> None:
    Path("line.csv").write_text(text, "utf-8")
    assert main(["fit", "line.csv", "--lr", "best"]) == Status.DONE
    out = capsys.readouterr().out
    assert f"lr = {lr:.6g}" in out
    assert ("the best fixed one" in out) == (lr < 1)
    for other in (["--batch-size", "2"], ["--optimizer", "adam"]):
        command = ("fit", "line.csv", "--lr", "best", *other)
        assert "of plain descent on all rows at once" in _error(capsys, *command)


@pytest.mark.parametrize("options", [[], ["--intercept"], ["--json"]])
def test_divergence_can_be_watched(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    command = ["fit", "cars.csv", "--x", "age", "--y", "price", "--lr", "9", *options]
    assert main([*command, "--plot", "p.svg", "--save", "m.json"]) == Status.FAILED
    out, err = capsys.readouterr()
    assert "the largest lr this data allows is" in err
    assert "largest stable" in Path("p.svg").read_text("utf-8")
    assert not Path("m.json").exists()
    if options == ["--json"]:
        assert json.loads(out)["reason"] == "the loss was no longer finite"
        assert json.loads(out)["loss"] is None
    else:
        assert "\n   0 " in out
        assert "\nplot: p.svg\n" in out
