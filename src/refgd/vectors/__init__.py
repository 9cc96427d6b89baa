r"""Golden vectors: what an optimizer does on fixed gradients, for other languages.

`make` runs a rule on gradients that no random generator chose, all of them multiples
of a power of two, so that every language reads them exactly. `check` compares
the weights of another program with it, and names the first step and coordinate that
differ.

The file is one JSON object:

- ``"format"``: ``"refgd-vectors"``, and ``"version"``: 1.
- ``"rule"``: a name of `refgd.optimizers`, such as ``"adam"``, or of `refgd.dialects`,
  such as ``"torch.optim.Adam"``.
- ``"settings"``: the hyperparameters that were chosen, by the rule's own names. The
  learning rate of the first half is among them, unless it is 1/16.
- ``"defaults"``: those that were not, as the rule has them, but for the learning rate.
- ``"coordinates"``: what each coordinate's gradient is like. The update is elementwise:
  each coordinate may be run by itself; but for lamb's, which has norms.
- ``"shape"``: of adafactor, muon and sm3: the weights are a matrix, ``[3, 2]``, and
  each row of numbers has its rows one after the other.
- ``"lr"``: the learning rate of each of the T steps, as the rule is given it. It is
  halved midway.
- ``"gradients"``: T rows, one number for each coordinate: the gradient of each step. It
  does not depend on w.
- ``"w"``: T + 1 rows: the weights at the start, then after each step.
- ``"states"``: what the rule remembers, such as ``"m"``, ``"v"`` and ``"t"``: T + 1
  rows by each name.
- ``"case"``: ``"plain"``; or ``"zeros"``, where all gradients are 0; ``"schedule"``,
  where lr rises and then falls; ``"decay"``, where the weights decay; or ``"resume"``,
  where the program saves its state after the step ``"stop"``, ends, and is resumed,
  which must not make a difference.
- ``"dtype"``: what the weights were computed in, float64 or float32.

``lr``, ``gradients``, ``w`` and each state are objects with the same numbers twice:
``"hex"`` as C99's hexadecimal floats in strings, which are exact; ``"decimal"`` as the
shortest decimals that read back as the same float64.

A file of results needs ``"w"`` alone: such an object with either of the two, or just
the rows. With ``"rule"`` and ``"settings"`` it can be checked without a golden file;
with one, they must be the same. ``"case"``, ``"dtype"`` and ``"states"``, those of the
rule's that it has too, may be there as well. `refgd identify` reads the same file, and
finds out which rule it follows.

For languages without JSON there are the numbers alone, by `write_numbers`; results may
be the T + 1 rows of w and nothing else.
"""

from refgd.vectors._check import TOLERANCE, TOLERANCES, Difference, check
from refgd.vectors._make import (
    CASES,
    COORDINATES,
    DTYPES,
    FORMAT,
    STOP,
    VERSION,
    make,
    make_all,
    write,
    write_numbers,
)

__all__ = [
    "CASES",
    "COORDINATES",
    "DTYPES",
    "FORMAT",
    "STOP",
    "TOLERANCE",
    "TOLERANCES",
    "VERSION",
    "Difference",
    "check",
    "make",
    "make_all",
    "write",
    "write_numbers",
]
