"""The files that the pages about checking show, run and speak of."""

from pathlib import Path

from docs._ext.content.terminal import File

WRONG = File(
    "homework.py",
    """
import numpy as np

def forward(w, x):
    return w * x

def loss(y, y_pred):
    return np.mean((y_pred - y) ** 2)

def gradient(x, y, y_pred):
    return np.dot(2 * x, y_pred - y).mean()
""",
)
FIXED = File(
    "homework.py",
    WRONG.text.replace(
        "np.dot(2 * x, y_pred - y).mean()", "np.dot(2 * x, y_pred - y) / len(x)"
    ),
)
CLASS = (
    File("submissions/anna.py", FIXED.text),
    File("submissions/ben.py", WRONG.text),
    File(
        "submissions/chen.py",
        FIXED.text.replace("2 * x", "x").replace("** 2)", "** 2) / 2"),
    ),
)
TEST = File(
    "test_homework.py",
    """
from refgd.testing import check_gradient

from homework import forward, gradient, loss

def test_gradient():
    check_gradient(gradient, loss=loss, forward=forward)
""",
)
LAWS_WRONG = File(
    "mine.py",
    """
import numpy as np

def gradient(x, y, y_pred):
    return np.dot(2 * x, y_pred - y).mean()
""",
)
LAWS_FIXED = File(
    "mine.py",
    LAWS_WRONG.text.replace(".mean()", " / len(x)"),
)
LAWS_TEST = File(
    "test_mine.py",
    """
from refgd.testing import parametrize_with_laws

from mine import gradient

@parametrize_with_laws(grad=gradient)
def test_my_gradient(check):
    check()
""",
)
MOMENTUM = File(
    "mine.py",
    """
def my_update(w, dw, velocity, lr=0.1, momentum=0.9):
    velocity = momentum * (0.0 if velocity is None else velocity) - lr * dw
    return w + velocity, velocity
""",
)
UNCORRECTED = File(
    "mine.py",
    """
import numpy as np

def my_adam(w, dw, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m, v = state or (0.0, 0.0)
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw**2
    return w - lr * m / (np.sqrt(v) + eps), (m, v)
""",
)
STUCK = File(
    "mine.py",
    """
import numpy as np

def my_adam(w, dw, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    t, m, v = state or (1, 0.0, 0.0)
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), (t, m, v)
""",
)
OPTIMIZER_TEST = File(
    "test_mine.py",
    """
from refgd.testing import check_optimizer

from mine import my_adam

def test_my_adam():
    check_optimizer(my_adam, "torch.optim.Adam")
""",
)

#: What only torch's own optimizer prints; a test asks it again where torch is there.
TORCH = "refgd identify torch.optim:RMSprop --set alpha=0.9"
PRINTED_BY_TORCH = Path(__file__).with_name("torch_rmsprop.txt")
