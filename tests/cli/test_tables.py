"""Public tables: `refgd fit --intercept` as it comes finds their fits."""

import re
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import refgd
from refgd.cli import main

CLOSE = 1e-8  # of each weight by numpy.linalg.lstsq

#: The target of each table; the other columns of numbers are x.
STATSMODELS = {
    "anes96": "PID",
    "cancer": "cancer",
    "ccard": "AVGEXP",
    "committee": "BILLS104",
    "copper": "WORLDCONSUMPTION",
    "cpunish": "EXECUTIONS",
    "danish_data": "lrm",
    "elnino": "DEC",
    "engel": "foodexp",
    "fair": "affairs",
    "grunfeld": "invest",
    "heart": "survival",
    "longley": "TOTEMP",
    "macrodata": "realgdp",
    "modechoice": "choice",
    "nile": "volume",
    "randhie": "mdvis",
    "scotland": "YES",
    "spector": "GRADE",
    "stackloss": "STACKLOSS",
    "star98": "NABOVE",
    "statecrime": "murder",
    "strikes": "duration",
    "sunspots": "SUNACTIVITY",
}
SKLEARN = {"diabetes": "target", "linnerud": "Weight"}
VEGA = {
    "airports": "longitude",
    "anscombe": "Y",
    "burtin": "Penicillin",
    "cars": "Miles_per_Gallon",
    "crimea": "disease",
    "driving": "gas",
    "iris": "petalWidth",
    "ohlc": "close",
    "seattle_weather": "temp_max",
    "wheat": "wheat",
}


def _package(name: str) -> Any:
    pytest.importorskip(name.split(".", 1)[0], reason="ships the table")
    return import_module(name)


def _statsmodels(name: str) -> Any:
    return _package(f"statsmodels.datasets.{name}").load_pandas().data


def _sklearn(name: str) -> Any:
    return getattr(_package("sklearn.datasets"), f"load_{name}")(as_frame=True).frame


def _vega(name: str) -> Any:
    return getattr(_package("vega_datasets").local_data, name)()


TABLES = [
    pytest.param(load, name, y, id=name)
    for load, names in (
        (_statsmodels, STATSMODELS),
        (_sklearn, SKLEARN),
        (_vega, VEGA),
    )
    for name, y in names.items()
]


@pytest.mark.parametrize(("load", "name", "y"), TABLES)
def test_a_public_table_is_fitted(
    load: Any, name: str, y: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the defaults, to the weights of `numpy.linalg.lstsq`, in a second each."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of the package
        table = load(name).select_dtypes("number").dropna()
    x = table.loc[:, (table != table.iloc[0]).any()].drop(columns=y).astype(float)
    path = tmp_path / "table.csv"
    x.assign(target=table[y].astype(float)).to_csv(path, index=False)
    argv = [str(path), "--x", ",".join(x), "--y", "target", "--intercept"]
    assert main(["fit", *argv]) == 0
    out = capsys.readouterr().out
    best, *_ = np.linalg.lstsq(refgd.add_intercept(x), table[y].astype(float))
    found = re.findall(r"^w\[.*\] += ([-+.e0-9]+)", out, re.MULTILINE)
    assert list(map(float, found)) == pytest.approx(best, rel=CLOSE, abs=0)
