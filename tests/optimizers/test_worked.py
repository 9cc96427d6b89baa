"""Each rule worked by hand: two or three steps with numbers one can follow.

w starts at 0 where nothing else is said, and the numbers are those of the averages
with β₁ = 1/2 and β₂ = 3/4, whose corrections are 1/2, 3/4 and 1/4, 7/16.
"""

import math
import pickle
from typing import Any

import numpy as np
import pytest

import refgd
from refgd import optimizers as o
from refgd import schedules

#: A root or a quotient in each of at most six steps.
ROUNDING = 16 * np.finfo(np.float64).eps

MOMENTS: dict[str, Any] = {"beta1": 0.5, "beta2": 0.75}
halved = schedules.step(0.5, every=1, gamma=0.5)  # ½, ¼

# RAdam with β₂ = 3/4 has ρ∞ = 2·4 − 1 = 7 and, as (3/4)⁶ = 729/4096,
# ρ₆ = 7 − 12·729/3367 = 14821/3367, the first beyond 4 (ρ₅ = 7 − 10·243/781 = 3.889).
# r₆² = (ρ₆ − 4)(ρ₆ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρ₆)
R6 = (1353 * 8087 * 7 / (3367 * 15 * 14821)) ** 0.5

# name: optimizer, gradients, the weights after each step
WORKED: dict[str, tuple[o.Optimizer, list[float], list[float]]] = {
    # 0 − ½·2 = −1; −1 − ½·(−4) = 1
    "sgd": (o.sgd(0.5), [2, -4], [-1, 1]),
    # v = ½·2 = 1; v = ½·1 + ½·4 = 5/2
    "momentum": (o.momentum(0.5, beta=0.5), [2, 4], [-1, -3.5]),
    # ½v + ½g = ½·1 + 1 = 3/2; ½·5/2 + 2 = 13/4
    "nesterov": (o.momentum(0.5, beta=0.5, nesterov=True), [2, 4], [-1.5, -4.75]),
    # lr ½ then ¼. Inside: v = 1; v = ½ + ¼·4 = 3/2
    "lr inside": (o.momentum(halved, beta=0.5), [2, 4], [-1, -2.5]),
    # Outside: v = 2, ½v = 1; v = 1 + 4 = 5, ¼v = 5/4
    "lr outside": (
        o.momentum(halved, beta=0.5, lr_inside=False),
        [2, 4],
        [-1, -2.25],
    ),
    # outside, g + ½v: ½(2 + 1) = 3/2; ¼(4 + ½·5) = 13/8
    "nesterov, lr outside": (
        o.momentum(halved, beta=0.5, lr_inside=False, nesterov=True),
        [2, 4],
        [-1.5, -3.125],
    ),
    # dampening ¼ leaves ¾: v = ¾·1 = 3/4; v = 3/8 + ¾·2 = 15/8
    "dampening": (
        o.momentum(0.5, beta=0.5, dampening=0.25),
        [2, 4],
        [-0.75, -2.625],
    ),
    # the first undamped: v = 1; v = ½ + ¾·2 = 2
    "dampening, not at first": (
        o.momentum(0.5, beta=0.5, dampening=0.25, damp_first=False),
        [2, 4],
        [-1, -3],
    ),
    # 3/√9 = 1; 4/√(9 + 16) = 4/5
    "adagrad": (o.adagrad(1), [3, 4], [-1, -1.8]),
    # 3/(√9 + 1) = 3/4; 4/(√25 + 1) = 2/3
    "adagrad, eps": (o.adagrad(1, eps=1), [3, 4], [-3 / 4, -17 / 12]),
    # 3/√(9 + 7) = 3/4; 4/√(25 + 7) = 1/√2
    "adagrad, eps inside": (
        o.adagrad(1, eps=7, eps_inside=True),
        [3, 4],
        [-0.75, -0.75 - 0.5**0.5],
    ),
    # 3/√(16 + 9) = 3/5
    "adagrad, accumulator": (o.adagrad(1, initial_accumulator=16), [3], [-0.6]),
    # v = ¼·16 = 4, ½·4/2 = 1; v = 3 + ¼·4 = 4, ½·2/2 = ½
    "rmsprop": (o.rmsprop(0.5, rho=0.75), [4, 2], [-1, -1.5]),
    # 4/√(4 + 12) = 1, and 4/(√4 + 2) = 1
    "rmsprop, eps inside": (o.rmsprop(1, rho=0.75, eps=12), [4], [-1]),
    "rmsprop, eps": (o.rmsprop(1, rho=0.75, eps=2, eps_inside=False), [4], [-1]),
    # m = 1, v = 2: 2/√(2 − 1) = 2; then g = 0 leaves the velocity, halved
    "rmsprop, centered": (
        o.rmsprop(1, rho=0.5, centered=True, beta=0.5),
        [2, 0],
        [-2, -3],
    ),
    # ½u + 2 = 3; u = 1, ½u + 0 = ½
    "rmsprop, nesterov": (
        o.rmsprop(1, rho=0.5, centered=True, beta=0.5, nesterov=True),
        [2, 0],
        [-3, -3.5],
    ),
    # lr ½: u = 1, ½u + 1 = 3/2; u = ½, ½u = ¼
    "rmsprop, nesterov, lr": (
        o.rmsprop(0.5, rho=0.5, centered=True, beta=0.5, nesterov=True),
        [2, 0],
        [-1.5, -1.75],
    ),
    # lr ½, then ¼: u = 2, ½·2 = 1; u = 1, ¼·1 = ¼
    "rmsprop, lr outside": (
        o.rmsprop(halved, rho=0.5, centered=True, beta=0.5, lr_inside=False),
        [2, 0],
        [-1, -1.25],
    ),
    # v̂ = 4/¼ = 16
    "rmsprop, corrected": (o.rmsprop(1, rho=0.75, bias_correction=True), [4], [-1]),
    # m̂ = 4, v̂ = 16: 4/√(1/49); m = 5/4, m̂ = 20/7, v̂ = 64/7: 2/√(48/49 + 1/49)
    "rmsprop, centered and corrected": (
        o.rmsprop(1, rho=0.75, eps=1 / 49, centered=True, bias_correction=True),
        [4, 2],
        [-28, -30],
    ),
    # v = ¾·4 + ¼·4 = 4
    "rmsprop, accumulator": (
        o.rmsprop(1, rho=0.75, initial_accumulator=4),
        [2],
        [-1],
    ),
    # v = ¾·4 = 3, 2·√1/√(3 + 1) = 1, u = ¾; v = ¾ + ¾ = 3/2, 1·√(7/4)/√(5/2) = √0.7
    "adadelta": (o.adadelta(rho=0.25, eps=1), [2, 1], [-1, -1 - 0.7**0.5]),
    # m = 1, m̂ = 2, v = 1, v̂ = 4; m = ½, m̂ = 2/3, v = ¾, v̂ = 12/7: √(4/9 · 7/12)
    "adam": (o.adam(1, **MOMENTS, eps=0), [2, 0], [-1, -1 - (7 / 27) ** 0.5]),
    # 1/√1; ½/√¾
    "adam, not corrected": (
        o.adam(1, **MOMENTS, eps=0, bias_correction=False),
        [2, 0],
        [-1, -1 - 3**-0.5],
    ),
    # ¾ + ¼·13 = 4, and √(4 + 12) = 4
    "rmsprop, from 1": (
        o.rmsprop(1, rho=0.75, eps=12, initial_accumulator=1),
        [13**0.5],
        [-(13**0.5) / 4],
    ),
    # m̂ = ½·1/½ + ½·2/½ = 3 over √4, where t + 1 has ½·1/¾ + 2 = 8/3
    "nadam, Ruder's": (
        o.nadam(1, **MOMENTS, eps=0, psi=None, beta2_factor=False, correct_ahead=False),
        [2],
        [-1.5],
    ),
    # 2/(√4 + 2)
    "adam, eps": (o.adam(1, **MOMENTS, eps=2), [2], [-0.5]),
    # √¼/½ · 1/(√1 + 3)
    "adam, eps_hat": (o.adam(1, **MOMENTS, eps=3, eps_hat=True), [2], [-0.25]),
    # 2/√(4 + 5)
    "adam, eps_root": (o.adam(1, **MOMENTS, eps=0, eps_root=5), [2], [-2 / 3]),
    # √¼/½ · 1/√(1 + 3)
    "adam, both": (
        o.adam(1, **MOMENTS, eps=0, eps_root=3, eps_hat=True),
        [2],
        [-0.5],
    ),
    # m = 1, v = 1; m = ½, v = ¾, but the largest is 1
    "amsgrad": (o.amsgrad(1, **MOMENTS), [2, 0], [-1, -1.5]),
    # m̂ = 2 over √(1/¼); m̂ = 2/3 over √(1/(7/16)) = 4/√7
    "amsgrad, after": (
        o.amsgrad(1, **MOMENTS, correct_m=True, correct_v="after_max"),
        [2, 0],
        [-1, -1 - 7**0.5 / 6],
    ),
    # v̂ = 4; v̂ = 12/7 < 4: 2/3 over √4
    "amsgrad, before": (
        o.amsgrad(1, **MOMENTS, correct_m=True, correct_v="before_max"),
        [2, 0],
        [-1, -4 / 3],
    ),
    # √¼/½ · 1/(√1 + 1)
    "amsgrad, eps_hat": (
        o.amsgrad(
            1, **MOMENTS, eps=1, eps_hat=True, correct_m=True, correct_v="after_max"
        ),
        [2],
        [-0.5],
    ),
    # m̂ = 2, u = 2; m = 1, m̂ = 4/3, u = max(¾·2, 1) = 3/2
    "adamax": (o.adamax(1, **MOMENTS), [2, 1], [-1, -17 / 9]),
    # m̂ = 2 over 2 + 2; m̂ = 4/3 over 3/2 + 2
    "adamax, eps": (o.adamax(1, **MOMENTS, eps=2), [2, 1], [-0.5, -0.5 - 8 / 21]),
    # u = 2 + 2; u = max(¾·4, 1 + 2) = 3
    "adamax, eps inside": (
        o.adamax(1, **MOMENTS, eps=2, eps_inside=True),
        [2, 1],
        [-0.5, -0.5 - 4 / 9],
    ),
    # m = 1: ½·1/(1 − ¼) + ½·2/(1 − ½) = 8/3; v̂ = ¾·1/¼ = 3
    "nadam": (o.nadam(1, **MOMENTS, eps=0, psi=None), [2], [-8 / 27**0.5]),
    # v̂ = 1/¼ = 4
    "nadam, no factor": (
        o.nadam(1, **MOMENTS, eps=0, psi=None, beta2_factor=False),
        [2],
        [-4 / 3],
    ),
    # μ₁ = ½(1 − 0.48) = 0.26, μ₂ = ½(1 − 0.4608) = 0.2696, m = 0.74·2:
    # (0.2696·1.48/(1 − 0.070096) + 0.74·2/0.74) / 2
    "nadam, psi": (
        o.nadam(1, **MOMENTS, eps=0, psi=1, beta2_factor=False),
        [2],
        [-(0.399008 / 0.929904 + 2) / 2],
    ),
    # m = ½·2 in place of 0.74·2
    "nadam, by beta1": (
        o.nadam(1, **MOMENTS, eps=0, psi=1, beta2_factor=False, decay_by_mu=False),
        [2],
        [-(0.2696 / 0.929904 + 2) / 2],
    ),
    # m̂ = 2 and v̂ = 4 all along: five steps of 2, then r₆·2/√4
    "radam": (
        o.radam(1, **MOMENTS),
        [2] * 6,
        [-2, -4, -6, -8, -10, -10 - R6],
    ),
    "radam, threshold": (o.radam(1, **MOMENTS, threshold=5), [2] * 6, [-12]),
    # r₆·2/(√4 + 2)
    "radam, eps": (o.radam(1, **MOMENTS, eps=2), [2] * 6, [-10 - R6 / 2]),
    # √v = 2√c₂ with c₂ = 3367/4096: r₆·√c₂·2/(2√c₂ + 2√c₂)
    "radam, eps_hat": (
        o.radam(1, **MOMENTS, eps=(3367 / 1024) ** 0.5, eps_hat=True),
        [2] * 6,
        [-10 - R6 / 2],
    ),
    # c = 1, m = ½; c = ¼ − 3/8 < 0, m = 3/8 − 3/16 = 3/16; c = 3/32 − 1/20 > 0
    "lion": (o.lion(1, **MOMENTS), [2, -0.75, -0.1], [-1, 0, -1]),
    # Δ = ½, then 2·½; the turn takes that back; Δ = ½·1 as it is
    "rprop": (o.rprop(0.5, grow=2), [3, 1, -2, -4], [-0.5, -1.5, -0.5, 0]),
    # the turn rests
    "rprop, no way back": (
        o.rprop(0.5, grow=2, backtrack=False),
        [3, 1, -2, -4],
        [-0.5, -1.5, -1.5, -1],
    ),
    # each step one late: 0, ½, and none at the turn, since when there is none to come
    "rprop, lag": (
        o.rprop(0.5, grow=2, backtrack=False, lag=True),
        [3, 1, -2, -4, -4],
        [0, -0.5, -0.5, -0.5, 0],
    ),
    # 2·2 is cut to 3, ½·3 raised to 2
    "rprop, bounds": (
        o.rprop(2, grow=2, least=2, most=3),
        [1, 1, -1, -1],
        [-2, -5, -2, 0],
    ),
    # ½(2 + 0) = 1; the rate is ½ / (1 + ½) = ⅓: ⅓(2 − 1) = ⅓
    "asgd": (o.asgd(0.5, lambd=1, power=1), [2, 2], [-1, -4 / 3]),
    # lr ½, ¼: ¼ / (1 + ¼) = ⅕; with lag it is ⅓ once more
    "asgd, schedule": (o.asgd(halved, lambd=1, power=1), [2, 2], [-1, -1.2]),
    "asgd, lag": (o.asgd(halved, lambd=1, power=1, lr_lag=True), [2, 2], [-1, -4 / 3]),
    # m = 1; m = ½ − ⅜ > 0; m = 1/16 − ½ < 0
    "signum": (o.signum(1, beta=0.5), [2, -0.75, -1], [-1, -2, -1]),
    # m = 1, s = ¼(2 − 1)² = ¼, ŝ = 1: 2/1; m = ½, s = 3/16 + ¼·¼ = ¼, ŝ = 4/7: ⅔·√7/2
    "adabelief": (
        o.adabelief(1, **MOMENTS, eps=0, eps_root=0),
        [2, 0],
        [-2, -2 - 7**0.5 / 3],
    ),
    # s = ¼ + ¾ = 1, ŝ = 4: 2/(√4 + 2)
    "adabelief, eps": (o.adabelief(1, **MOMENTS, eps=2, eps_root=0.75), [2], [-0.5]),
    # ½·1/(1 − ¼) + ½·2/½ = 8/3
    "adabelief, nesterov": (
        o.adabelief(1, **MOMENTS, eps=0, eps_root=0, nesterov=True),
        [2],
        [-8 / 3],
    ),
    # m = 1, v = ¼·4 = 1: 2/√4; m = ½, v = 1, v̂ = 16/7: ⅔·√7/4
    "yogi": (
        o.yogi(1, **MOMENTS, eps=0, initial_accumulator=0),
        [2, 0],
        [-1, -1 - 7**0.5 / 6],
    ),
    # v = 8 > 4: 8 − ¼·4 = 7, v̂ = 28; m = ½·8 + ½·2 = 5, m̂ = 10
    "yogi, start": (
        o.yogi(1, **MOMENTS, eps=2, initial_accumulator=8),
        [2],
        [-10 / (28**0.5 + 2)],
    ),
    # ½·2; ½(2·4 − 2) = 3
    "optimistic": (o.optimistic(0.5), [2, 4], [-1, -4]),
    # ½·2·2 = 2; ½(2·4 + ½(4 − 2)) = 9/2
    "optimistic, shares": (
        o.optimistic(0.5, share=2, optimism=0.5),
        [2, 4],
        [-2, -6.5],
    ),
    # m = 1, v = ½·4 = 2: 2/√4; g = 0, d = −2: m̂ = ⅔, u = −½, û = −8/7 = −½/(7/16), and
    # v = ½·2 + ½(¾·2)² = 17/8, v̂ = 17/6: (⅔ − ¾·8/7)/√(17/6)
    "adan": (
        o.adan(1, **MOMENTS, beta3=0.5, eps=0),
        [2, 0],
        [-1, -1 + (6 / 7 - 2 / 3) * (6 / 17) ** 0.5],
    ),
    # ¼ in place of ¾: v = 1 + ½·¼ = 9/8, v̂ = 3/2: (⅔ − ¼·8/7 = 8/21)/√(3/2)
    "adan, share": (
        o.adan(1, **MOMENTS, beta3=0.5, eps=0, share_kept=False),
        [2, 0],
        [-1, -1 - 8 / 21 * (2 / 3) ** 0.5],
    ),
    # 2/(√(4 + 5) + 1)
    "adan, eps": (o.adan(1, **MOMENTS, beta3=0.5, eps=1, eps_root=5), [2], [-0.5]),
    # ‖w‖ = 0, so it is Adam: 1; then r > 0 and ‖w‖ = ½, so the step is ½·½
    "lamb": (o.lamb(0.5, **MOMENTS, eps=0), [2, 0], [-0.5, -0.75]),
    # 2/(√(4 + 5) + 1) = ½; then ‖w‖ = ½
    "lamb, eps": (o.lamb(1, **MOMENTS, eps=1, eps_root=5), [2, 2], [-0.5, -1]),
    # r = 1 − 3·½ < 0 after a step of ½
    "lamb, decay": (o.lamb(0.5, **MOMENTS, eps=0, lambd=3), [2, 2], [-0.5, -0.25]),
    # v = 9, z = 3: −3/3; σ = 5 − 3, z = 3 + 4 + 2·1 = 9: −9/5
    "ftrl": (o.ftrl(1, initial_accumulator=0), [3, 4], [-1, -1.8]),
    # z = 3, 3 − 1 over (√9 + 1)/½; σ = (5 − 3)/½, z = 3 − 4 + 4·¼ = 0
    "ftrl, l1 and eps": (o.ftrl(0.5, l1=1, eps=1), [3, -4], [-0.25, 0]),
    # √(7 + 9) + 2
    "ftrl, l2": (o.ftrl(1, l2=2, initial_accumulator=7), [3], [-0.5]),
    "ftrl, l2 twice": (
        o.ftrl(1, l2=1, l2_doubled=True, initial_accumulator=7),
        [3],
        [-0.5],
    ),
    # p = 0: z = 2, −½·2; z = 2 + 1 + 2·½·(−1) = 2
    "ftrl, shrinkage": (o.ftrl(0.5, shrinkage=0.5, rate_power=0), [2, 1], [-1, -1]),
    # p = −1: v = 4, z = 2: −½; σ = 5 − 4, z = 2 + 1 + ½: −3.5/5
    "ftrl, power": (o.ftrl(1, rate_power=-1), [2, 1], [-0.5, -0.7]),
    # +½·2; +½·(−4)
    "maximize": (o.maximize(o.sgd(0.5)), [2, -4], [1, -1]),
    # ½·2, not ½·3; ½·(−2); ½·1 as it is
    "clip_by_value": (o.clip_by_value(o.sgd(0.5), 2), [3, -7, 1], [-1, 0, -0.5]),
    # of one weight the norm is |g|
    "clip_by_norm": (o.clip_by_norm(o.sgd(0.5), 2), [3, -7, 1], [-1, 0, -0.5]),
    # 3·4/(3 + 1); 1 + 1 < 4
    "clip_by_global_norm": (
        o.clip_by_global_norm(o.sgd(1), 3, eps=1),
        [3, 1],
        [-2.25, -3.25],
    ),
    # a = −1; w = −3, a = ½(−1 − 3)/¾ · … = −1 + ½/¾·(−2) = −7/3, and w becomes that
    "weight_ema": (o.weight_ema(o.sgd(1), 0.5, every=2), [1, 2], [-1, -7 / 3]),
    # a = −1; a = ½(−1) + ½(−3)
    "weight_ema, first": (
        o.weight_ema(o.sgd(1), 0.5, start="first", every=2),
        [1, 2],
        [-1, -2],
    ),
    # a = ½·0 + ½(−1); a = ½(−½) + ½(−3)
    "weight_ema, initial": (
        o.weight_ema(o.sgd(1), 0.5, start="initial", every=2),
        [1, 2],
        [-1, -1.75],
    ),
    # two gradients a step: a = w = −1 up to the second, then ½(−1) + ½(−2) = −3/2, and
    # from w = −3: ½(−3/2) + ½(−3) = −9/4
    "weight_ema, per step": (
        o.weight_ema(o.sgd(1), 0.5, start="first", every=2, per_step=2),
        [0.5, 0.5, 1, 1.5],
        [-0.5, -1, -1.5, -2.25],
    ),
    "weight_average": (o.weight_average(o.sgd(1)), [1, 2], [-1, -3]),
    # to −1, −4, and half the way back to 0; then to −3, −5, half the way back to −2
    "lookahead": (o.lookahead(o.sgd(1), k=2), [1, 3, 1, 2], [-1, -2, -3, -3.5]),
    # v = 1, ½ + 1 = 3/2: −5/2, and a quarter of that; v goes on, ¾ + 1, or anew, 1
    "lookahead, going on": (
        o.lookahead(o.momentum(1, beta=0.5), k=2, alpha=0.25),
        [1, 1, 1],
        [-1, -0.625, -2.375],
    ),
    "lookahead, reset": (
        o.lookahead(o.momentum(1, beta=0.5), k=2, alpha=0.25, reset=True),
        [1, 1, 1],
        [-1, -0.625, -1.625],
    ),
    # ½·(3 + 5)/2; lr is halved by its second step, the fourth gradient
    "accumulate": (o.accumulate(o.sgd(halved), 2), [3, 5, 2, 6], [0, -2, -2, -3]),
    "accumulate, sum": (o.accumulate(o.sgd(1), 2, mean=False), [3, 5, 2], [0, -8, -8]),
    # ‖w‖ = 0: the rate is ½, v = 1; then ¼·½·1/4 of g = 4 is 1/8, v = ½ + 1/8
    "lars": (o.lars(0.5, trust=0.25, beta=0.5), [2, 4], [-1, -1.625]),
    # ½·1 + 1 = 3/2; then ‖w‖ = 3/2, so ½·¼·3/2 = 3/16, v = 11/16, ½v + 3/16 = 17/32
    "lars, nesterov": (
        o.lars(0.5, trust=0.25, beta=0.5, nesterov=True),
        [2, 4],
        [-1.5, -1.5 - 17 / 32],
    ),
    # g + w = 3 beside 4 + 1 + 1 = 6: ½·1/6·3 = ¼, v = ½ + ¼
    "lars, decay": (
        o.lars(0.5, trust=1, beta=0.5, lambd=1, eps=1),
        [2, 4],
        [-1, -1.75],
    ),
    # 2/√4 = 1; v = ½·4 + ½·28 = 16, m = ½ + √28/4
    "novograd": (
        o.novograd(1, beta1=0.5, beta2=0.5, eps=0),
        [2, 28**0.5],
        [-1, -1.5 - 28**0.5 / 4],
    ),
    # 2/(√(4 + 5) + 1) = ½; m = ¼ + ½ + 2·(−½)
    "novograd, eps and decay": (
        o.novograd(1, beta1=0.5, beta2=0.5, eps=1, eps_root=5, lambd=2),
        [2, 2],
        [-0.5, -0.25],
    ),
    # 3/√9 = 1; 4/√(9 + 16) = 4/5
    "sm3": (o.sm3(1), [3, 4], [-1, -1.8]),
    # ½·3/√(9 + 7); ½·⅜ + ½·4/√(25 + 7)
    "sm3, eps and average": (
        o.sm3(1, beta=0.5, eps=7),
        [3, 4],
        [-0.375, -0.5625 - 8**-0.5],
    ),
    # z = −4, x = −4; z = −2, x = −3, and w is between them
    "schedule_free": (o.schedule_free(1, beta1=0.5), [4, -2], [-4, -2.5]),
    # z = −4 + 4·½ (the decay) = −2, x = −3
    "schedule_free, decay": (
        o.schedule_free(1, beta1=0.5, lambd=0.5),
        [4, 0],
        [-4, -2.5],
    ),
    # lr ½, then ¼: z = −2, and −2½ of equal weight: x = −2¼
    "schedule_free, falling": (
        o.schedule_free(halved, beta1=0.5),
        [4, 2],
        [-2, -2.375],
    ),
    # rates 1 and 2 of weights 1 and 4: z = −4, then −8, x = −7.2
    "schedule_free, rising": (
        o.schedule_free(lambda t: t + 1, beta1=0.5),
        [4, 2],
        [-4, -7.6],
    ),
    # weights 1 and √2
    "schedule_free, power": (
        o.schedule_free(lambda t: t + 1, beta1=0.5, power=0.5),
        [4, 2],
        [-4, -4 - (2 * 2**0.5 / (1 + 2**0.5) + 2)],
    ),
    # weights 4 and 9: x = −4 − 4·9/13
    "schedule_free, ahead": (
        o.schedule_free(lambda t: t + 1, beta1=0.5, lr_ahead=True),
        [4, 2],
        [-4, -6 - 18 / 13],
    ),
    # 2/(√4 + 2) = ½; v = ¾ and v̂ = 12/7, but g = 0
    "schedule_free, Adam's": (
        o.schedule_free(1, beta1=0.5, beta2=0.75, eps=2),
        [2, 0],
        [-0.5, -0.5],
    ),
}


def _walk(optimizer: o.Optimizer, w: float, gradients: list[float]) -> list[float]:
    """The weights after each step."""
    state, path = optimizer.init(w), []
    for dw in gradients:
        w, state = optimizer.update(w, dw, state)
        path.append(w)
    return path


@pytest.mark.parametrize("name", WORKED)
def test_optimizers_worked_by_hand(name: str) -> None:
    """Each rule and each of its flags, in a few steps with numbers one can follow."""
    optimizer, gradients, expected = WORKED[name]
    path = _walk(optimizer, 0.0, gradients)[-len(expected) :]
    errors = np.abs(np.array(path) - expected)
    assert np.all(errors <= ROUNDING * np.abs(expected))


# kind: w after a step from w = 4 with g = 2, lr = ½, wd = ½, and after one more
# with lr = ¼; the rule is sgd
DECAYED = {
    # g + ½w = 4, 4 − ½·4 = 2; g + ½·2 = 3, 2 − ¼·3
    "coupled": [2, 1.25],
    # 4 − ½·½·4 = 3, −1; 2 − ¼·½·2 = 7/4, −½
    "lr": [2, 1.25],
    # 4 − ½·4 = 2, −1; lr is half the first: 1 − ½·½·1 = 3/4, −½
    "schedule": [1, 0.25],
    "clipped": [2, 1.25],
}


@pytest.mark.parametrize("kind", DECAYED)
def test_weight_decay_worked_by_hand(kind: str) -> None:
    lr = None if kind == "coupled" else halved
    optimizer = o.weight_decay(o.sgd(halved), 0.5, kind=kind, lr=lr)
    assert _walk(optimizer, 4.0, [2, 2]) == DECAYED[kind]


def test_clipped_decay_ends_at_zero() -> None:
    """With lr·wd = 3/2: 4·max(0, 1 − 3/2) − ½·2 = −1, where "lr" has −2 − 1."""
    for kind, expected in [("clipped", -1), ("lr", -3)]:
        optimizer = o.weight_decay(o.sgd(0.5), 3, kind=kind, lr=0.5)
        assert _walk(optimizer, 4.0, [2]) == [expected]


def test_adamw_worked_by_hand() -> None:
    """4 − ½·4 − 1 = 1, and 1 − ½·½·1 − ½·√(7/27) with half the lr and g = 0."""
    optimizer = o.adamw(schedules.step(1, every=1, gamma=0.5), wd=0.5, **MOMENTS, eps=0)
    first, second = _walk(optimizer, 4.0, [2, 0])
    assert first == 1
    assert abs(second - (0.75 - 0.5 * (7 / 27) ** 0.5)) <= ROUNDING


def test_asgd_averages_from_t0_on() -> None:
    """On −1, −2, −3, −4: with t₀ = 1 it is w up to t = 2, then the mean of two."""
    optimizer, w = o.asgd(1, lambd=0, t0=1), 0.0
    state, averages = optimizer.init(w), []
    for _ in range(4):
        w, state = optimizer.update(w, 1.0, state)
        averages.append(float(state.average))
    assert averages == [-1, -2, -3, -3.5]


def test_lamb_has_one_length_for_all_weights() -> None:
    """Adam's r = (1, −1) has the norm √2, and w the norm 5: each moves by ½·5/√2."""
    optimizer, w = o.lamb(0.5, eps=0), np.array([3.0, 4.0])
    after, _ = optimizer.update(w, np.array([7.0, -0.1]), optimizer.init(w))
    moved = np.array([-1, 1]) * 2.5 / 2**0.5
    assert np.all(abs(after - w - moved) <= ROUNDING * 5)


@pytest.mark.parametrize(
    ("start", "every", "averages"),
    [
        (1, 1, [-1, -1.5, -2, -2.5]),
        (0, 1, [-0.5, -1, -1.5, -2]),  # 0 counts too
        (2, 1, [-1, -2, -2.5, -3]),
        (2, 2, [-1, -2, -2, -3]),  # −2 and −4 alone
    ],
)
def test_weight_average_worked_by_hand(
    start: int, every: int, averages: list[float]
) -> None:
    """On −1, −2, −3, −4."""
    optimizer, w = o.weight_average(o.sgd(1), start=start, every=every), 0.0
    state, got = optimizer.init(w), []
    for _ in range(4):
        w, state = optimizer.update(w, 1.0, state)
        got.append(float(state.average))
    assert got == averages


def test_clips_worked_by_hand_on_rows() -> None:
    """(3, 4) is 5 long, (0, 12) is 12, and both together 13."""
    dw, w = np.array([[3.0, 4.0], [0.0, 12.0]]), np.zeros((2, 2))
    for optimizer, expected in [
        (o.clip_by_norm(o.sgd(1), 10, axis=-1), dw * [[1], [10 / 12]]),
        (o.clip_by_norm(o.sgd(1), 10, axis=0), dw * [1, 10 / (16 + 144) ** 0.5]),
        (o.clip_by_norm(o.sgd(1), 6.5), dw / 2),
        (o.clip_by_global_norm(o.sgd(1), 6.5), dw / 2),
        (o.clip_by_global_norm(o.sgd(1), 7, eps=1), dw / 2),
        (o.clip_by_global_norm(o.sgd(1), 13), dw),
        (o.clip_by_value(o.sgd(1), 4), np.array([[3, 4], [0, 4]])),
    ]:
        after, _ = optimizer.update(w, dw, optimizer.init(w))
        assert np.all(abs(after + expected) <= ROUNDING * expected)


def test_clip_acts_before_what_it_is_around() -> None:
    """From 4 with g = 2 and λ = ½: 2 is cut to 1, then 1 + 2; or 2 + 2 is cut to 1."""
    decayed = o.weight_decay(o.sgd(1), 0.5, kind="coupled")
    assert _walk(o.clip_by_value(decayed, 1), 4.0, [2]) == [1]
    cut = o.weight_decay(o.clip_by_value(o.sgd(1), 1), 0.5, kind="coupled")
    assert _walk(cut, 4.0, [2]) == [3]
    assert _walk(o.maximize(decayed), 4.0, [2]) == [4]  # −2 + 2
    up = o.weight_decay(o.maximize(o.sgd(1)), 0.5, kind="coupled")
    assert _walk(up, 4.0, [2]) == [8]  # −(2 + 2)


def test_clip_by_norm_takes_what_has_no_square() -> None:
    """3 and 4 times 2^±600; inf and NaN are not hidden."""
    for unit in (2.0**600, 2.0**-600):
        optimizer, w = o.clip_by_norm(o.sgd(1), unit), np.zeros(2)
        after, _ = optimizer.update(w, np.array([3, 4]) * unit, optimizer.init(w))
        assert np.all(abs(after / unit + [0.6, 0.8]) <= ROUNDING)
    for bad in (np.inf, np.nan):
        with np.errstate(invalid="ignore"):
            after, _ = optimizer.update(w, np.array([1, bad]), optimizer.init(w))
        assert not np.isfinite(after).any()


def test_sm3_bounds_the_sums_of_a_matrix() -> None:
    """Rows and columns have 9 and 16: ν is 9 + 9, 9, 9 and 16 + 16 in step two."""
    optimizer, w = o.sm3(1), np.zeros((2, 2))
    dw = np.array([[3.0, 0.0], [0.0, 4.0]])
    w, state = optimizer.update(w, dw, optimizer.init(w))
    after, _ = optimizer.update(w, np.full((2, 2), 3.0), state)
    expected = [[3 / 18**0.5, 3 / 18**0.5], [3 / 18**0.5, 3 / 5]]
    assert np.all(abs(w - after - expected) <= ROUNDING)


def test_novograd_has_one_length_for_all_weights() -> None:
    """‖(3, 4)‖ = 5; then v = ½·25 + ½·7, and √16 = 4."""
    optimizer, w = o.novograd(1, beta1=0.5, beta2=0.5, eps=0), np.zeros(2)
    w, state = optimizer.update(w, np.array([3.0, 4.0]), optimizer.init(w))
    assert np.all(abs(w - [-0.6, -0.8]) <= ROUNDING)
    after, _ = optimizer.update(w, np.array([7**0.5, 0.0]), state)
    assert np.all(abs(after - w - [-0.3 - 7**0.5 / 4, -0.4]) <= ROUNDING)


def test_schedule_free_has_its_average_beside_w() -> None:
    """What moves w from outside moves x by 1/β of it, and z not at all."""
    optimizer, w = o.schedule_free(1, beta1=0.5), 0.0
    w, state = optimizer.update(w, 4.0, optimizer.init(w))
    assert (float(w), float(state.x), float(state.z)) == (-4, -4, -4)
    w, state = optimizer.update(w + 1, 0.0, state)  # x is −2, and then −3
    assert (float(w), float(state.x), float(state.z)) == (-3.5, -3, -4)


#: Adafactor with ε = 0 and t^−1: from w = 4, g = 2, then g = 1. v = 4, so u is 1 and
#: the step 4·½; then v = ½·4 + ½·1 = 5/2, u = √(2/5) and the step 2·½·u.
ADAFACTOR: dict[str, tuple[dict[str, Any], list[float]]] = {
    "as it is": ({"lr": 0.5}, [2, 2 - 0.4**0.5]),
    # 4·1 leaves nothing: the step is ε₂ = 1 times 1/√2
    "relative": ({"lr": 1, "eps_rms": 1}, [0, -(0.2**0.5)]),
    "not relative": ({"lr": 1, "eps_rms": 1, "relative_rate": False}, [0, -(0.4**0.5)]),
    "not as large": ({"lr": 0.5, "weight_scale": False}, [3.5, 3.5 - 0.1**0.5]),
    "clip": ({"lr": 0.5, "clip": 0.5}, [3, 3 - 1.5 * 0.5]),
    # 4 − ½·½·4 − 2 = 1; 1 − ¼ − ½u
    "decay": ({"lr": 0.5, "lambd": 0.5}, [1, 0.75 - 0.1**0.5]),
    "decay, no lr": (
        {"lr": 0.5, "lambd": 0.25, "lambd_lr": False},
        [1, 0.75 - 0.1**0.5],
    ),
    # v + 5 = 9, u = ⅔ and the step 4·½·⅔; v = ½·9 + ½·6 = 15/2
    "eps": ({"lr": 0.5, "eps": 5}, [8 / 3, 8 / 3 * (1 - 0.5 * (2 / 15) ** 0.5)]),
    # √v is at least 4, so u = ½; then u = ¼
    "eps_floor": ({"lr": 0.5, "eps": 4, "eps_floor": True}, [3, 3 - 1.5 * 0.25]),
}


@pytest.mark.parametrize("name", ADAFACTOR)
def test_adafactor_worked_by_hand(name: str) -> None:
    flags, expected = ADAFACTOR[name]
    optimizer = o.adafactor(**{"eps": 0, "power": 1, **flags})
    path = _walk(optimizer, 4.0, [2, 1])
    assert np.all(np.abs(np.array(path) - expected) <= 4 * ROUNDING)


@pytest.mark.parametrize(("min_size", "step"), [(2, 2**0.5), (3, 1), (math.inf, 1)])
def test_adafactor_of_a_matrix_worked_by_hand(min_size: float, step: float) -> None:
    """Of g = (1 0; 0 1) each row and column has the mean ½, and so has V̂: u = √2 g.

    By entries V̂ is g² and u = g, whose root mean square √½ is not clipped either.
    """
    optimizer = o.adafactor(0.5, eps=0, min_size=min_size)
    w, dw = np.full((2, 2), 4.0), np.eye(2)
    moved = w - optimizer.update(w, dw, optimizer.init(w))[0]
    assert np.all(np.abs(moved - 4 * 0.5 * step * dw) <= 4 * ROUNDING)


def test_penalized_shrinks_cuts_and_spares() -> None:
    """With λ = 1 and lr = ½ then ¼: the debt is ½ and then ¾, of which w₂ paid ¼.

    3 − ½·2 = 2 less ½; 3/2 − ¼·2 = 1 less ¾ − ½. ¼ pays all it has; 0 + ¼·4 = 1 less
    ¾ − ¼. The intercept takes its steps alone.
    """
    optimizer = o.penalized(halved, lambd=1, l1_share=1, intercept=True, average=2)
    w, averages = np.array([3.0, 0.25, 1.0]), []
    state = optimizer.init(w)
    for dw, expected in [
        ([2.0, 0.0, -2.0], [1.5, 0.0, 2.0]),
        ([2.0, -4.0, 2.0], [0.75, 0.5, 1.5]),
    ]:
        w, state = optimizer.update(w, np.array(dw), state)
        averages.append(state.average.tolist())
        assert w.tolist() == expected
    w, state = optimizer.update(w, np.zeros(3), state)  # of 1, 1, 3/2 and what is here
    assert averages == [[2.0, 0.25, 2.0], [1.0, 1.0, 1.5]]
    assert state.average.tolist() == [0.875, 0.75, 1.5]


def test_penalized_shares_its_penalty() -> None:
    """4·(1 − ½·½) − ½·2 = 2 by the half that is l2, less ½·½ by the half that is l1."""
    optimizer = o.penalized(0.5, lambd=1, l1_share=0.5)
    assert _walk(optimizer, 4.0, [2]) == [1.75]


TURNED = [[[4.0, 0.0]], [[0.0, 4.0]]]
LONG = [[[3.0, 0.0], [0.0, 4.0]]]

#: Muon without its polynomial and ε, where nothing else is said: the direction of B.
MUON: dict[str, tuple[dict[str, Any], Any, Any]] = {
    # M = (2, 4), B = (1, 2 + 4)
    "as it is": ({}, TURNED, [[1, 6]] / np.sqrt(37)),
    "nesterov": ({"nesterov": False}, TURNED, [[2, 4]] / np.sqrt(20)),
    "ema": ({"ema": True}, TURNED, [[1, 6]] / np.sqrt(37)),
    # M = (1, 2): ½ M / (7/8) + ½ g / (3/4) = (4/7, 8/7 + 8/3), as 3 to 20
    "correction": (
        {"ema": True, "bias_correction": True},
        TURNED,
        [[3, 20]] / np.sqrt(409),
    ),
    # M is (1, 2), over 3/4
    "correction, plain": (
        {"ema": True, "bias_correction": True, "nesterov": False, "eps": 1},
        TURNED,
        [[4, 8]] / (3 + np.sqrt(80)),
    ),
    # B = ½ g + g, of norm 7½
    "eps": ({"eps": 7.5}, LONG, [[0.3, 0], [0, 0.4]]),
    "eps_floor": ({"eps": 15, "eps_floor": True}, LONG, [[0.3, 0], [0, 0.4]]),
    # 0.6 is 1.2/2 and 0.8 is 1.6/2: 154/256 and 205/256 are the nearest
    "bfloat16": ({"bfloat16": True}, LONG, [[154 / 256, 0], [0, 205 / 256]]),
    # 0.6 + 0.6³ and 0.8 + 0.8³; 0.6 + 0.6⁵ and 0.8 + 0.8⁵
    "cube": ({"ns_steps": 1, "ns_c": 0}, LONG, [[0.816, 0], [0, 1.312]]),
    "fifth": ({"ns_steps": 1, "ns_b": 0}, LONG, [[0.67776, 0], [0, 1.12768]]),
    "rows": ({}, [[[3.0], [4.0]]], [[0.6 * 2**0.5], [0.8 * 2**0.5]]),
    "rows, wide": ({}, [[[3.0, 4.0]]], [[0.6, 0.8]]),
    "columns": ({"aspect": "columns"}, [[[3.0, 4.0]]], [[0.6 * 2**0.5, 0.8 * 2**0.5]]),
    "larger": (
        {"aspect": "larger", "rms": 2},
        [[[6.0], [8.0]]],
        [[1.2 * 2**0.5], [1.6 * 2**0.5]],
    ),
    "none": ({"aspect": "none"}, [[[3.0], [4.0]]], [[0.6], [0.8]]),
}


@pytest.mark.parametrize("name", MUON)
def test_muon_worked_by_hand(name: str) -> None:
    """The last step, with lr = ½ and β = ½."""
    flags, gradients, step = MUON[name]
    plain = {"beta": 0.5, "eps": 0, "ns_a": 1, "ns_b": 1, "ns_c": 1, "ns_steps": 0}
    optimizer = o.muon(0.5, **{**plain, **flags})
    w = np.zeros(np.shape(step))
    state = optimizer.init(w)
    for dw in gradients:
        before = w
        w, state = optimizer.update(w, np.array(dw), state)
    assert np.all(abs(before - w - 0.5 * np.array(step)) <= ROUNDING)


@pytest.mark.parametrize("shape", [(), (3,), (2, 2, 2)])
def test_muon_refuses_what_is_no_matrix(shape: tuple[int, ...]) -> None:
    """And so does fit, whose weights are a vector."""
    with pytest.raises(ValueError, match="w must be a matrix, which muon makes orth"):
        o.muon().init(np.ones(shape))
    with pytest.raises(ValueError, match="w must be a matrix"):
        refgd.fit([[1.0], [2.0]], [2.0, 4.0], optimizer=o.muon())


def test_muon_turns_as_its_gradient_does() -> None:
    """Of g turned by orthogonal matrices, U g Vᵀ, the step is turned so too."""
    u = np.array([[0.6, -0.8], [0.8, 0.6]])
    v = np.array([[2.0, -1, 2], [2, 2, -1], [-1, 2, 2]]) / 3
    dw, optimizer = np.array([[1.0, 2, -0.5], [0.25, -1, 3]]), o.muon(1.0)
    one, other = (
        optimizer.update(0 * g, g, optimizer.init(g))[0] for g in (dw, u @ dw @ v.T)
    )
    assert np.all(abs(other - u @ one @ v.T) <= 1000 * ROUNDING)


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("bfloat16", [False, True])
def test_muon_keeps_dtype_and_rests(kind: type, bfloat16: bool) -> None:
    """A zero gradient moves nothing, and its copies take the same steps."""
    optimizer, w = o.muon(0.1, eps=0, bfloat16=bfloat16), np.full((2, 3), kind(1))
    w.flags.writeable = False
    still, state = optimizer.update(w, 0 * w, optimizer.init(w))
    assert np.array_equal(still, w)
    once, _ = optimizer.update(still, w, state)
    again, _ = pickle.loads(pickle.dumps(optimizer)).update(still, w, state)  # noqa: S301 - our own
    assert (once.dtype, state.m.dtype) == (kind, kind)
    assert np.array_equal(once, again)


def test_muon_brings_singular_values_near_one() -> None:
    """From 0.01 on five steps come between 0.68 and 1.14, as its docstring says."""
    sigma = np.linspace(0.01, 1, 10_001)
    for _ in range(5):
        sigma = 3.4445 * sigma - 4.775 * sigma**3 + 2.0315 * sigma**5
    assert 0.68 < sigma.min() < sigma.max() < 1.14
