"""optax, as of optax 0.2.8."""

import numpy as np

from refgd.dialects._dialect import (
    REQUIRED,
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

MOVING = (Condition("momentum", (None, 0), among=False),)

LEARNING_RATE = Argument("learning_rate", REQUIRED, Sets(("lr",)))
B1 = Argument("b1", 0.9, Sets(("beta1",)))
B2 = Argument("b2", 0.999, Sets(("beta2",)))
EPS = Argument("eps", 1e-8, Sets(("eps",)))
EPS_ROOT = Argument("eps_root", 0.0, Sets(("eps_root",)))
WEIGHT_DECAY = Argument("weight_decay", 1e-4, Sets(("wd",)))

_DTYPE = Unmodelled("it keeps the average in another dtype than w's")
MU_DTYPE = Argument("mu_dtype", None, _DTYPE)
_MASK = Unmodelled("it decays some weights alone: give each group its own optimizer")
MASK = Argument("mask", None, _MASK)

#: What nesterov makes of optax.adam; optax.nadam is the same function, as is adamw.
NADAM_RULE = {"rule": "nadam", "psi": None, "decay_by_mu": False, "beta2_factor": False}

SGD = Dialect(
    name="optax.sgd",
    settings={"rule": "sgd"},
    arguments=(
        LEARNING_RATE,
        Argument(
            "momentum",
            None,
            Sets(("beta",), also={"rule": "momentum", "lr_inside": False}, when=MOVING),
        ),
        switch("nesterov", {"nesterov": True}, when=MOVING),
        Argument("accumulator_dtype", None, _DTYPE),
    ),
    variants=(
        Variant({}, "plain"),
        Variant({"momentum": 0.9}, "heavy ball, lr outside the velocity"),
        Variant({"momentum": 0.9, "nesterov": True}, "Nesterov, lr outside"),
    ),
)

ADAGRAD = Dialect(
    name="optax.adagrad",
    settings={"rule": "adagrad", "eps_inside": True},
    arguments=(
        LEARNING_RATE,
        Argument("initial_accumulator_value", 0.1, Sets(("initial_accumulator",))),
        Argument("eps", 1e-7, Sets(("eps",))),
    ),
    variants=(Variant({}, "eps inside the root, accumulator from 0.1"),),
)

RMSPROP = Dialect(
    name="optax.rmsprop",
    settings={"rule": "rmsprop", "lr_inside": True},
    arguments=(
        LEARNING_RATE,
        Argument("decay", 0.9, Sets(("rho",))),
        EPS,
        Argument("initial_scale", 0.0, Sets(("initial_accumulator",))),
        Argument(
            "eps_in_sqrt",
            True,
            Picks({False: {"eps_inside": False}, True: {"eps_inside": True}}),
        ),
        switch("centered", {"centered": True}),
        Argument("momentum", None, Sets(("beta",), none=0.0)),
        switch("nesterov", {"nesterov": True}, when=MOVING),
        switch("bias_correction", {"bias_correction": True}),
    ),
    variants=(
        Variant({}, "eps inside the root"),
        Variant({"momentum": 0.9}, "eps inside the root, lr inside the velocity"),
        Variant({"centered": True}, "sqrt(v - m² + eps)"),
        Variant(
            {"centered": True, "momentum": 0.9},
            "sqrt(v - m² + eps), lr inside the velocity",
        ),
        Variant({"eps_in_sqrt": False}, "eps outside the root"),
        Variant(
            {
                "eps_in_sqrt": False,
                "bias_correction": True,
                "momentum": 0.9,
                "nesterov": True,
            },
            "v corrected as Adam's, eps outside, Nesterov with lr inside",
        ),
    ),
)

ADADELTA = Dialect(
    name="optax.adadelta",
    settings={"rule": "adadelta", "decay": "coupled"},
    arguments=(
        Argument("learning_rate", None, Sets(("lr",))),
        Argument("rho", 0.9, Sets(("rho",))),
        Argument("eps", 1e-6, Sets(("eps",))),
        Argument("weight_decay", 0.0, Sets(("wd",))),
        Argument("weight_decay_mask", None, _MASK),
    ),
    variants=(
        Variant({"learning_rate": 1.0}, "the paper's, times lr"),
        Variant({"learning_rate": 1.0, "weight_decay": 0.01}, "coupled decay"),
    ),
    refusals=(
        Refusal(
            (Condition("learning_rate", (None,)),),
            "optax takes learning_rate=None, its own default, for +1 and walks "
            "uphill; pass learning_rate=1.0 for the paper's rule",
        ),
    ),
)

_ADAM = (LEARNING_RATE, B1, B2, EPS, EPS_ROOT, MU_DTYPE)
_ADAMW = (*_ADAM, WEIGHT_DECAY, MASK)

ADAM = Dialect(
    name="optax.adam",
    settings={"rule": "adam"},
    arguments=(*_ADAM, switch("nesterov", NADAM_RULE)),
    variants=(
        Variant({}, "Algorithm 1: eps after the bias correction"),
        Variant({"eps_root": 1e-8}, "sqrt(v̂ + eps_root) + eps"),
        Variant({"nesterov": True}, "NAdam with a constant mu"),
    ),
)

ADAMW = Dialect(
    name="optax.adamw",
    settings={"rule": "adam", "decay": "lr"},
    arguments=(*_ADAMW, switch("nesterov", NADAM_RULE)),
    variants=(Variant({}, "decay times lr"),),
)

AMSGRAD = Dialect(
    name="optax.amsgrad",
    settings={"rule": "amsgrad"},
    arguments=(
        *_ADAM,
        Argument(
            "bias_correction_mu",
            True,
            Picks({False: {"correct_m": False}, True: {"correct_m": True}}),
        ),
        Argument(
            "bias_correction_nu",
            True,
            Picks({False: {"correct_v": "none"}, True: {"correct_v": "before_max"}}),
        ),
    ),
    variants=(
        Variant({}, "maximum of the corrected v"),
        Variant(
            {"bias_correction_mu": False, "bias_correction_nu": False},
            "the paper's, plus eps",
        ),
    ),
)

NADAM = Dialect(
    name="optax.nadam",
    settings={"rule": "adam"},
    arguments=(*_ADAM, switch("nesterov", NADAM_RULE, default=True)),
    variants=(Variant({}, "mu is beta1 throughout: no schedule"),),
)

NADAMW = Dialect(
    name="optax.nadamw",
    settings={"rule": "adam", "decay": "lr"},
    arguments=(*_ADAMW, switch("nesterov", NADAM_RULE, default=True)),
    variants=(Variant({}, "mu is beta1 throughout, decay times lr"),),
)

ADAMAX = Dialect(
    name="optax.adamax",
    settings={"rule": "adamax", "eps_inside": True},
    arguments=(LEARNING_RATE, B1, B2, EPS),
    variants=(Variant({}, "u = max(beta2 u, |g| + eps)"),),
)

ADAMAXW = Dialect(
    name="optax.adamaxw",
    settings={"rule": "adamax", "eps_inside": True, "decay": "lr"},
    arguments=(LEARNING_RATE, B1, B2, EPS, WEIGHT_DECAY, MASK),
    variants=(Variant({}, "u = max(beta2 u, |g| + eps), decay times lr"),),
)

LION = Dialect(
    name="optax.lion",
    settings={"rule": "lion", "decay": "lr"},
    arguments=(
        LEARNING_RATE,
        B1,
        Argument("b2", 0.99, Sets(("beta2",))),
        MU_DTYPE,
        Argument("weight_decay", 1e-3, Sets(("wd",))),
        MASK,
    ),
    variants=(Variant({}, "decay times lr"),),
)

RADAM = Dialect(
    name="optax.radam",
    settings={"rule": "radam"},
    arguments=(
        LEARNING_RATE,
        B1,
        B2,
        EPS,
        EPS_ROOT,
        Argument("threshold", 5.0, Sets(("threshold",))),
        Argument(
            "nesterov", False, Unmodelled("a rectified NAdam, which nobody published")
        ),
    ),
    variants=(Variant({}, "rectified from rho >= 5, eps after the bias correction"),),
)

SIGN_SGD = Dialect(
    name="optax.sign_sgd",
    settings={"rule": "signum", "beta": 0.0},
    arguments=(LEARNING_RATE,),
    variants=(Variant({}, "the sign of the gradient"),),
)

SIGNUM = Dialect(
    name="optax.signum",
    settings={"rule": "signum"},
    arguments=(
        LEARNING_RATE,
        Argument("beta", 0.9, Sets(("beta",))),
        Argument("accumulator_dtype", None, _DTYPE),
    ),
    variants=(Variant({}, "the sign of the average gradient"),),
)

ADABELIEF = Dialect(
    name="optax.adabelief",
    settings={"rule": "adabelief"},
    arguments=(
        LEARNING_RATE,
        B1,
        B2,
        Argument("eps", 1e-16, Sets(("eps",))),
        Argument("eps_root", 1e-16, Sets(("eps_root",))),
        switch("nesterov", {"nesterov": True}),
    ),
    variants=(
        Variant({}, "eps_root is added to s in every step"),
        Variant({"nesterov": True}, "eps_root is added to s in every step, Nesterov"),
    ),
)

YOGI = Dialect(
    name="optax.yogi",
    settings={"rule": "yogi", "initial_accumulator": 1e-6},
    arguments=(LEARNING_RATE, B1, B2, Argument("eps", 1e-3, Sets(("eps",)))),
    variants=(Variant({}, "m and v from 1e-6"),),
)

OPTIMISTIC = Dialect(
    name="optax.optimistic_gradient_descent",
    settings={"rule": "optimistic"},
    arguments=(
        LEARNING_RATE,
        Argument("alpha", 1.0, Sets(("share",))),
        Argument("beta", 1.0, Sets(("optimism",))),
    ),
    variants=(Variant({}, "(alpha + beta) g - beta times the last g"),),
)

ADAN = Dialect(
    name="optax.adan",
    settings={"rule": "adan", "share_kept": False, "decay": "lr"},
    arguments=(
        LEARNING_RATE,
        Argument("b1", 0.98, Sets(("beta1",))),
        Argument("b2", 0.92, Sets(("beta2",))),
        Argument("b3", 0.99, Sets(("beta3",))),
        EPS,
        Argument("eps_root", 1e-8, Sets(("eps_root",))),
        Argument("weight_decay", 0.0, Sets(("wd",))),
        MASK,
    ),
    variants=(
        Variant({}, "the change of g counts by 1 - b2, not by the paper's b2"),
        Variant({"weight_decay": 0.01}, "decay times lr"),
    ),
)

LAMB = Dialect(
    name="optax.lamb",
    settings={"rule": "lamb"},
    arguments=(
        LEARNING_RATE,
        B1,
        B2,
        Argument("eps", 1e-6, Sets(("eps",))),
        EPS_ROOT,
        Argument("weight_decay", 0.0, Sets(("lambd",))),
        MASK,
    ),
    variants=(
        Variant({}, "Adam's direction, as long as w"),
        Variant({"weight_decay": 0.01}, "the decay counts in the norm"),
    ),
)

RPROP = Dialect(
    name="optax.rprop",
    settings={"rule": "rprop", "backtrack": False, "lag": True},
    arguments=(
        LEARNING_RATE,
        Argument("eta_minus", 0.5, Sets(("shrink",))),
        Argument("eta_plus", 1.2, Sets(("grow",))),
        Argument("min_step_size", 1e-6, Sets(("least",))),
        Argument("max_step_size", 50.0, Sets(("most",))),
    ),
    variants=(Variant({}, "each step is taken one gradient late; a turn rests"),),
)

ADAFACTOR = Dialect(
    name="optax.adafactor",
    settings={"rule": "adafactor", "relative_rate": False, "lambd_lr": False},
    arguments=(
        Argument("learning_rate", None, Sets(("lr",), none=1.0)),
        Argument("min_dim_size_to_factor", 128, Sets(("min_size",))),
        Argument("decay_rate", 0.8, Sets(("power",))),
        Argument(
            "decay_offset", 0, Unmodelled("it is NaN until the steps have come so far")
        ),
        Argument(
            "multiply_by_parameter_scale",
            True,
            Picks({False: {"weight_scale": False}, True: {"weight_scale": True}}),
        ),
        Argument("clipping_threshold", 1.0, Sets(("clip",), none=np.inf)),
        Argument(
            "momentum", None, Unmodelled("it averages the steps, which nobody else has")
        ),
        Argument("dtype_momentum", np.float32, Inert("it belongs to momentum")),
        Argument("weight_decay_rate", None, Sets(("lambd",), none=0.0)),
        Argument("eps", 1e-30, Sets(("eps",))),
        Argument("factored", True, Picks({False: {"min_size": np.inf}, True: {}})),
        Argument("weight_decay_mask", None, _MASK),
    ),
    variants=(
        Variant({}, "below 128 rows or columns each weight has its own v"),
        Variant({"min_dim_size_to_factor": 2}, "v by rows and columns"),
        Variant({"multiply_by_parameter_scale": False}, "steps of size lr"),
        Variant({"weight_decay_rate": 0.01}, "decay beside the step, not times lr"),
    ),
)

LARS = Dialect(
    name="optax.lars",
    settings={"rule": "lars", "decay": "coupled"},
    arguments=(
        LEARNING_RATE,
        Argument("weight_decay", 0.0, Sets(("wd",))),
        Argument("weight_decay_mask", True, _MASK),
        Argument("trust_coefficient", 0.001, Sets(("trust",))),
        Argument("eps", 0.0, Sets(("eps",))),
        Argument(
            "trust_ratio_mask",
            True,
            Unmodelled("it scales some weights alone: give each its own optimizer"),
        ),
        Argument("momentum", 0.9, Sets(("beta",))),
        switch("nesterov", {"nesterov": True}),
    ),
    variants=(
        Variant({}, "a step as long as w, times lr and the trust; lr inside"),
        Variant({"weight_decay": 0.01}, "coupled decay, inside the one norm"),
        Variant({"nesterov": True}, "Nesterov, lr inside the velocity"),
    ),
)

NOVOGRAD = Dialect(
    name="optax.novograd",
    settings={"rule": "novograd"},
    arguments=(
        LEARNING_RATE,
        B1,
        Argument("b2", 0.25, Sets(("beta2",))),
        Argument("eps", 1e-6, Sets(("eps",))),
        EPS_ROOT,
        Argument("weight_decay", 0.0, Sets(("lambd",))),
    ),
    variants=(
        Variant({}, "g over the root of the average of |g|², summed"),
        Variant({"weight_decay": 0.01}, "the decay enters the sum"),
    ),
)

SM3 = Dialect(
    name="optax.sm3",
    settings={"rule": "sm3", "eps": 1e-8},
    arguments=(LEARNING_RATE, Argument("momentum", 0.9, Sets(("beta",)))),
    variants=(
        Variant({}, "SM3-II, and an average of its steps; eps inside the root"),
        Variant({"momentum": 0.0}, "SM3-II alone; eps inside the root"),
    ),
)

_FREE = {"rule": "schedule_free", "lr_ahead": True}
_WARM_UP = Argument(
    "warmup_steps", None, Unmodelled("lr rises in these steps: give it as a schedule")
)
_POWER = Argument("weight_lr_power", 2.0, Sets(("power",)))
_STATE_DTYPE = Argument("state_dtype", None, _DTYPE)

SCHEDULE_FREE_SGD = Dialect(
    name="optax.contrib.schedule_free_sgd",
    settings=_FREE,
    arguments=(
        Argument("learning_rate", 1.0, Sets(("lr",))),
        _WARM_UP,
        B1,
        Argument("weight_decay", None, Sets(("lambd",), none=0.0)),
        _POWER,
        _STATE_DTYPE,
    ),
    variants=(
        Variant({}, "w is between z and its average; lr² is the weight of a point"),
        Variant({"weight_decay": 0.01}, "w decays, in the step of z"),
    ),
)

SCHEDULE_FREE_ADAMW = Dialect(
    name="optax.contrib.schedule_free_adamw",
    settings=_FREE,
    arguments=(
        Argument("learning_rate", 0.0025, Sets(("lr",))),
        _WARM_UP,
        B1,
        B2,
        EPS,
        Argument("weight_decay", 0.0, Sets(("lambd",))),
        _POWER,
        _STATE_DTYPE,
    ),
    variants=(
        Variant({}, "Adam's step without momentum; lr² is the weight of a point"),
        Variant({"weight_decay": 0.01}, "w decays, in Adam's step of z"),
    ),
)

_NO_MATRIX = Inert("of weights that are no matrix, which muon refuses here")

MUON = Dialect(
    name="optax.contrib.muon",
    settings={
        "rule": "muon",
        "ema": True,
        "bias_correction": True,
        "aspect": "columns",
        "decay": "lr",
    },
    arguments=(
        LEARNING_RATE,
        Argument("ns_coeffs", (3.4445, -4.775, 2.0315), Sets(("ns_a", "ns_b", "ns_c"))),
        Argument("ns_steps", 5, Sets(("ns_steps",))),
        Argument("beta", 0.95, Sets(("beta",))),
        EPS,
        Argument("weight_decay", 0.0, Sets(("wd",))),
        Argument("weight_decay_mask", None, _MASK),
        MU_DTYPE,
        Argument(
            "nesterov",
            True,
            Picks({False: {"nesterov": False}, True: {"nesterov": True}}),
        ),
        Argument(
            "adaptive",
            False,
            Unmodelled("it multiplies by the dual norm, which nobody else does"),
        ),
        Argument(
            "preconditioning",
            "frobenius",
            Picks({"frobenius": {}}, others="other first steps, which optax alone has"),
        ),
        Argument("adam_b1", 0.9, _NO_MATRIX),
        Argument("adam_b2", 0.999, _NO_MATRIX),
        Argument("adam_eps_root", 0.0, _NO_MATRIX),
        Argument("adam_weight_decay", 0.0, _NO_MATRIX),
        Argument("adam_learning_rate", None, _NO_MATRIX),
        Argument(
            "muon_weight_dimension_numbers",
            None,
            Unmodelled("it makes matrices of other arrays: give it a matrix"),
        ),
        Argument(
            "consistent_rms",
            None,
            Sets(
                ("rms",),
                also={"aspect": "larger"},
                when=(Condition("consistent_rms", (None,), among=False),),
            ),
        ),
    ),
    variants=(
        Variant({}, "corrected averages, times sqrt(max(1, columns / rows))"),
        Variant(
            {"consistent_rms": 0.2},
            "corrected averages, times 0.2 sqrt(max(rows, columns))",
        ),
    ),
)

ADAMS = (ADAM, ADAMW, AMSGRAD, NADAM, NADAMW, ADAMAX, ADAMAXW)
OPTAX = (
    SGD,
    ADAGRAD,
    RMSPROP,
    ADADELTA,
    *ADAMS,
    LION,
    RADAM,
    SIGN_SGD,
    SIGNUM,
    ADABELIEF,
    YOGI,
    OPTIMISTIC,
    ADAN,
    LAMB,
    RPROP,
    ADAFACTOR,
    MUON,
    LARS,
    NOVOGRAD,
    SM3,
    SCHEDULE_FREE_SGD,
    SCHEDULE_FREE_ADAMW,
)
