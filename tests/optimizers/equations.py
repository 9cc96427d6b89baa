"""Every rule's equations written a second time: scalar loops, Python floats alone.

They share nothing with refgd: neither its helpers nor its order of arithmetic. Each
takes the gradients of one weight and the learning rates, and yields how far DOWN each
step goes: w − step is the next w.
"""

import math
import struct
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

Steps = Iterator[float]


def bias(beta: float, t: int) -> float:
    """1 − βᵗ as a geometric sum, which does not cancel."""
    return (1 - beta) * math.fsum(beta**k for k in range(t))


def ratio(a: float, b: float) -> float:
    return 0.0 if a == b == 0 else a / b


def sgd(gs: Any, lrs: Any) -> Steps:
    for g, lr in zip(gs, lrs, strict=True):
        yield lr * g


def momentum(gs: Any, lrs: Any, **f: Any) -> Steps:
    v = 0.0
    for t, (g, lr) in enumerate(zip(gs, lrs, strict=True)):
        keep = 1 - f["dampening"]
        if t == 0 and not f["damp_first"]:
            keep = 1.0
        if f["lr_inside"]:
            v = f["beta"] * v - lr * keep * g
            yield -(f["beta"] * v - lr * g) if f["nesterov"] else -v
        else:
            v = f["beta"] * v + keep * g
            yield lr * (g + f["beta"] * v) if f["nesterov"] else lr * v


def adagrad(gs: Any, lrs: Any, **f: Any) -> Steps:
    for t, lr in enumerate(lrs):
        v = f["initial_accumulator"] + math.fsum(g * g for g in gs[: t + 1])
        if f["eps_inside"]:
            yield lr * ratio(gs[t], math.sqrt(v + f["eps"]))
        else:
            yield lr * ratio(gs[t], math.sqrt(v) + f["eps"])


def rmsprop(gs: Any, lrs: Any, **f: Any) -> Steps:
    rho, beta, velocity = f["rho"], f["beta"], 0.0
    m, v = 0.0, f["initial_accumulator"]
    for t, (g, lr) in enumerate(zip(gs, lrs, strict=True), 1):
        m = rho * m + (1 - rho) * g
        v = rho * v + (1 - rho) * g**2
        c = bias(rho, t) if f["bias_correction"] else 1.0
        spread = v / c - (m / c) ** 2 if f["centered"] else v / c
        inside, outside = (f["eps"], 0.0) if f["eps_inside"] else (0.0, f["eps"])
        scaled = ratio(g, math.sqrt(spread + inside) + outside)
        if f["lr_inside"]:
            velocity = beta * velocity + lr * scaled
            yield beta * velocity + lr * scaled if f["nesterov"] else velocity
        else:
            velocity = beta * velocity + scaled
            yield lr * (beta * velocity + scaled if f["nesterov"] else velocity)


def adadelta(gs: Any, lrs: Any, **f: Any) -> Steps:
    rho, eps = f["rho"], f["eps"]
    v = u = 0.0
    for g, lr in zip(gs, lrs, strict=True):
        v = rho * v + (1 - rho) * g**2
        dx = ratio(math.sqrt(u + eps), math.sqrt(v + eps)) * g
        u = rho * u + (1 - rho) * dx**2
        yield lr * dx


def adam(gs: Any, lrs: Any, **f: Any) -> Steps:
    m = v = 0.0
    for t, (g, lr) in enumerate(zip(gs, lrs, strict=True), 1):
        m = f["beta1"] * m + (1 - f["beta1"]) * g
        v = f["beta2"] * v + (1 - f["beta2"]) * g**2
        c1, c2 = bias(f["beta1"], t), bias(f["beta2"], t)
        if not f["bias_correction"]:
            c1 = c2 = 1.0
        if f["eps_hat"]:
            alpha = lr * math.sqrt(c2) / c1
            yield alpha * ratio(m, math.sqrt(v + f["eps_root"]) + f["eps"])
        else:
            yield lr * ratio(m / c1, math.sqrt(v / c2 + f["eps_root"]) + f["eps"])


def amsgrad(gs: Any, lrs: Any, **f: Any) -> Steps:
    m = v = top = 0.0
    for t, (g, lr) in enumerate(zip(gs, lrs, strict=True), 1):
        m = f["beta1"] * m + (1 - f["beta1"]) * g
        v = f["beta2"] * v + (1 - f["beta2"]) * g**2
        c1, c2 = bias(f["beta1"], t), bias(f["beta2"], t)
        top = max(top, v / c2 if f["correct_v"] == "before_max" else v)
        under = top / c2 if f["correct_v"] == "after_max" else top
        m_hat = m / c1 if f["correct_m"] else m
        if f["eps_hat"]:
            bar = math.sqrt(top + f["eps_root"]) + f["eps"]
            yield lr * math.sqrt(c2) * ratio(m_hat, bar)
        else:
            yield lr * ratio(m_hat, math.sqrt(under + f["eps_root"]) + f["eps"])


def adamax(gs: Any, lrs: Any, **f: Any) -> Steps:
    m = u = 0.0
    for t, (g, lr) in enumerate(zip(gs, lrs, strict=True), 1):
        m = f["beta1"] * m + (1 - f["beta1"]) * g
        if f["eps_inside"]:
            u = max(f["beta2"] * u, abs(g) + f["eps"])
            yield lr / bias(f["beta1"], t) * ratio(m, u)
        else:
            u = max(f["beta2"] * u, abs(g))
            yield lr / bias(f["beta1"], t) * ratio(m, u + f["eps"])


def nadam(gs: Any, lrs: Any, **f: Any) -> Steps:
    def mu(t: int) -> float:
        if f["psi"] is None:
            return float(f["beta1"])
        return float(f["beta1"] * (1 - 0.5 * 0.96 ** (t * f["psi"])))

    m = v = 0.0
    for t, (g, lr) in enumerate(zip(gs, lrs, strict=True), 1):
        keep = mu(t) if f["decay_by_mu"] else f["beta1"]
        m = keep * m + (1 - keep) * g
        v = f["beta2"] * v + (1 - f["beta2"]) * g**2
        now = math.prod(mu(i) for i in range(1, t + 1))
        end = t + 2 if f["correct_ahead"] else t + 1
        then = math.prod(mu(i) for i in range(1, end))
        m_hat = mu(t + 1) * m / (1 - then) + (1 - mu(t)) * g / (1 - now)
        v_hat = v / bias(f["beta2"], t) * (f["beta2"] if f["beta2_factor"] else 1)
        yield lr * ratio(m_hat, math.sqrt(v_hat + f["eps_root"]) + f["eps"])


def length(beta2: float, t: int) -> Fraction:
    """RAdam's ρ_t, exactly."""
    b = Fraction(beta2)
    return 2 / (1 - b) - 1 - 2 * t * b**t / (1 - b**t)


def radam(gs: Any, lrs: Any, **f: Any) -> Steps:
    m = v = 0.0
    end = 2 / (1 - Fraction(f["beta2"])) - 1
    for t, (g, lr) in enumerate(zip(gs, lrs, strict=True), 1):
        m = f["beta1"] * m + (1 - f["beta1"]) * g
        v = f["beta2"] * v + (1 - f["beta2"]) * g**2
        c1, c2, rho = bias(f["beta1"], t), bias(f["beta2"], t), length(f["beta2"], t)
        if rho <= f["threshold"]:
            yield lr * m / c1
            continue
        r = math.sqrt((rho - 4) * (rho - 2) * end / ((end - 4) * (end - 2) * rho))
        if f["eps_hat"]:
            bar = math.sqrt(v + f["eps_root"]) + f["eps"]
            yield lr * r * math.sqrt(c2) * ratio(m / c1, bar)
        else:
            yield lr * r * ratio(m / c1, math.sqrt(v / c2 + f["eps_root"]) + f["eps"])


def lion(gs: Any, lrs: Any, **f: Any) -> Steps:
    m = 0.0
    for g, lr in zip(gs, lrs, strict=True):
        c = f["beta1"] * m + (1 - f["beta1"]) * g
        m = f["beta2"] * m + (1 - f["beta2"]) * g
        yield lr * ((c > 0) - (c < 0))


def rprop(gs: Any, lrs: Any, **f: Any) -> Steps:
    size, before, step = lrs[0], 0.0, 0.0
    for g in gs:
        turned = g > 0 > before or g < 0 < before
        if turned:
            size *= f["shrink"]
        elif g and before:
            size *= f["grow"]
        size = min(max(size, f["least"]), f["most"])
        last = step
        if turned:
            step, before = -last if f["backtrack"] else 0.0, 0.0
        else:
            step, before = math.copysign(size, g) if g else 0.0, g
        yield (0.0 if turned else last) if f["lag"] else step


def asgd(gs: Any, lrs: Any, **f: Any) -> Steps:
    w, last = 0.0, lrs[0]
    for t, (g, lr) in enumerate(zip(gs, lrs, strict=True)):
        rate = last if f["lr_lag"] else lr
        step = rate * (g + f["lambd"] * w) / (1 + f["lambd"] * rate * t) ** f["power"]
        w, last = w - step, lr
        yield step


def ftrl(gs: Any, lrs: Any, **f: Any) -> Steps:
    w, z, power = 0.0, 0.0, -f["rate_power"]
    start, l2 = f["initial_accumulator"], f["l2"] * (2 if f["l2_doubled"] else 1)
    for t, (g, lr) in enumerate(zip(gs, lrs, strict=True)):
        before = start + math.fsum(g * g for g in gs[:t])
        n = start + math.fsum(g * g for g in gs[: t + 1])
        z += g + 2 * f["shrinkage"] * w - (n**power - before**power) / lr * w
        far = math.copysign(max(abs(z) - f["l1"], 0.0), z)
        last, w = w, ratio(-lr * far, f["eps"] + n**power + lr * l2)
        yield last - w


def signum(gs: Any, lrs: Any, **f: Any) -> Steps:
    m = 0.0
    for g, lr in zip(gs, lrs, strict=True):
        m = f["beta"] * m + (1 - f["beta"]) * g
        yield lr * ((m > 0) - (m < 0))


def adabelief(gs: Any, lrs: Any, **f: Any) -> Steps:
    b1, b2, m, s = f["beta1"], f["beta2"], 0.0, 0.0
    for t, (g, lr) in enumerate(zip(gs, lrs, strict=True), 1):
        m = b1 * m + (1 - b1) * g
        s = b2 * s + (1 - b2) * (g - m) ** 2 + f["eps_root"]
        m_hat = m / bias(b1, t)
        if f["nesterov"]:
            m_hat = b1 * m / bias(b1, t + 1) + (1 - b1) * g / bias(b1, t)
        yield lr * ratio(m_hat, math.sqrt(s / bias(b2, t)) + f["eps"])


def yogi(gs: Any, lrs: Any, **f: Any) -> Steps:
    m = v = f["initial_accumulator"]
    for t, (g, lr) in enumerate(zip(gs, lrs, strict=True), 1):
        m = f["beta1"] * m + (1 - f["beta1"]) * g
        if v > g**2:
            v -= (1 - f["beta2"]) * g**2
        elif v < g**2:
            v += (1 - f["beta2"]) * g**2
        v_hat = v / bias(f["beta2"], t)
        yield lr * ratio(m / bias(f["beta1"], t), math.sqrt(v_hat) + f["eps"])


def optimistic(gs: Any, lrs: Any, **f: Any) -> Steps:
    for t, (g, lr) in enumerate(zip(gs, lrs, strict=True)):
        change = g - gs[t - 1] if t else 0.0
        yield lr * (f["share"] * g + f["optimism"] * change)


def adan(gs: Any, lrs: Any, **f: Any) -> Steps:
    b1, b2, b3 = f["beta1"], f["beta2"], f["beta3"]
    share, m, u, v, last = b2 if f["share_kept"] else 1 - b2, 0.0, 0.0, 0.0, gs[0]
    for t, (g, lr) in enumerate(zip(gs, lrs, strict=True), 1):
        m = b1 * m + (1 - b1) * g
        u = b2 * u + (1 - b2) * (g - last)
        v = b3 * v + (1 - b3) * (g + share * (g - last)) ** 2
        last = g
        above = m / bias(b1, t) + share * u / bias(b2, t)
        bar = math.sqrt(v / bias(b3, t) + f["eps_root"]) + f["eps"]
        yield lr * ratio(above, bar)


ADAM = {"eps_hat": False, "bias_correction": True}


def lamb(gs: Any, lrs: Any, w: Any, **f: Any) -> Iterator[list[float]]:
    """Of all weights at once: gs are rows, w the first weights; yields the next ones.

    The direction is Adam's own, with a learning rate of 1.
    """
    ones, columns = [1.0] * len(lrs), zip(*gs, strict=True)
    adams = [adam(column, ones, **f, **ADAM) for column in columns]
    for lr, *rs in zip(lrs, *adams, strict=True):
        r = [a + f["lambd"] * b for a, b in zip(rs, w, strict=True)]
        ratio = math.hypot(*w) / math.hypot(*r) if any(w) and any(r) else 1.0
        w = [b - lr * ratio * a for a, b in zip(r, w, strict=True)]
        yield w


def adafactor(gs: Any, lrs: Any, w: Any, **f: Any) -> Iterator[list[list[float]]]:
    """Of a matrix: each g and w is a list of rows; yields the next w. Sums, no means.

    A row by itself, with min_size above 1, is a vector.
    """
    m, n, eps = len(w), len(w[0]), f["eps"]
    cells = list(product(range(m), range(n)))
    r, c, v = [0.0] * m, [0.0] * n, dict.fromkeys(cells, 0.0)
    for t, (g, lr) in enumerate(zip(gs, lrs, strict=True), 1):
        new = t ** -f["power"]
        square = {(i, j): g[i][j] ** 2 + eps * (not f["eps_floor"]) for i, j in cells}
        r = [
            a * (1 - new) + new * math.fsum(square[i, j] for j in range(n))
            for i, a in enumerate(r)
        ]
        c = [
            a * (1 - new) + new * math.fsum(square[i, j] for i in range(m))
            for j, a in enumerate(c)
        ]
        v = {k: v[k] * (1 - new) + new * square[k] for k in cells}
        if min(m, n) >= f["min_size"]:
            total = max(math.fsum(r), m * n * eps * f["eps_floor"])
            under = {(i, j): ratio(r[i] * c[j], total) for i, j in cells}
        else:
            under = v
        least = eps**2 * f["eps_floor"]
        u = {
            (i, j): ratio(g[i][j], math.sqrt(max(under[i, j], least))) for i, j in cells
        }
        long = math.sqrt(math.fsum(a * a for a in u.values()) / (m * n))
        rate = min(lr, t**-0.5) if f["relative_rate"] else lr
        rate /= max(1, long / f["clip"])
        if f["weight_scale"]:
            size = math.hypot(*(a for row in w for a in row)) / math.sqrt(m * n)
            rate *= max(f["eps_rms"], size)
        keep = 1 - f["lambd"] * (lr if f["lambd_lr"] else 1)
        w = [[w[i][j] * keep - rate * u[i, j] for j in range(n)] for i in range(m)]
        yield w


# --- what is put around them: gradients in, gradients out; or weights --------------


def maximize(gs: Any) -> list[float]:
    return [-g for g in gs]


def clip_by_value(gs: Any, c: float) -> list[float]:
    return [math.copysign(min(abs(g), c), g) for g in gs]


def clip_by_norm(row: Any, c: float, eps: float) -> list[float]:
    """Of one step: its gradients of all weights."""
    length = math.hypot(*row) + eps
    return [g / length * c if length > c else g for g in row]


def accumulate(gs: Any, k: int, *, mean: bool) -> list[float]:
    """Those of the steps that are taken."""
    whole = [math.fsum(gs[i : i + k]) for i in range(0, len(gs) - k + 1, k)]
    return [g / k if mean else g for g in whole]


def weight_ema(ws: Any, beta: float, start: str) -> list[float]:
    """Each average as a sum, of w_0 and the weights after each step."""
    averages = [ws[0]]
    for t in range(1, len(ws)):
        shares = [(1 - beta) * beta ** (t - s) for s in range(t + 1)]
        shares[0] = beta**t if start == "initial" else 0.0
        if start == "first":
            shares[1] = beta ** (t - 1)
        whole = math.fsum(shares) if start == "zero" else 1.0
        averages.append(math.fsum(map(math.prod, zip(shares, ws))) / whole)  # noqa: B905 - shares end at t
    return averages


def weight_average(ws: Any, start: int, every: int) -> list[float]:
    counted = [[ws[s] for s in range(start, t + 1, every)] for t in range(len(ws))]
    return [
        math.fsum(kept) / len(kept) if kept else w
        for kept, w in zip(counted, ws, strict=True)
    ]


def lookahead(steps: Any, w: float, k: int, alpha: float) -> list[float]:
    """The weights after each step, from the steps of the rule inside."""
    path, slow = [], w
    for t, step in enumerate(steps, 1):
        w = w - step
        if t % k == 0:
            w = slow = (1 - alpha) * slow + alpha * w
        path.append(w)
    return path


def lars(gs: Any, lrs: Any, w: Any, **f: Any) -> Iterator[list[float]]:
    """Of all weights at once, as `lamb`."""
    v = [0.0] * len(w)
    for g, lr in zip(gs, lrs, strict=True):
        decayed = [a + f["lambd"] * b for a, b in zip(g, w, strict=True)]
        under = math.hypot(*g) + f["lambd"] * math.hypot(*w) + f["eps"]
        moves = any(w) and any(decayed)
        rate = lr * f["trust"] * math.hypot(*w) / under if moves else lr
        v = [f["beta"] * a + rate * b for a, b in zip(v, decayed, strict=True)]
        ahead = [f["beta"] * a + rate * b for a, b in zip(v, decayed, strict=True)]
        w = [a - b for a, b in zip(w, ahead if f["nesterov"] else v, strict=True)]
        yield w


def novograd(gs: Any, lrs: Any, w: Any, **f: Any) -> Iterator[list[float]]:
    """Of all weights at once, as `lamb`; v is the sum that its recurrence makes."""
    b1, b2, m = f["beta1"], f["beta2"], [0.0] * len(w)
    for t, (row, lr) in enumerate(zip(gs, lrs, strict=True)):
        squares = [math.fsum(a * a for a in g) for g in gs[: t + 1]]
        shares = [b2**t, *((1 - b2) * b2 ** (t - k) for k in range(1, t + 1))]
        v = math.fsum(a * b for a, b in zip(shares, squares, strict=True))
        bar = math.sqrt(v + f["eps_root"]) + f["eps"]
        scaled = [ratio(g, bar) + f["lambd"] * a for g, a in zip(row, w, strict=True)]
        m = [b1 * a + b for a, b in zip(m, scaled, strict=True)]
        w = [a - lr * b for a, b in zip(w, m, strict=True)]
        yield w


def sm3(gs: Any, lrs: Any, w: Any, **f: Any) -> Iterator[list[list[float]]]:
    """Of a matrix: gs are matrices; μ of rows and of columns, as the paper keeps it."""
    n, d = len(w), len(w[0])
    rows, columns, m = [0.0] * n, [0.0] * d, [[0.0] * d for _ in w]
    for g, lr in zip(gs, lrs, strict=True):
        new_rows, new_columns = [0.0] * n, [0.0] * d
        w = [list(row) for row in w]
        for i in range(n):
            for j in range(d):
                v = min(rows[i], columns[j]) + g[i][j] ** 2
                step = ratio(g[i][j], math.sqrt(v + f["eps"]))
                m[i][j] = f["beta"] * m[i][j] + (1 - f["beta"]) * step
                w[i][j] -= lr * m[i][j]
                new_rows[i], new_columns[j] = (
                    max(new_rows[i], v),
                    max(new_columns[j], v),
                )
        rows, columns = new_rows, new_columns
        yield w


def schedule_free(gs: Any, lrs: Any, w: Any, **f: Any) -> Iterator[list[float]]:
    """Of all weights at once; lrs has one rate more; x is the mean of all z so far."""
    z, v, zs, shares = list(w), [0.0] * len(w), [], []
    rates = lrs[1:] if f["lr_ahead"] else lrs
    for t, (g, lr) in enumerate(zip(gs, lrs[:-1], strict=True), 1):
        b = f["beta2"]
        if b is None:
            d = g
        else:
            v = [b * a + (1 - b) * c * c for a, c in zip(v, g, strict=True)]
            bars = [math.sqrt(a / bias(b, t)) + f["eps"] for a in v]
            d = [ratio(a, c) for a, c in zip(g, bars, strict=True)]
        z = [a - lr * (b + f["lambd"] * c) for a, b, c in zip(z, d, w, strict=True)]
        zs.append(z)
        shares.append(max(rates[:t]) ** f["power"])
        x = list(w)
        if any(shares):
            means = zip(*zs, strict=True)
            x = [
                math.fsum(map(float.__mul__, shares, column)) / math.fsum(shares)
                for column in means
            ]
        w = [f["beta1"] * a + (1 - f["beta1"]) * b for a, b in zip(x, z, strict=True)]
        yield w


def penalized(gs: Any, lrs: Any, w: Any, **f: Any) -> Iterator[list[float]]:
    """Of all weights at once, of which the last may be an intercept."""
    owed, paid = 0.0, [0.0] * len(w)
    for g, lr in zip(gs, lrs, strict=True):
        shrink = max(0.0, 1 - (1 - f["l1_share"]) * f["lambd"] * lr)
        owed += f["l1_share"] * f["lambd"] * lr
        w = list(w)
        for i in range(len(w)):
            spared = f["intercept"] and i == len(w) - 1
            w[i] = (w[i] if spared else shrink * w[i]) - lr * g[i]
            if not spared and f["l1_share"]:
                rest = owed + math.copysign(1, w[i]) * paid[i]
                cut = min(abs(w[i]), rest) if w[i] else 0.0
                cut *= math.copysign(1, w[i])
                w[i] -= cut
                paid[i] -= cut
        yield w


def single(a: float) -> float:
    """The nearest float32."""
    return float(struct.unpack("f", struct.pack("f", a))[0])


def short(a: float) -> float:
    """The nearest float32, to 8 binary digits; a half goes to the even one."""
    m, e = math.frexp(single(a))
    return math.ldexp(round(m * 256), e - 8)


def dot(p: Any, q: Any) -> float:
    return math.fsum(a * b for a, b in zip(p, q, strict=True))


def short_dot(p: Any, q: Any) -> float:
    """In float32, of each two terms the second first."""
    total = 0.0
    for k in range(0, len(p), 2):
        for j in (k + 1, k):
            total = single(total + p[j] * q[j]) if j < len(p) else total
    return total


def each(f: Any, *matrices: Any) -> Any:
    """A function of the entries of matrices, which are lists of rows."""
    rows = zip(*matrices, strict=True)
    return [[f(*entries) for entries in zip(*row, strict=True)] for row in rows]


def turn(matrix: Any) -> Any:
    return [list(column) for column in zip(*matrix, strict=True)]


def muon(gs: Any, lrs: Any, w: Any, **f: Any) -> Iterator[list[list[float]]]:
    """Of a matrix: each g and w is a list of rows; yields the next w."""
    kept, product = (short, short_dot) if f["bfloat16"] else (float, dot)
    a, b, c = ((single if f["bfloat16"] else float)(f[f"ns_{name}"]) for name in "abc")
    rows, columns, beta = len(w), len(w[0]), f["beta"]
    size = {"rows": max(1, rows / columns), "columns": max(1, columns / rows)}
    size |= {"larger": f["rms"] ** 2 * max(rows, columns), "none": 1.0}
    share, m = 1 - beta if f["ema"] else 1.0, each(lambda p: 0 * p, w)
    for t, (g, lr) in enumerate(zip(gs, lrs, strict=True), 1):
        now, then = (bias(beta, s) if f["bias_correction"] else 1 for s in (t, t + 1))
        m = each(lambda p, q: beta * p + share * q, m, g)
        x = each(lambda p, d=now: p / d, m)
        if f["nesterov"]:
            x = each(
                lambda p, q, d=(then, now): beta * p / d[0] + share * q / d[1], m, g
            )
        x = each(kept, x)
        long, eps = kept(math.hypot(*(p for row in x for p in row))), kept(f["eps"])
        under = max(long, eps) if f["eps_floor"] else long + eps
        x = each(lambda p, d=under: kept(ratio(p, d)), x)
        x = turn(x) if rows > columns else x
        for _ in range(f["ns_steps"]):
            gram = [[kept(product(p, q)) for q in x] for p in x]
            square = [[product(p, q) for q in gram] for p in gram]
            left = each(lambda p, q: kept(b * p + c * q), gram, square)
            right = [[product(p, q) for q in turn(x)] for p in left]
            x = each(lambda p, q: kept(a * p + q), x, right)
        x = turn(x) if rows > columns else x
        step = lr * math.sqrt(size[f["aspect"]])
        w = each(lambda p, q, s=step: p - s * q, w, x)
        yield w
