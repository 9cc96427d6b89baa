"""keras.optimizers, as of keras 3.15: its ``weight_decay`` is decoupled throughout."""

from itertools import combinations

from refgd.dialects._dialect import (
    Argument,
    Condition,
    Dialect,
    Inert,
    Picks,
    Refusal,
    Sets,
    Unmodelled,
    Variant,
    switch,
)

MOVING = (Condition("momentum", (0.0,), among=False),)

LEARNING_RATE = Argument("learning_rate", 1e-3, Sets(("lr",)))
BETA_1 = Argument("beta_1", 0.9, Sets(("beta1",)))
BETA_2 = Argument("beta_2", 0.999, Sets(("beta2",)))
EPSILON = Argument("epsilon", 1e-7, Sets(("eps",)))
WEIGHT_DECAY = Argument("weight_decay", None, Sets(("wd",), none=0.0))
AMSGRAD = switch(
    "amsgrad", {"rule": "amsgrad", "correct_m": True, "correct_v": "after_max"}
)

_AVERAGED = (Condition("use_ema", (True,)),)


def _around(name: str, setting: str) -> Argument:
    """Return an argument that sets a number of a wrapper, but for None and 0."""
    when = (Condition(name, (None, 0), among=False),)
    return Argument(name, None, Sets((setting,), when=when))


#: What every optimizer of keras has at its end. A gradient is clipped before the decay,
#: and after the mean of several is taken.
BASE = (
    _around("clipnorm", "clip_by_norm.max_norm"),
    _around("clipvalue", "clip_by_value.max_value"),
    _around("global_clipnorm", "clip_by_global_norm.max_norm"),
    switch("use_ema", {"weight_ema.start": "first"}),
    Argument("ema_momentum", 0.99, Sets(("weight_ema.beta",), when=_AVERAGED)),
    Argument(
        "ema_overwrite_frequency", None, Sets(("weight_ema.every",), when=_AVERAGED)
    ),
    Argument(
        "loss_scale_factor", None, Unmodelled("it divides the gradient: do so yourself")
    ),
    _around("gradient_accumulation_steps", "accumulate.k"),
    Argument("name", None, Inert("a name")),
)

#: What every optimizer of keras refuses.
REFUSALS = (
    *(
        Refusal(
            tuple(Condition(name, (None,), among=False) for name in pair),
            f"{' and '.join(pair)}: only one may clip",
        )
        for pair in combinations(("clipnorm", "clipvalue", "global_clipnorm"), 2)
    ),
    Refusal(
        (Condition("gradient_accumulation_steps", (1,)),),
        "gradient_accumulation_steps must be at least 2",
    ),
)

DECAYED = Variant({"weight_decay": 0.01}, "decay times lr")

SGD = Dialect(
    name="keras.optimizers.SGD",
    settings={"rule": "sgd", "decay": "lr"},
    arguments=(
        Argument("learning_rate", 1e-2, Sets(("lr",))),
        Argument(
            "momentum",
            0.0,
            Sets(("beta",), also={"rule": "momentum", "lr_inside": True}, when=MOVING),
        ),
        switch("nesterov", {"nesterov": True}, when=MOVING),
        WEIGHT_DECAY,
        *BASE,
    ),
    variants=(
        Variant({}, "plain"),
        DECAYED,
        Variant({"momentum": 0.9}, "heavy ball, lr inside the velocity"),
        Variant({"momentum": 0.9, "nesterov": True}, "Nesterov, lr inside"),
        Variant(
            {"momentum": 0.9, "weight_decay": 0.01},
            "decay times lr, which does not enter the velocity",
        ),
    ),
)

ADAGRAD = Dialect(
    name="keras.optimizers.Adagrad",
    settings={"rule": "adagrad", "eps_inside": True, "decay": "lr"},
    arguments=(
        LEARNING_RATE,
        Argument("initial_accumulator_value", 0.1, Sets(("initial_accumulator",))),
        EPSILON,
        WEIGHT_DECAY,
        *BASE,
    ),
    variants=(Variant({}, "eps inside the root, accumulator from 0.1"), DECAYED),
)

RMSPROP = Dialect(
    name="keras.optimizers.RMSprop",
    settings={"rule": "rmsprop", "eps_inside": True, "lr_inside": True, "decay": "lr"},
    arguments=(
        LEARNING_RATE,
        Argument("rho", 0.9, Sets(("rho",))),
        Argument("momentum", 0.0, Sets(("beta",))),
        EPSILON,
        switch("centered", {"centered": True}),
        WEIGHT_DECAY,
        *BASE,
    ),
    variants=(
        Variant({}, "eps inside the root"),
        Variant({"momentum": 0.9}, "eps inside the root, lr inside the velocity"),
        Variant({"centered": True}, "sqrt(v - m² + eps)"),
        Variant(
            {"centered": True, "momentum": 0.9},
            "sqrt(v - m² + eps), lr inside the velocity",
        ),
        DECAYED,
    ),
)

ADADELTA = Dialect(
    name="keras.optimizers.Adadelta",
    settings={"rule": "adadelta", "decay": "lr"},
    arguments=(
        LEARNING_RATE,
        Argument("rho", 0.95, Sets(("rho",))),
        EPSILON,
        WEIGHT_DECAY,
        *BASE,
    ),
    variants=(Variant({}, "the paper's, times lr"), DECAYED),
)

ADAM = Dialect(
    name="keras.optimizers.Adam",
    settings={"rule": "adam", "eps_hat": True, "decay": "lr"},
    arguments=(LEARNING_RATE, BETA_1, BETA_2, EPSILON, AMSGRAD, WEIGHT_DECAY, *BASE),
    variants=(
        Variant({}, "eps before the bias correction"),
        Variant({"amsgrad": True}, "maximum of the raw v, eps before the correction"),
        Variant({"weight_decay": 0.01}, "decay times lr: this is AdamW"),
    ),
)

ADAMW = Dialect(
    name="keras.optimizers.AdamW",
    settings={"rule": "adam", "eps_hat": True, "decay": "lr"},
    arguments=(
        LEARNING_RATE,
        Argument("weight_decay", 4e-3, Sets(("wd",))),
        BETA_1,
        BETA_2,
        EPSILON,
        AMSGRAD,
        *BASE,
    ),
    variants=(Variant({}, "decay times lr, eps before the bias correction"),),
    refusals=(
        Refusal((Condition("weight_decay", (None,)),), "weight_decay must be a number"),
    ),
)

NADAM = Dialect(
    name="keras.optimizers.Nadam",
    settings={
        "rule": "nadam",
        "psi": 1,
        "decay_by_mu": False,
        "beta2_factor": False,
        "decay": "lr",
    },
    arguments=(LEARNING_RATE, BETA_1, BETA_2, EPSILON, WEIGHT_DECAY, *BASE),
    variants=(Variant({}, "beta1 (1 - 0.96^t / 2)"), DECAYED),
)

ADAMAX = Dialect(
    name="keras.optimizers.Adamax",
    settings={"rule": "adamax", "eps_inside": False, "decay": "lr"},
    arguments=(LEARNING_RATE, BETA_1, BETA_2, EPSILON, WEIGHT_DECAY, *BASE),
    variants=(Variant({}, "u = max(beta2 u, |g|), m / (u + eps)"), DECAYED),
)

LION = Dialect(
    name="keras.optimizers.Lion",
    settings={"rule": "lion", "decay": "lr"},
    arguments=(
        LEARNING_RATE,
        BETA_1,
        Argument("beta_2", 0.99, Sets(("beta2",))),
        WEIGHT_DECAY,
        *BASE,
    ),
    variants=(Variant({}, "the paper's"), DECAYED),
    refusals=(
        Refusal((Condition("beta_1", (0,)),), "beta_1 must be above 0: else SignSGD"),
    ),
)

LAMB = Dialect(
    name="keras.optimizers.Lamb",
    settings={"rule": "lamb", "decay": "lr"},
    arguments=(LEARNING_RATE, BETA_1, BETA_2, EPSILON, WEIGHT_DECAY, *BASE),
    variants=(Variant({}, "Adam's direction, as long as w"), DECAYED),
)

ADAFACTOR = Dialect(
    name="keras.optimizers.Adafactor",
    settings={"rule": "adafactor", "decay": "lr"},
    arguments=(
        LEARNING_RATE,
        Argument("beta_2_decay", -0.8, Sets(("power",), sign=-1)),
        Argument("epsilon_1", 1e-30, Sets(("eps",))),
        Argument("epsilon_2", 1e-3, Sets(("eps_rms",))),
        Argument("clip_threshold", 1.0, Sets(("clip",))),
        Argument("relative_step", True, Inert("the step falls as 1/sqrt(t) with both")),
        WEIGHT_DECAY,
        *BASE,
    ),
    variants=(Variant({}, "the paper's"), DECAYED),
)

SCHEDULE_FREE_ADAMW = Dialect(
    name="keras.optimizers.ScheduleFreeAdamW",
    settings={"rule": "schedule_free", "power": 0, "decay": "lr"},
    arguments=(
        Argument("learning_rate", 0.0025, Sets(("lr",))),
        BETA_1,
        BETA_2,
        Argument("epsilon", 1e-8, Sets(("eps",))),
        Argument(
            "warmup_steps",
            0,
            Unmodelled("lr rises in these steps: give it as a schedule"),
        ),
        WEIGHT_DECAY,
        *BASE,
    ),
    variants=(
        Variant({}, "w is between z and its plain average"),
        Variant({"weight_decay": 0.01}, "decay times lr, of w and so of the average"),
    ),
)

FTRL = Dialect(
    name="keras.optimizers.Ftrl",
    settings={"rule": "ftrl", "l2_doubled": True, "decay": "lr"},
    arguments=(
        LEARNING_RATE,
        Argument("learning_rate_power", -0.5, Sets(("rate_power",))),
        Argument("initial_accumulator_value", 0.1, Sets(("initial_accumulator",))),
        Argument("l1_regularization_strength", 0.0, Sets(("l1",))),
        Argument("l2_regularization_strength", 0.0, Sets(("l2",))),
        Argument("l2_shrinkage_regularization_strength", 0.0, Sets(("shrinkage",))),
        Argument("beta", 0.0, Sets(("eps",))),
        WEIGHT_DECAY,
        *BASE,
    ),
    variants=(
        Variant({}, "accumulator from 0.1"),
        Variant({"l1_regularization_strength": 0.01}, "small weights are 0"),
        Variant({"l2_regularization_strength": 0.01}, "l2 counts twice"),
        Variant(
            {"l2_shrinkage_regularization_strength": 0.01},
            "the decay is in the sum of gradients, but not in that of squares",
        ),
        DECAYED,
    ),
)

_NO_MATRIX = Inert("of weights that are no matrix, which muon refuses here")

MUON = Dialect(
    name="keras.optimizers.Muon",
    settings={"rule": "muon", "eps": 1e-7, "aspect": "none", "decay": "lr"},
    arguments=(
        LEARNING_RATE,
        Argument("adam_beta_1", 0.9, _NO_MATRIX),
        Argument("adam_beta_2", 0.999, _NO_MATRIX),
        Argument("adam_weight_decay", 4e-3, _NO_MATRIX),
        Argument("epsilon", 1e-7, _NO_MATRIX),
        Argument("weight_decay", 4e-3, Sets(("wd",), none=0.0)),
        *BASE,
        Argument("exclude_layers", None, Inert("it hands weights of a name to AdamW")),
        Argument("exclude_embeddings", True, Inert("the same, of the name embedding")),
        Argument("muon_a", 3.4445, Sets(("ns_a",))),
        Argument("muon_b", -4.775, Sets(("ns_b",))),
        Argument("muon_c", 2.0315, Sets(("ns_c",))),
        Argument("adam_lr_ratio", 1, _NO_MATRIX),
        Argument("momentum", 0.95, Sets(("beta",))),
        Argument("ns_steps", 5, Sets(("ns_steps",))),
        Argument(
            "nesterov",
            True,
            Picks({False: {"nesterov": False}, True: {"nesterov": True}}),
        ),
        Argument(
            "rms_rate",
            0.2,
            Sets(
                ("rms",),
                also={"aspect": "larger"},
                when=(Condition("rms_rate", (None,), among=False),),
            ),
        ),
    ),
    variants=(
        Variant({}, "times 0.2 sqrt(max(rows, columns))"),
        Variant({"rms_rate": None}, "not scaled by its shape"),
    ),
)

KERAS = tuple(
    dialect._replace(refusals=(*dialect.refusals, *REFUSALS))
    for dialect in (
        SGD,
        ADAGRAD,
        RMSPROP,
        ADADELTA,
        ADAM,
        ADAMW,
        NADAM,
        ADAMAX,
        LION,
        LAMB,
        ADAFACTOR,
        MUON,
        SCHEDULE_FREE_ADAMW,
        FTRL,
    )
)
