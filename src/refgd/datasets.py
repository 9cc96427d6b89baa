"""Real data with known answers, and the line that the tutorial fits."""

import csv
from importlib import resources
from typing import NamedTuple

import numpy as np

from refgd._types import Array
from refgd.leastsquares import add_intercept


class Dataset(NamedTuple):
    """A data set, where it comes from, and what is known of it.

    Attributes:
        name: What the command line calls it.
        x: The samples, (n,), float64.
        y: The targets, (n,), float64.
        x_name: The name of x, with its unit.
        y_name: The name of y, with its unit.
        intercept: Whether the known answer has one: fit `add_intercept(x)` then.
        w: The known least-squares weight: a number, or (slope, intercept).
        answer: Where the known answer comes from, and how many digits of it are.
        source: Who measured it, and where it was published.
    """

    name: str
    x: Array
    y: Array
    x_name: str
    y_name: str
    intercept: bool
    w: float | tuple[float, float]
    answer: str
    source: str

    @property
    def samples(self) -> Array:
        """What to fit: x, with a column of ones where there is an intercept."""
        return add_intercept(self.x) if self.intercept else self.x


def tutorial() -> Dataset:
    """Return the tutorial's four points on y = 2x.

    Example:
        >>> from refgd import datasets
        >>> datasets.tutorial().y
        array([2., 4., 6., 8.])
    """
    x = np.array([1.0, 2.0, 3.0, 4.0])
    return Dataset(
        name="tutorial",
        x=x,
        y=2 * x,
        x_name="x",
        y_name="y",
        intercept=False,
        w=2.0,
        answer="exact",
        source="patrickloeber/pytorchTutorial, 05_1_gradientdescent_manually.py",
    )


def hubble() -> Dataset:
    """Return Hubble's 24 nebulae of 1929: distances and the speeds of their flight."""
    x, y = _columns("hubble1929.csv", "distance_mpc", "velocity_km_s")
    return Dataset(
        name="hubble",
        x=x,
        y=y,
        x_name="distance in Mpc",
        y_name="velocity in km/s",
        intercept=False,
        w=423.9373232316303,
        answer="the exact rational slope through the origin, rounded once",
        source="E. Hubble, PNAS 15 (1929) 168, table 1",
    )


def noint1() -> Dataset:
    """Return NIST's NoInt1: 11 points, a line without intercept far from the origin."""
    return _certified("noint1", 2.07438016528926, "NoInt1 (Eberhardt)")


def noint2() -> Dataset:
    """Return NIST's NoInt2: 3 points, a line without intercept; w is exactly 8/11."""
    found = _certified("noint2", 0.727272727272727, "NoInt2 (Eberhardt)")
    return found._replace(answer=f"{found.answer}; exactly 8/11")


def norris() -> Dataset:
    """Return NIST's Norris: 36 calibrations of ozone monitors, with an intercept."""
    w = (1.00211681802045, -0.262323073774029)
    return _certified("norris", w, "Norris (J. Norris)")


#: Every data set by its name.
ALL = {made.__name__: made for made in (tutorial, hubble, noint1, noint2, norris)}


def _certified(name: str, w: float | tuple[float, float], title: str) -> Dataset:
    """Return one of NIST's data sets; with an intercept if w has one."""
    x, y = _columns(f"nist_{name}.csv", "x", "y")
    return Dataset(
        name=name,
        x=x,
        y=y,
        x_name="x",
        y_name="y",
        intercept=isinstance(w, tuple),
        w=w,
        answer="certified by NIST to 15 digits",
        source=f"NIST Statistical Reference Datasets, {title}",
    )


def _columns(file: str, *names: str) -> tuple[Array, ...]:
    """Read the named columns of a CSV file that ships with the package."""
    text = (resources.files("refgd") / "data" / file).read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return tuple(np.array([float(row[name]) for row in rows]) for name in names)
