"""Wrong gradients for one weight, or for any number of them."""

from typing import Any

import numpy as np

from refgd.testing.known_bugs._exhibit import (
    DOUBLED,
    INPUTS,
    REPEATED,
    SAMPLES,
    Function,
    bug,
)


@bug(
    "the sum for the mean: dot has summed already, mean does nothing",
    "patrickloeber/pytorchTutorial, pull requests 5, 10 and 11: the tutorial's line "
    "from 2019-12 to 2021-10",
    "n times the gradient: a sum where the mean is meant",
    DOUBLED,
)
def tutorial(x: Any, y: Any, y_pred: Any) -> Any:
    """Differentiate as the tutorial did."""
    return np.dot(2 * x, y_pred - y).mean()


@bug(
    "the sum for the mean",
    "aimacode/aima-python#414; eriklindernoren/ML-From-Scratch#74 and #124",
    "n times the gradient: a sum where the mean is meant",
    DOUBLED,
)
def summed(w: Any, x: Any, y: Any) -> Any:
    """Forget to divide by n."""
    return 2 * np.dot(x.T, np.dot(x, w) - y)


@bug(
    "the factor 2 is missing",
    "42-AI/bootcamp_machine_learning#20; SethHWeidman/DLFS_code#9",
    "half the gradient: the factor 2 is missing",
)
def halved(x: Any, y: Any, y_pred: Any) -> Any:
    """Differentiate half the loss."""
    return np.mean(x * (y_pred - y))


@bug(
    "a factor 2 too many",
    "davisking/dlib#1169",
    "twice the gradient",
)
def doubled(x: Any, y: Any, y_pred: Any) -> Any:
    """Differentiate the square twice over."""
    return np.mean(4 * x * (y_pred - y))


@bug(
    "the residual is turned around",
    "joelgrus/data-science-from-scratch#65; oxford-cs-deepnlp-2017/lectures#10",
    "minus the gradient: the sign is turned around",
)
def swapped_residual(x: Any, y: Any, y_pred: Any) -> Any:
    """Subtract the prediction from the target."""
    return np.mean(2 * x * (y - y_pred))


@bug(
    "n − 1 for n",
    "the habit of the unbiased variance",
    "divided by n − 1 where n is meant",
    DOUBLED,
)
def unbiased(x: Any, y: Any, y_pred: Any) -> Any:
    """Divide by n − 1, or by 1."""
    return np.sum(2 * x * (y_pred - y)) / max(len(x) - 1, 1)


@bug(
    "the last sample is left out",
    "off by one in a loop",
    "the last sample is missing",
    SAMPLES,
)
def off_by_one(x: Any, y: Any, y_pred: Any) -> Any:
    """Stop a sample early."""
    total = 0
    for i in range(len(x) - 1):
        total = total + 2 * x[i] * (y_pred[i] - y[i])
    return total / len(x)


@bug(
    "the loop starts at 1",
    "formulas that count samples from 1",
    "the first sample is missing",
    SAMPLES,
)
def counted_from_one(x: Any, y: Any, y_pred: Any) -> Any:
    """Skip sample 0."""
    return np.sum(2 * x[1:] * (y_pred[1:] - y[1:])) / len(x)


@bug(
    "(n, 1) against (n,): an (n, n) matrix of residuals",
    "pytorch/pytorch#19699, #16045, #4938; tensorflow/tensorflow#37770; "
    "LAMDA-Tabular/TALENT#92",
    "every residual was paired with every other",
)
def paired(x: Any, y: Any, y_pred: Any) -> Any:
    """Keep the predictions as a column."""
    return np.mean(2 * x * (y_pred - y.reshape(-1, 1)))


@bug(
    "the chain rule stops before x",
    "a derivative with respect to the prediction, not the weight",
    "the factor x is missing",
)
def no_chain_rule(x: Any, y: Any, y_pred: Any) -> Any:
    """Differentiate with respect to y_pred."""
    return 2 * np.mean(y_pred - y) + 0 * x[0]


@bug(
    "|x| for x",
    "a sign lost in 'cleaning' the features",
    "right only for x ≥ 0",
    "examples with negative x",
)
def positive_only(x: Any, y: Any, y_pred: Any) -> Any:
    """Take the size of x."""
    return np.mean(2 * abs(x) * (y_pred - y))


@bug(
    "the residual's size for the residual",
    "mean absolute error's gradient mixed in",
    "it takes |residual|",
)
def residual_size(x: Any, y: Any, y_pred: Any) -> Any:
    """Lose the residual's sign."""
    return np.mean(2 * x * abs(y_pred - y))


@bug(
    "the mean of each factor for the mean of the product",
    "mean(x · r) taken apart",
    "mean(x) · mean(residual)",
)
def means_apart(x: Any, y: Any, y_pred: Any) -> Any:
    """Average before multiplying."""
    return 2 * np.mean(x) * np.mean(y_pred - y)


@bug(
    "the learning rate inside the gradient",
    "gpleiss/nnlr#4; aimacode/aima-python#285: then it is applied twice",
    "0.01 times the gradient, everywhere; is a learning rate folded in?",
)
def rate_folded_in(x: Any, y: Any, y_pred: Any) -> Any:
    """Multiply by the learning rate."""
    return 0.01 * np.mean(2 * x * (y_pred - y))


@bug(
    "a fixed batch size for n",
    "apache/spark#3399; mitmul/chainer-cifar10#1",
    "it divides by 4, whatever n is",
    DOUBLED,
)
def fixed_batch(x: Any, y: Any, y_pred: Any) -> Any:
    """Divide by the 4 of the first data set."""
    return np.sum(2 * x * (y_pred - y)) / 4


@bug(
    "it divides by n twice",
    "a mean of means",
    "divided by n once more",
    DOUBLED,
)
def divided_twice(x: Any, y: Any, y_pred: Any) -> Any:
    """Take the mean of what is a mean already."""
    return np.mean(2 * x * (y_pred - y)) / len(x)


@bug(
    "it writes into the targets",
    "ml-explore/mlx#4426; statsmodels/statsmodels#2928",
    "it changes its input y",
    INPUTS,
)
def writes_into_y(x: Any, y: Any, y_pred: Any) -> Any:
    """Turn y into the residuals, in place."""
    y *= -1
    y += y_pred
    return np.mean(2 * x * y)


def _remembering() -> Function:
    velocity = [0]

    def remembers(x: Any, y: Any, y_pred: Any) -> Any:
        """Add a part of the last gradient: a momentum in the wrong place."""
        velocity[0] = velocity[0] // 2 + np.mean(2 * x * (y_pred - y))
        return velocity[0]

    return remembers


bug(
    "a gradient that is not cleared before the next",
    "zero_grad() forgotten: pytorch's gradients add up",
    "it remembers an earlier call",
    REPEATED,
)(_remembering())


@bug(
    "one sample for all",
    "a stochastic step left in a full-batch gradient",
    "only the first sample counts",
    SAMPLES,
)
def first_sample(x: Any, y: Any, y_pred: Any) -> Any:
    """Look at sample 0 alone."""
    return 2 * x[0] * (y_pred[0] - y[0])


@bug(
    "half the samples, rounded down, twice",
    "two workers that share n samples and drop the odd one",
    "wrong only where n is odd",
    "examples with odd n",
)
def odd_one_out(x: Any, y: Any, y_pred: Any) -> Any:
    """Drop the last sample where n is odd."""
    n = max(len(x) // 2 * 2, 2)
    return np.sum((2 * x * (y_pred - y))[:n]) / n


@bug(
    "clipped terms",
    "a gradient clip inside the gradient",
    "wrong only where an entry is above",
    "examples of more than one scale",
)
def clipped(x: Any, y: Any, y_pred: Any) -> Any:
    """Clip the features at 10."""
    return np.mean(2 * np.clip(x, -10, 10) * (y_pred - y))
