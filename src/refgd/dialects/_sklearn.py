"""scikit-learn's SGD, as of scikit-learn 1.9: the rules inside two of its models.

Their gradients are of losses with a one-half: SGDRegressor's of (w·x - y)² / 2 for one
sample a step, where refgd's `mse` has (w·x - y)². SGDRegressor clips that residual at
±1e12, which is of the loss and not modelled here.
"""

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

_MODEL = Inert("of the model and its loss: the gradient comes in")
_RUN = Inert("of the run: batches, order, stopping")
_OTHER = Inert("of another loss, penalty or solver")

_PENALIZED = Condition("penalty", ("l2", "l1", "elasticnet"))
_ELASTIC = Condition("penalty", ("elasticnet",))

SGD_REGRESSOR = Dialect(
    name="sklearn.linear_model.SGDRegressor",
    settings={"rule": "penalized", "decay": "clipped"},
    arguments=(
        Argument("loss", "squared_error", _MODEL),
        Argument(
            "penalty",
            "l2",
            Picks(
                {
                    "l2": {},
                    "l1": {"l1_share": 1},
                    "elasticnet": {"l1_share": 0.15},
                    None: {"lambd": 0.0},
                }
            ),
        ),
        Argument("alpha", 1e-4, Sets(("lambd",), when=(_PENALIZED,))),
        Argument("l1_ratio", 0.15, Sets(("l1_share",), when=(_ELASTIC,))),
        Argument("fit_intercept", True, Picks({False: {}, True: {"intercept": True}})),
        Argument("max_iter", 1000, _RUN),
        Argument("tol", 1e-3, _RUN),
        Argument("shuffle", True, _RUN),
        Argument("verbose", 0, _RUN),
        Argument("epsilon", 0.1, _OTHER),
        Argument("random_state", None, _RUN),
        Argument(
            "learning_rate",
            "invscaling",
            Picks(
                {"constant": {}, "invscaling": {"lr_decay": 1}},
                others="the rates of the others depend on the losses: not modelled",
            ),
        ),
        Argument("eta0", 0.01, Sets(("lr",))),
        Argument(
            "power_t",
            0.25,
            Sets(("lr_power",), when=(Condition("learning_rate", ("invscaling",)),)),
        ),
        Argument("early_stopping", False, _RUN),
        Argument("validation_fraction", 0.1, _RUN),
        Argument("n_iter_no_change", 5, _RUN),
        Argument("warm_start", False, _RUN),
        Argument("average", False, Sets(("average",))),
    ),
    variants=(
        Variant(
            {},
            "w max(0, 1 - lr alpha) before the step, but not the intercept; lr eta0 / "
            "(t + 1)^power_t",
        ),
        Variant({"penalty": "l1"}, "w cut by the sum of all lr alpha that it owes"),
        Variant(
            {"penalty": "elasticnet"},
            "alpha (1 - l1_ratio) shrinks w before the step, alpha l1_ratio cuts after",
        ),
        Variant(
            {"fit_intercept": False},
            "w max(0, 1 - lr alpha) before the step, lr eta0 / (t + 1)^power_t",
        ),
        Variant(
            {"fit_intercept": False, "learning_rate": "constant"},
            "w max(0, 1 - lr alpha) before the step",
        ),
        Variant({"penalty": None, "learning_rate": "constant"}, "plain"),
    ),
    refusals=(
        Refusal(
            (
                Condition("average", (False, 0), among=False),
                Condition("penalty", ("l1", "elasticnet")),
            ),
            "its average is not that of its weights where an l1 penalty cuts them; "
            "refgd.optimizers.penalized has both in its state",
        ),
    ),
)

_SGD = Condition("solver", ("sgd",))
_ADAM = (Condition("solver", ("adam",)),)
_MOVING = (_SGD, Condition("momentum", (0,), among=False))

MLP_REGRESSOR = Dialect(
    name="sklearn.neural_network.MLPRegressor",
    settings={"rule": "sgd"},
    arguments=(
        Argument("loss", "squared_error", _MODEL),
        Argument("hidden_layer_sizes", (100,), _MODEL),
        Argument("activation", "relu", _MODEL),
        Argument(
            "solver",
            "adam",
            Picks(
                {"adam": {"rule": "adam", "eps_hat": True}, "sgd": {}},
                others="lbfgs is not gradient descent",
            ),
        ),
        Argument("alpha", 1e-4, Inert("of the loss: (alpha / 2n) |w|² is added to it")),
        Argument("batch_size", "auto", _RUN),
        Argument(
            "learning_rate",
            "constant",
            Picks(
                {"constant": {}},
                when=(_SGD,),
                others="the others change it once an epoch: pass a schedule",
            ),
        ),
        Argument("learning_rate_init", 1e-3, Sets(("lr",))),
        Argument("power_t", 0.5, _OTHER),
        Argument("max_iter", 200, _RUN),
        Argument("shuffle", True, _RUN),
        Argument("random_state", None, _RUN),
        Argument("tol", 1e-4, _RUN),
        Argument("verbose", False, _RUN),
        Argument("warm_start", False, _RUN),
        Argument(
            "momentum",
            0.9,
            Sets(("beta",), also={"rule": "momentum", "lr_inside": True}, when=_MOVING),
        ),
        switch("nesterovs_momentum", {"nesterov": True}, when=_MOVING, default=True),
        Argument("early_stopping", False, _RUN),
        Argument("validation_fraction", 0.1, _RUN),
        Argument("beta_1", 0.9, Sets(("beta1",), when=_ADAM)),
        Argument("beta_2", 0.999, Sets(("beta2",), when=_ADAM)),
        Argument("epsilon", 1e-8, Sets(("eps",), when=_ADAM)),
        Argument("n_iter_no_change", 10, _RUN),
        Argument("max_fun", 15000, _OTHER),
    ),
    variants=(
        Variant({}, "eps before the bias correction"),
        Variant({"solver": "sgd"}, "Nesterov, lr inside"),
        Variant(
            {"solver": "sgd", "nesterovs_momentum": False},
            "heavy ball, lr inside the velocity",
        ),
        Variant({"solver": "sgd", "momentum": 0.0}, "plain"),
    ),
)

MLP_CLASSIFIER = MLP_REGRESSOR._replace(
    name="sklearn.neural_network.MLPClassifier",
    arguments=MLP_REGRESSOR.arguments[1:],  # it has one loss
)

SKLEARN = (SGD_REGRESSOR, MLP_REGRESSOR, MLP_CLASSIFIER)
