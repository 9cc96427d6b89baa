"""What the names in a program mean: which is the weight, the rate, the data.

A place is a name (w), an attribute (self.w) or an entry (params["W"]), as written.
"""

import re
from collections.abc import Iterable

#: What a name means, in lower case and without underscores at its ends.
NAMES = {
    "w": "w ws weight weights theta thetas beta betas coef coefs coefficients params "
    "parameters wb wts",
    "b": "b bias intercept b0 w0 theta0 beta0 offset",
    "x": "x xs x_train train_x x_data features inputs x_values",
    "y": "y ys y_train train_y y_data target targets labels t y_true y_values",
    "lr": "lr learning_rate learningrate eta rate step_size stepsize l_rate lrate "
    "alpha l",
    "n_iters": "n_iters n_iter num_iters num_iter iterations n_iterations niter niters "
    "num_iterations epochs n_epochs num_epochs max_iter max_iters n_steps steps "
    "num_steps max_iterations iters epoch max_epochs num_epoch",
    "d": "n_features num_features features input_dim n_inputs input_size num_inputs "
    "dim n_weights in_features nfeatures d n_feature dimension",
    "loss": "loss cost l j mse error mse_loss loss_value train_loss current_loss",
    "off": "lambda lambda_ lam reg l1 l2 reg_lambda regularization weight_decay decay "
    "momentum penalty reg_strength lambd alpha tol tolerance",
    "quiet": "verbose plot show debug print_cost",
}

#: A slope and an intercept that only their numbers tell apart.
NUMBERED = ("w", "theta", "b", "beta", "t", "a", "th")

#: A slope if nothing is called like a weight.
LETTERS = ("m", "slope", "a", "k", "w1", "theta1", "gradient")


def clean(place: str) -> str:
    """Return the name in a place: of self.coef_ it is coef, of params["W"] it is w."""
    found = re.findall(r"\w+", place)
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", found[-1]) if found else ""
    name = re.sub(r"_(?=\d)", "", name.lower().strip("_"))
    return re.sub(r"_(in|init|now|current|initial)$|^(init|initial|current)_", "", name)


def means(place: str, role: str) -> bool:
    """Whether a place is called like something of this role."""
    return clean(place) in NAMES[role].split()


def name_data(names: Iterable[str]) -> bool:
    """Whether one of some names means x, and one means y."""
    every = [*names]
    return all(any(means(name, role) for name in every) for role in ("x", "y"))


def find_rate(places: Iterable[str]) -> str | None:
    """Return what is called like a learning rate, likeliest first."""
    names = {clean(place): place for place in sorted(places)}
    return next((names[n] for n in NAMES["lr"].split() if n in names), None)


def find_weights(places: Iterable[str]) -> dict[str, str] | None:
    """Return the places of a weight (w) and an intercept (b) among those written to.

    None where there is no weight, or more than one.
    """
    every = sorted(places)
    entries = tuple(p.partition("[")[0] for p in every if "[" in p)
    # a dictionary is no weight where its entries are
    names = {clean(place): place for place in every if place not in entries}
    for letter in NUMBERED:
        if {f"{letter}0", f"{letter}1"} <= names.keys():
            several = f"{letter}2" in names
            pair = {"w": names[f"{letter}1"], "b": names[f"{letter}0"]}
            return None if several else pair
    slopes = [n for n in names if n in NAMES["w"].split()]
    slopes = slopes or [n for n in names if n in LETTERS]
    intercepts = [n for n in names if n in NAMES["b"].split() and n not in slopes]
    if slopes and slopes[0] in LETTERS:
        intercepts += [n for n in names if n == "c"]
    if len(slopes) != 1 or len(intercepts) > 1:
        return None
    intercept = {"b": names[intercepts[0]]} if intercepts else {}
    return {"w": names[slopes[0]]} | intercept
