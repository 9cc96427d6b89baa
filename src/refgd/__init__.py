"""refgd: the reference for gradient descent, where mathematics, code and tests agree.

The four functions are `forward`, `mse`, `grad` and `step`; `fit` and `descend` run
them; `theory` says what must come out, and `refgd.testing` holds code against it.
"""

from refgd._start import quiet_interrupt

with quiet_interrupt():
    from refgd import (
        batches,
        checkpoint,
        compression,
        datasets,
        dialects,
        optimizers,
        schedules,
        stopping,
        theory,
        vectors,
    )
    from refgd._outcome import Diverged, Fit
    from refgd.compression import compress
    from refgd.core import forward, grad, mse, step
    from refgd.descent import descend, fit
    from refgd.history import History, Iterate
    from refgd.leastsquares import LeastSquares, add_intercept
    from refgd.scaling import standardize
    from refgd.stopping import Reason

__version__ = "0.1.0"

__all__ = [
    "Diverged",
    "Fit",
    "History",
    "Iterate",
    "LeastSquares",
    "Reason",
    "add_intercept",
    "batches",
    "checkpoint",
    "compress",
    "compression",
    "datasets",
    "descend",
    "dialects",
    "fit",
    "forward",
    "grad",
    "mse",
    "optimizers",
    "schedules",
    "standardize",
    "step",
    "stopping",
    "theory",
    "vectors",
]
