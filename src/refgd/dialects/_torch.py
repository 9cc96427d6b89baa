"""torch.optim, as of torch 2.13."""

from refgd.dialects._dialect import (
    Argument,
    Condition,
    Dialect,
    Inert,
    Picks,
    Refusal,
    Sets,
    Variant,
    switch,
)

MOVING = (Condition("momentum", (0,), among=False),)

LR = Sets(("lr",))
BETAS = Argument("betas", (0.9, 0.999), Sets(("beta1", "beta2")))
EPS = Argument("eps", 1e-8, Sets(("eps",)))
WEIGHT_DECAY = Argument("weight_decay", 0, Sets(("wd",)))
DECOUPLED = Argument(
    "decoupled_weight_decay",
    False,
    Picks({False: {"decay": "coupled"}, True: {"decay": "lr"}}),
)

FOREACH = Argument("foreach", None, Inert("the same rule, over all tensors at once"))
FUSED = Argument("fused", None, Inert("the same rule, in one kernel"))
CAPTURABLE = Argument("capturable", False, Inert("the same rule, inside a CUDA graph"))
DIFFERENTIABLE = Argument(
    "differentiable", False, Inert("the same rule, recorded by autograd")
)
MAXIMIZE = switch("maximize", {"maximize": True})

_ADAM = (BETAS, EPS, WEIGHT_DECAY)
_COMPUTED = (FOREACH, MAXIMIZE, CAPTURABLE, DIFFERENTIABLE)

COUPLED_DECAY = Variant({"weight_decay": 0.01}, "coupled decay")
DECOUPLED_DECAY = Variant(
    {"weight_decay": 0.01, "decoupled_weight_decay": True}, "decay times lr"
)

SGD = Dialect(
    name="torch.optim.SGD",
    settings={"rule": "sgd", "decay": "coupled"},
    arguments=(
        Argument("lr", 1e-3, LR),
        Argument(
            "momentum",
            0,
            Sets(
                ("beta",),
                also={"rule": "momentum", "lr_inside": False, "damp_first": False},
                when=MOVING,
            ),
        ),
        Argument("dampening", 0, Sets(("dampening",), when=MOVING)),
        WEIGHT_DECAY,
        switch("nesterov", {"nesterov": True}, when=MOVING),
        MAXIMIZE,
        FOREACH,
        DIFFERENTIABLE,
        FUSED,
    ),
    variants=(
        Variant({}, "plain"),
        COUPLED_DECAY,
        Variant({"momentum": 0.9}, "heavy ball, lr outside the velocity"),
        Variant(
            {"momentum": 0.9, "dampening": 0.5},
            "heavy ball, the first velocity is the gradient undamped",
        ),
        Variant({"momentum": 0.9, "nesterov": True}, "Nesterov, lr outside"),
        Variant(
            {"momentum": 0.9, "weight_decay": 0.01},
            "coupled decay, which enters the velocity",
        ),
    ),
    refusals=(
        Refusal(
            (Condition("nesterov", (True,)), Condition("momentum", (0,))),
            "nesterov needs a nonzero momentum",
        ),
        Refusal(
            (Condition("nesterov", (True,)), Condition("dampening", (0,), among=False)),
            "nesterov needs zero dampening",
        ),
    ),
)

ADAGRAD = Dialect(
    name="torch.optim.Adagrad",
    settings={"rule": "adagrad", "eps_inside": False, "decay": "coupled"},
    arguments=(
        Argument("lr", 1e-2, LR),
        Argument("lr_decay", 0, Sets(("lr_decay",), also={"lr_power": 1})),
        WEIGHT_DECAY,
        Argument("initial_accumulator_value", 0, Sets(("initial_accumulator",))),
        Argument("eps", 1e-10, Sets(("eps",))),
        FOREACH,
        MAXIMIZE,
        DIFFERENTIABLE,
        FUSED,
    ),
    variants=(
        Variant({}, "eps outside the root, accumulator from 0"),
        COUPLED_DECAY,
        Variant({"lr_decay": 0.1}, "lr / (1 + lr_decay t), t from 0"),
    ),
)

RMSPROP = Dialect(
    name="torch.optim.RMSprop",
    settings={
        "rule": "rmsprop",
        "eps_inside": False,
        "lr_inside": False,
        "decay": "coupled",
    },
    arguments=(
        Argument("lr", 1e-2, LR),
        Argument("alpha", 0.99, Sets(("rho",))),
        EPS,
        WEIGHT_DECAY,
        Argument("momentum", 0, Sets(("beta",))),
        switch("centered", {"centered": True}),
        CAPTURABLE,
        FOREACH,
        MAXIMIZE,
        DIFFERENTIABLE,
    ),
    variants=(
        Variant({}, "eps outside the root"),
        Variant({"momentum": 0.9}, "eps outside the root, lr outside the velocity"),
        Variant({"centered": True}, "sqrt(v - m²) + eps"),
        Variant(
            {"centered": True, "momentum": 0.9},
            "sqrt(v - m²) + eps, lr outside the velocity",
        ),
        COUPLED_DECAY,
    ),
)

ADADELTA = Dialect(
    name="torch.optim.Adadelta",
    settings={"rule": "adadelta", "decay": "coupled"},
    arguments=(
        Argument("lr", 1.0, LR),
        Argument("rho", 0.9, Sets(("rho",))),
        Argument("eps", 1e-6, Sets(("eps",))),
        WEIGHT_DECAY,
        FOREACH,
        CAPTURABLE,
        MAXIMIZE,
        DIFFERENTIABLE,
    ),
    variants=(Variant({}, "the paper's, times lr"), COUPLED_DECAY),
)

AMSGRAD = switch(
    "amsgrad", {"rule": "amsgrad", "correct_m": True, "correct_v": "after_max"}
)

ADAM = Dialect(
    name="torch.optim.Adam",
    settings={"rule": "adam"},
    arguments=(Argument("lr", 1e-3, LR), *_ADAM, AMSGRAD, *_COMPUTED, FUSED, DECOUPLED),
    variants=(
        Variant({}, "Algorithm 1: eps after the bias correction"),
        Variant({"amsgrad": True}, "maximum of the raw v, corrected by 1 - beta2^t"),
        COUPLED_DECAY,
        DECOUPLED_DECAY,
    ),
)

SPARSE_ADAM = Dialect(
    name="torch.optim.SparseAdam",
    settings={"rule": "adam", "eps_hat": True},
    arguments=(Argument("lr", 1e-3, LR), BETAS, EPS, MAXIMIZE),
    variants=(
        Variant({}, "of a gradient with every entry: eps before the correction"),
    ),
    needs={
        "each gradient, a sparse tensor, has every entry": (
            "test_sparse_adam_lets_rest_what_has_no_entry"
        )
    },
)

ADAMW = Dialect(
    name="torch.optim.AdamW",
    settings={"rule": "adam", "decay": "lr"},
    arguments=(
        Argument("lr", 1e-3, LR),
        BETAS,
        EPS,
        Argument("weight_decay", 1e-2, Sets(("wd",))),
        AMSGRAD,
        MAXIMIZE,
        FOREACH,
        CAPTURABLE,
        DIFFERENTIABLE,
        FUSED,
    ),
    variants=(
        Variant({}, "decay times lr"),
        Variant({"amsgrad": True}, "decay times lr, maximum of the raw v"),
    ),
)

NADAM = Dialect(
    name="torch.optim.NAdam",
    settings={"rule": "nadam", "decay_by_mu": False, "beta2_factor": False},
    arguments=(
        Argument("lr", 2e-3, LR),
        *_ADAM,
        Argument("momentum_decay", 4e-3, Sets(("psi",))),
        DECOUPLED,
        *_COMPUTED,
    ),
    variants=(
        Variant({}, "beta1 (1 - 0.96^(0.004 t) / 2)"),
        COUPLED_DECAY,
        DECOUPLED_DECAY,
    ),
)

ADAMAX = Dialect(
    name="torch.optim.Adamax",
    settings={"rule": "adamax", "eps_inside": True, "decay": "coupled"},
    arguments=(
        Argument("lr", 2e-3, LR),
        *_ADAM,
        FOREACH,
        MAXIMIZE,
        DIFFERENTIABLE,
        CAPTURABLE,
    ),
    variants=(Variant({}, "u = max(beta2 u, |g| + eps)"), COUPLED_DECAY),
)

RADAM = Dialect(
    name="torch.optim.RAdam",
    settings={"rule": "radam", "threshold": 5.0, "eps_hat": True},
    arguments=(Argument("lr", 1e-3, LR), *_ADAM, DECOUPLED, *_COMPUTED),
    variants=(
        Variant({}, "rectified from rho > 5, eps before the bias correction"),
        COUPLED_DECAY,
        DECOUPLED_DECAY,
    ),
)

RPROP = Dialect(
    name="torch.optim.Rprop",
    settings={"rule": "rprop", "backtrack": False},
    arguments=(
        Argument("lr", 1e-2, LR),
        Argument("etas", (0.5, 1.2), Sets(("shrink", "grow"))),
        Argument("step_sizes", (1e-6, 50), Sets(("least", "most"))),
        CAPTURABLE,
        FOREACH,
        MAXIMIZE,
        DIFFERENTIABLE,
    ),
    variants=(Variant({}, "a turn rests: no way back; lr is the first step size"),),
)

ASGD = Dialect(
    name="torch.optim.ASGD",
    settings={"rule": "asgd", "lr_lag": True, "decay": "coupled"},
    arguments=(
        Argument("lr", 1e-2, LR),
        Argument("lambd", 1e-4, Sets(("lambd",))),
        Argument("alpha", 0.75, Sets(("power",))),
        Argument("t0", 1e6, Sets(("t0",))),
        WEIGHT_DECAY,
        FOREACH,
        MAXIMIZE,
        DIFFERENTIABLE,
        CAPTURABLE,
    ),
    variants=(
        Variant({}, "the lr of the step before; the average is apart"),
        COUPLED_DECAY,
    ),
)

ADAFACTOR = Dialect(
    name="torch.optim.Adafactor",
    settings={"rule": "adafactor", "eps_floor": True},
    arguments=(
        Argument("lr", 1e-2, LR),
        Argument("beta2_decay", -0.8, Sets(("power",), sign=-1)),
        Argument("eps", (None, 1e-3), Sets(("eps", "eps_rms"))),
        Argument("d", 1.0, Sets(("clip",))),
        Argument("weight_decay", 0.0, Sets(("lambd",))),
        FOREACH,
        MAXIMIZE,
    ),
    variants=(
        Variant({}, "eps is the least value; it is 2.2e-16 in float64"),
        Variant({"weight_decay": 0.01}, "decay times lr, beside the step"),
    ),
)

MUON = Dialect(
    name="torch.optim.Muon",
    settings={
        "rule": "muon",
        "ema": True,
        "eps_floor": True,
        "bfloat16": True,
        "decay": "lr",
    },
    arguments=(
        Argument("lr", 1e-3, LR),
        Argument("weight_decay", 0.1, Sets(("wd",))),
        Argument("momentum", 0.95, Sets(("beta",))),
        Argument(
            "nesterov",
            True,
            Picks({False: {"nesterov": False}, True: {"nesterov": True}}),
        ),
        Argument(
            "ns_coefficients", (3.4445, -4.775, 2.0315), Sets(("ns_a", "ns_b", "ns_c"))
        ),
        Argument("eps", 1e-7, Sets(("eps",))),
        Argument("ns_steps", 5, Sets(("ns_steps",))),
        Argument(
            "adjust_lr_fn",
            None,
            Picks(
                {
                    None: {},
                    "original": {"aspect": "rows"},
                    "match_rms_adamw": {"aspect": "larger"},
                }
            ),
        ),
    ),
    variants=(
        Variant({}, "in bfloat16, times sqrt(max(1, rows / columns))"),
        Variant(
            {"adjust_lr_fn": "match_rms_adamw"},
            "in bfloat16, times 0.2 sqrt(max(rows, columns))",
        ),
    ),
)

TORCH = (
    SGD,
    ADAGRAD,
    RMSPROP,
    ADADELTA,
    ADAM,
    SPARSE_ADAM,
    ADAMW,
    NADAM,
    ADAMAX,
    RADAM,
    RPROP,
    ASGD,
    ADAFACTOR,
    MUON,
)
