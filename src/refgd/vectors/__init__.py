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
  each coordinate may be run by itself.
- ``"lr"``: the learning rate of each of the T steps, as the rule is given it. It is
  halved midway.
- ``"gradients"``: T rows, one number for each coordinate: the gradient of each step. It
  does not depend on w.
- ``"w"``: T + 1 rows: the weights at the start, then after each step, in float64.

``lr``, ``gradients`` and ``w`` are objects with the same numbers twice: ``"hex"`` as
C99's hexadecimal floats in strings, which are exact; ``"decimal"`` as the shortest
decimals that read back as the same float64.

A file of results needs ``"w"`` alone: such an object with either of the two, or just
the rows. With ``"rule"`` and ``"settings"`` it can be checked without a golden file;
with one, they must be the same.
"""

from refgd.vectors._check import TOLERANCE, Difference, check
from refgd.vectors._make import COORDINATES, FORMAT, VERSION, make, write

__all__ = [
    "COORDINATES",
    "FORMAT",
    "TOLERANCE",
    "VERSION",
    "Difference",
    "check",
    "make",
    "write",
]
