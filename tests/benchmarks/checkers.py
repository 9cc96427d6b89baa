"""Every checker of gradients, as its documentation uses it, with its own defaults.

A checker is a function of a `Task` that says whether it accepts the gradient there.
What it needs is imported when it is asked. Whatever it raises, and whatever the
gradient itself raises under it, is a rejection.
"""

import functools
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from refgd._types import Array
from refgd.testing import GradientError, check_derivative, check_gradient


class Task(NamedTuple):
    """A loss and its gradient on given data, and where to compare them.

    Attributes:
        loss: ``(w, x, y)`` to a number.
        grad: ``(w, x, y)`` to an array of w's shape.
        x: The rows, (n,) or (n, d).
        y: The targets.
        w: A number or an array.
    """

    loss: Callable[..., Any]
    grad: Callable[..., Any]
    x: Array
    y: Array
    w: Any

    def f(self, w: Array) -> Any:
        """Return the loss at the vector w, in its dtype."""
        value = self.loss(self._shaped(w), self.x.copy(), self.y.copy())
        return np.asarray(w).dtype.type(value)

    def df(self, w: Array) -> Array:
        """Return the gradient at the vector w, a vector in its dtype."""
        g = self.grad(self._shaped(w), self.x.copy(), self.y.copy())
        return np.asarray(g, np.asarray(w).dtype).reshape(self.start.shape)

    @property
    def start(self) -> Array:
        """Return w as a vector, in x's dtype."""
        return np.atleast_1d(np.asarray(self.w, self.x.dtype))

    def _shaped(self, w: Array) -> Any:
        return np.array(w).reshape(np.shape(self.w))[()]


def refgd_check_gradient(task: Task) -> bool:
    """Alone of all, it takes no data: it has its own. A TypeError accuses nobody."""
    try:
        check_gradient(task.grad, loss=task.loss)
    except GradientError:
        return False
    except TypeError:
        return True
    return True


def refgd_check_derivative(task: Task) -> bool:
    """Not rejected: "right", or "inconclusive"."""
    check_derivative(task.f, task.df, task.start)
    return True


def scipy_check_grad(task: Task) -> bool:
    """Its documentation has no threshold; its example is of this size."""
    optimize: Any = import_module("scipy.optimize")
    return bool(optimize.check_grad(task.f, task.df, task.start) < 1e-6)


def scipy_approx_fprime(task: Task) -> bool:
    optimize: Any = import_module("scipy.optimize")
    return np.allclose(task.df(task.start), optimize.approx_fprime(task.start, task.f))


def torch_gradcheck(task: Task) -> bool:
    torch: Any = import_module("torch")

    class Loss(torch.autograd.Function):  # type: ignore[misc]  # torch is imported late
        @staticmethod
        def forward(ctx: Any, w: Any) -> Any:
            ctx.save_for_backward(w)
            return torch.tensor(task.f(w.detach().numpy()))

        @staticmethod
        def backward(ctx: Any, out: Any) -> Any:
            (w,) = ctx.saved_tensors
            return out * torch.tensor(task.df(w.detach().numpy()))

    w = torch.tensor(task.start, requires_grad=True)
    return bool(torch.autograd.gradcheck(Loss.apply, (w,)))


def jax_check_grads_x64(task: Task) -> bool:
    return _jax(task, x64=True)


def jax_check_grads(task: Task) -> bool:
    return _jax(task, x64=False)


def _jax(task: Task, *, x64: bool) -> bool:
    jax: Any = import_module("jax")
    check = import_module("jax.test_util").check_grads
    with jax.enable_x64(x64):
        start = jax.numpy.asarray(task.start)
        _asked_of_jax.append(task)
        check(_jax_loss(len(start), start.dtype.name), (start,), order=1, modes=["rev"])
    return True


#: The last one is asked: jax compiles once for a size, not for each task.
_asked_of_jax: list[Task] = []


def _asked() -> Task:
    return _asked_of_jax[-1]


@functools.cache
def _jax_loss(size: int, kind: str) -> Any:
    jax: Any = import_module("jax")
    number = jax.ShapeDtypeStruct((), kind)
    vector = jax.ShapeDtypeStruct((size,), kind)

    @jax.custom_vjp  # type: ignore[untyped-decorator]  # jax is imported late
    def f(w: Any) -> Any:
        return jax.pure_callback(lambda v: _asked().f(np.asarray(v)), number, w)

    def back(w: Any, out: Any) -> Any:
        g = jax.pure_callback(lambda v: _asked().df(np.asarray(v)), vector, w)
        return (out * g,)

    f.defvjp(lambda w: (f(w), w), back)
    return jax.jit(f)


def autograd_check_grads(task: Task) -> bool:
    extend: Any = import_module("autograd.extend")
    f = extend.primitive(task.f)
    extend.defvjp(f, lambda _value, w: lambda out: out * task.df(w))
    check = import_module("autograd.test_util").check_grads
    check(f, modes=["rev"], order=1)(task.start)
    return True


def numdifftools_gradient(task: Task) -> bool:
    numdifftools: Any = import_module("numdifftools")
    return np.allclose(task.df(task.start), numdifftools.Gradient(task.f)(task.start))


def central_recipe(task: Task) -> bool:
    """The course CS231n's: h = 1e-5, and a relative error below 1e-7."""
    w, g = task.start, task.df(task.start)
    h = w.dtype.type(1e-5)
    steps = h * np.eye(len(w), dtype=w.dtype)
    numeric = np.array([(task.f(w + e) - task.f(w - e)) / (2 * h) for e in steps])
    largest = np.maximum(abs(g), abs(numeric))
    error = np.abs(g - numeric) / np.where(largest == 0, 1, largest)
    return bool(np.all(error < 1e-7))


def loss_decreases(task: Task) -> bool:
    """What a learner looks at: 20 steps with lr = 0.01."""
    w = task.start
    first = task.f(w)
    for _ in range(20):
        w = w - w.dtype.type(0.01) * task.df(w)
    return bool(task.f(w) < first)


class Checker(NamedTuple):
    """A way to check a gradient.

    Attributes:
        accepts: Whether it accepts the gradient of a task.
        needs: What must be installed.
        chooses: Whether it chooses its data, and asks for none.
    """

    accepts: Callable[[Task], bool]
    needs: str = "numpy"
    chooses: bool = False

    def rejects(self, task: Task) -> bool:
        """Whether it does not accept it; by whatever it raises, too."""
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return not self.accepts(task)
            except Exception:  # noqa: BLE001 - each has its own
                return True


CHECKERS = {
    "refgd check_gradient": Checker(refgd_check_gradient, chooses=True),
    "refgd check_derivative": Checker(refgd_check_derivative),
    "scipy check_grad, < 1e-6": Checker(scipy_check_grad, "scipy"),
    "scipy approx_fprime, allclose": Checker(scipy_approx_fprime, "scipy"),
    "torch gradcheck": Checker(torch_gradcheck, "torch"),
    "jax check_grads, x64": Checker(jax_check_grads_x64, "jax"),
    "jax check_grads": Checker(jax_check_grads, "jax"),
    "autograd check_grads": Checker(autograd_check_grads, "autograd"),
    "numdifftools Gradient, allclose": Checker(numdifftools_gradient, "numdifftools"),
    "central difference, rel. < 1e-7": Checker(central_recipe),
    "the loss decreases": Checker(loss_decreases),
}
