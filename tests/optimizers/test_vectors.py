"""Golden vectors: reproducible, exact to read, and a check that can fail."""

import json
import math
from typing import Any, NamedTuple

import numpy as np
import pytest

from refgd import _rules, dialects, vectors
from refgd.dialects import Sets
from refgd.optimizers import Optimizer

SETTINGS: dict[str, dict[str, Any]] = {"adamw": {"wd": 0.0625}}  # which it asks for
RULES = ["sgd", "momentum", "adagrad", "rmsprop", "adam", "adamw", "lion", "nadam"]


def moved(golden: dict[str, Any], t: int, j: int, factor: float) -> dict[str, Any]:
    """The same results with one weight multiplied."""
    rows = [list(row) for row in golden["w"]["decimal"]]
    rows[t][j] *= factor
    return {"w": {"decimal": rows}}


@pytest.mark.parametrize("rule", RULES)
def test_vectors_agree_with_themselves_as_text(rule: str) -> None:
    golden = vectors.make(rule, SETTINGS.get(rule))
    assert vectors.check(vectors.write(golden), golden) is None
    assert json.loads(vectors.write(golden)) == golden


@pytest.mark.parametrize("rule", RULES)
def test_hex_and_decimal_are_the_same_numbers(rule: str) -> None:
    golden = json.loads(vectors.write(vectors.make(rule, SETTINGS.get(rule))))
    for key in ("lr", "gradients", "w"):
        hexes = np.vectorize(float.fromhex)(golden[key]["hex"])
        assert np.array_equal(hexes, golden[key]["decimal"])


@pytest.mark.parametrize("rule", RULES)
def test_a_change_of_the_settings_is_found(rule: str) -> None:
    golden = vectors.make(rule, SETTINGS.get(rule))
    other = vectors.make(rule, SETTINGS.get(rule, {}) | {"lr": 0.0626})
    found = vectors.check({"w": other["w"]}, golden)
    assert found is not None
    assert found.t == 1
    with pytest.raises(ValueError, match=r'results: "settings" must be .*0\.0626'):
        vectors.check(other, golden)


def test_sgd_by_hand() -> None:
    """From 1 with lr 1/2, halved midway, on the first gradients 7/16 and −21/16."""
    golden = vectors.make("sgd", {"lr": 0.5})
    w, lr = np.array(golden["w"]["decimal"]), golden["lr"]["decimal"]
    assert list(w[:3, 0]) == [1, 1 - 7 / 32, 1 - 7 / 32 + 21 / 32]
    assert lr == [0.5] * 10 + [0.25] * 10
    assert list(w[[1, 11, 20], 5]) == [1.5, 2 - 5 - 0.25, 2 - 5 - 2.5]


AROUND: list[tuple[dict[str, Any], list[float]]] = [
    # 7/16 as it is, −21/16 cut to −1
    ({"clip_by_value.max_value": 1}, [1 - 7 / 32, 1 - 7 / 32 + 0.5]),
    ({"maximize": True}, [1 + 7 / 32, 1 + 7 / 32 - 21 / 32]),
    # the mean of both, −7/16, at the first rate
    ({"accumulate.k": 2}, [1, 1 + 7 / 32]),
    # half the way back to 1
    ({"lookahead.k": 2}, [1 - 7 / 32, 1 + 7 / 32]),
    # from the initial w, and taken: (1 + w₁)/2, …
    (
        {"weight_ema.beta": 0.5, "weight_ema.start": "initial", "weight_ema.every": 1},
        [1 - 7 / 64, 1 - 7 / 64 + 21 / 64],
    ),
]


@pytest.mark.parametrize(("around", "path"), AROUND)
def test_vectors_of_what_is_around_a_rule(
    around: dict[str, Any], path: list[float]
) -> None:
    """By hand: from 1 with lr 1/2, on 7/16 and −21/16; and it resumes."""
    golden = vectors.make("sgd", {"lr": 0.5, **around})
    assert [row[0] for row in golden["w"]["decimal"][1:3]] == path
    assert golden["settings"] == {"lr": 0.5, **around}
    resumed = vectors.make("sgd", {"lr": 0.5, **around}, case="resume")
    assert resumed["w"] == golden["w"]
    assert vectors.check(vectors.write(golden)) is None


def test_vectors_name_the_setting_that_is_wrong_around_a_rule() -> None:
    with pytest.raises(ValueError, match=r"^lookahead\.k must be at least 1, got 0$"):
        vectors.make("sgd", {"lookahead.k": 0})
    with pytest.raises(TypeError, match=r"^sgd: accumulate\(\) missing 1 .* 'k'$"):
        vectors.make("sgd", {"accumulate.mean": True})
    with pytest.raises(TypeError, match=r"^sgd: weight_average\.every must be a whole"):
        vectors.make("sgd", {"weight_average.every": 0.5})


def test_the_gradients_are_the_documented_ones() -> None:
    """Each a multiple of a power of two, so every language reads them exactly."""
    golden = vectors.make("sgd")
    g = np.array(golden["gradients"]["decimal"])
    assert g.shape == (20, len(golden["coordinates"]))
    assert np.array_equal(g * 2.0**31, np.round(g * 2.0**31))
    normal, tiny, large, zero, intermittent, constant = g.T
    assert np.all(normal != 0)
    assert 1e-9 < np.abs(tiny).max() < 1e-7
    assert 1e2 < np.abs(large).max() < 1e4
    assert np.all(zero == 0)
    assert intermittent[0] == 0
    assert 0 < np.count_nonzero(intermittent) < 10
    assert np.all(constant == 1)


def test_vectors_name_the_settings_and_the_defaults() -> None:
    golden = vectors.make("adam", {"beta1": 0.8})
    assert golden["settings"] == {"beta1": 0.8}
    assert golden["defaults"]["beta2"] == 0.999
    assert "beta1" not in golden["defaults"]
    assert (golden["format"], golden["version"]) == ("refgd-vectors", 1)


def test_vectors_of_ones_own_factory() -> None:
    def signs(lr: Any) -> Optimizer:
        return Optimizer(
            init=lambda _: 0,
            update=lambda w, dw, t: (w - lr(t) * np.sign(dw), t + 1),
        )

    golden = vectors.make(signs)
    assert golden["rule"] == "signs"
    assert golden["w"]["decimal"][1][5] == 2 - 1 / 16


@pytest.mark.parametrize(("t", "j"), [(0, 0), (1, 1), (7, 4), (20, 5)])
def test_check_names_the_first_step_and_coordinate(t: int, j: int) -> None:
    golden = vectors.make("sgd")
    factor = 1 + 1e-3 if golden["w"]["decimal"][t][j] else math.nan
    found = vectors.check(moved(golden, t, j, factor), golden)
    assert found is not None
    assert (found.t, found.coordinate) == (t, j)
    assert found.name == golden["coordinates"][j]
    assert found.expected == golden["w"]["decimal"][t][j]
    assert f"after step {t}, in coordinate {j} ({found.name})" in str(found)


def test_check_measures_beside_the_largest_so_far() -> None:
    """A weight goes 2, 1.5, … to 0: its error there is beside 2."""
    golden = vectors.make("sgd", {"lr": 0.5})
    rows = [list(row) for row in golden["w"]["decimal"]]
    assert rows[4][5] == 0
    rows[4][5] = 2e-6
    off = {"w": rows}
    assert vectors.check(off, golden, tol=1.1e-6) is None
    found = vectors.check(off, golden, tol=0.9e-6)
    assert found is not None
    assert found.error == pytest.approx(1e-6, rel=1e-6, abs=0)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_check_finds_what_is_not_finite(value: float) -> None:
    golden = vectors.make("adam")
    found = vectors.check(moved(golden, 3, 0, value), golden)
    assert found is not None
    assert (found.t, found.coordinate) == (3, 0)


def test_check_makes_the_golden_ones_that_the_results_name() -> None:
    results = vectors.make("adam", {"beta1": 0.5, "lr": 0.25})
    assert vectors.check(vectors.write(results)) is None
    wrong = results | {"settings": {"beta1": 0.6, "lr": 0.25}}
    found = vectors.check(vectors.write(wrong))
    assert found is not None
    assert (found.t, found.quantity) == (1, "m")
    found = vectors.check(vectors.write(wrong | {"states": {}}))
    assert found is not None
    assert found.t == 2  # the first step of Adam does not depend on beta1


@pytest.mark.parametrize("form", ["hex", "decimal"])
def test_results_may_be_rows_alone(form: str) -> None:
    golden = vectors.make("adam")
    rows = golden["w"][form]
    assert vectors.check({"w": rows}, golden) is None
    assert vectors.check({"w": {form: rows}}, golden) is None


@pytest.mark.parametrize(
    ("results", "message"),
    [
        ("{", "results: not JSON"),
        ("[1, 2]", "results: must be a JSON object, got list"),
        ('{"format": "other"}', "results: must be refgd-vectors version 1, got other"),
        ('{"version": 2, "w": []}', "must be refgd-vectors version 1, got .* 2"),
        ("{}", 'results: no "w"'),
        ('{"w": {"octal": []}}', 'results: no "w"'),
        ('{"w": [[1, 2], [3]]}', "results: w must be rows of numbers"),
        ('{"w": [["one"]]}', "results: w must be rows of numbers"),
        ('{"w": 5}', "results: w must be rows of numbers"),
        ('{"w": [[1, 2]]}', r"results: w must have \(21, 6\).* got \(1, 2\)"),
        ('{"w": []}', r"results: w must have \(21, 6\).* got \(0,\)"),
        (json.dumps({"w": [7 * [0]] * 21}), r"must have \(21, 6\).* got \(21, 7\)"),
        ('{"w": [["0x1p99999"]]}', "results: w must be rows of numbers"),
        (f'{{"w": [[1{400 * "0"}]]}}', "results: w must be rows of numbers"),
        (10**5 * "[", "results: not JSON"),
        (
            '{"rule": "adam", "w": []}',
            "must be 'sgd', as in the golden vectors, got 'a",
        ),
        ('{"rule": 5, "w": []}', "rule. must be 'sgd', as in .*, got 5"),
        (
            '{"settings": {"lr": 1}, "w": []}',
            "settings. must be {}, as in .*, got {'lr': 1}",
        ),
    ],
)
def test_check_refuses_a_malformed_file(results: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        vectors.check(results, vectors.make("sgd"))


def test_check_demands_the_golden_shape_of_both() -> None:
    """Nothing agrees with nothing, which says nothing."""
    golden = vectors.make("sgd")
    for rows in ([], [7 * [0.0]] * 21):
        with pytest.raises(ValueError, match=r"results: w must have \(21, 6\)"):
            vectors.check({"w": rows}, {"w": rows})
        with pytest.raises(ValueError, match=r"golden: w must have \(21, 6\)"):
            vectors.check(golden, {"w": rows})


def test_check_takes_equal_settings_however_they_are_written() -> None:
    golden = vectors.make("torch.optim.Adam", {"betas": (0.8, 0.99)})
    assert vectors.check(golden | {"settings": {"betas": (0.8, 0.99)}}, golden) is None


def test_check_asks_for_something_to_compare_with() -> None:
    with pytest.raises(ValueError, match='no golden vectors, and no "rule"'):
        vectors.check({"w": [[1.0]]})
    with pytest.raises(ValueError, match='"settings" must be an object'):
        vectors.check({"rule": "sgd", "settings": [], "w": [[1.0]]})


@pytest.mark.parametrize(
    ("rule", "settings", "error", "message"),
    [
        ("adma", {}, ValueError, "no rule is named 'adma'; there are .*adam"),
        ("Optimizer", {}, ValueError, "no rule is named 'Optimizer'"),
        ("weight_decay", {}, ValueError, "no rule is named 'weight_decay'"),
        ("adamw", {}, TypeError, "adamw: missing a required .*'wd'"),
        ("adam", {"beta3": 1}, TypeError, "adam: got an .*beta3"),
        ("adam", {"beta1": 2}, ValueError, r"beta1 must be in \[0, 1\)"),
        ("adam", {"lr": -1}, ValueError, "lr must not be negative"),
    ],
)
def test_make_refuses(
    rule: str, settings: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        vectors.make(rule, settings)


def test_every_optimizer_has_vectors() -> None:
    for name in _rules.RULES:
        golden = vectors.make(name, SETTINGS.get(name))
        assert np.all(np.isfinite(golden["w"]["decimal"]))


NEEDED: dict[str, dict[str, Any]] = {
    "optax.adadelta": {"weight_decay": 0.0},
}


@pytest.mark.parametrize("rule", dialects.names())
def test_dialects_have_vectors(rule: str) -> None:
    golden = vectors.make(rule, NEEDED.get(rule))
    assert vectors.check(vectors.write(golden)) is None
    assert golden["lr"]["decimal"] == [1 / 16] * 10 + [1 / 32] * 10


@pytest.mark.parametrize("rule", dialects.names())
def test_a_dialect_takes_the_rates_that_the_file_names(rule: str) -> None:
    """And no other argument of a like name: scikit-learn's learning_rate is a word."""
    golden = vectors.make(rule, NEEDED.get(rule))
    (lr,) = (
        argument.name
        for argument in dialects.dialect(rule).arguments
        if isinstance(argument.role, Sets) and argument.role.flags == ("lr",)
    )
    assert lr not in golden["defaults"]
    rates = golden["lr"]["decimal"]
    taken = {**golden["settings"], lr: lambda t: rates[min(t, len(rates) - 1)]}
    optimizer = dialects.get(rule, **taken)
    shape = golden.get("shape", [6])
    w = np.array(golden["w"]["decimal"][0]).reshape(shape)
    state = optimizer.init(w)
    for g, after in zip(
        golden["gradients"]["decimal"], golden["w"]["decimal"][1:], strict=True
    ):
        w, state = optimizer.update(w, np.array(g).reshape(shape), state)
        assert w.ravel().tolist() == after


def test_the_first_step_of_a_sign_is_the_first_rate() -> None:
    """Adam's first step is lr, up to eps: 1/16 in scikit-learn's network too."""
    golden = vectors.make("sklearn.neural_network.MLPRegressor")
    w = golden["w"]["decimal"]
    assert w[1][5] - w[0][5] == pytest.approx(-1 / 16, rel=1e-6, abs=0)


def test_settings_are_what_json_says() -> None:
    golden = vectors.make("torch.optim.Adam", {"betas": (0.8, 0.99)})
    assert golden["settings"] == {"betas": [0.8, 0.99]}
    assert json.loads(vectors.write(golden)) == golden


def test_a_dialect_is_its_own_variant() -> None:
    torch, keras = map(vectors.make, ["torch.optim.Adam", "keras.optimizers.Adam"])
    adam = vectors.make("adam")
    assert vectors.check({"w": torch["w"]}, adam) is None
    assert vectors.check({"w": keras["w"]}, adam) is not None


def weights(golden: dict[str, Any]) -> Any:
    """The weights of vectors, (T + 1, d)."""
    return np.array(golden["w"]["decimal"])


def test_each_case_is_what_its_name_says() -> None:
    made = {case: vectors.make("sgd", {"lr": 0.5}, case=case) for case in vectors.CASES}
    assert np.all(weights(made["zeros"]) == weights(made["zeros"])[0])
    assert not np.any(made["zeros"]["gradients"]["decimal"])
    rates = made["schedule"]["lr"]["decimal"]
    assert rates[:5] == [0.125, 0.25, 0.375, 0.5, 0.5]
    assert np.all(np.diff(rates[4:]) < 0)
    assert np.array_equal(weights(made["resume"]), weights(made["plain"]))
    assert (made["resume"]["stop"], "stop" in made["plain"]) == (vectors.STOP, False)
    # 0.75 of a weight whose gradients are 0: times 1 - lr / 16
    assert weights(made["decay"])[1][3] == 0.75 * (1 - 0.5 / 16)
    assert made["decay"]["settings"] == {"wd": 1 / 16, "decay": "coupled", "lr": 0.5}


@pytest.mark.parametrize(
    ("rule", "settings"),
    [
        ("torch.optim.Adam", {"weight_decay": 0.0625}),
        ("adamw", {"wd": 0.0625}),
        ("rmsprop", {"wd": 0.0625, "decay": "coupled"}),
    ],
)
def test_decay_is_in_the_settings(rule: str, settings: dict[str, Any]) -> None:
    golden = vectors.make(rule, case="decay")
    assert golden["settings"] == settings
    assert vectors.check(golden) is None
    assert vectors.check({"w": vectors.make(rule, settings)["w"]}, golden) is None


def test_a_decay_of_another_kind() -> None:
    """As AdamW of torch has it."""
    ours = vectors.make("adam", {"wd": 0.0625, "decay": "lr"})
    theirs = vectors.make("torch.optim.AdamW", {"weight_decay": 0.0625})
    assert vectors.check({"w": ours["w"]}, theirs) is None


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("case", vectors.CASES)
def test_float32_is_float32_and_near(rule: str, case: str) -> None:
    short, long = (
        vectors.make(rule, SETTINGS.get(rule), case=case, dtype=dtype)
        for dtype in ("float32", "float64")
    )
    w = weights(short)
    assert np.array_equal(w, w.astype(np.float32))
    assert vectors.check({"w": short["w"]}, long, dtype="float32") is None
    assert vectors.check({"w": long["w"]}, short) is None
    assert vectors.check(short | {"case": case}) is None


def test_the_states_are_beside_w() -> None:
    golden = vectors.make("adam")
    t, m, v = (np.array(golden["states"][name]["decimal"]) for name in "tmv")
    g = np.array(golden["gradients"]["decimal"])
    assert t.ravel().tolist() == list(range(21))
    assert np.array_equal(m[1], (1 - 0.9) * g[0])
    assert np.allclose(v[1], (1 - 0.999) * g[0] ** 2, rtol=1e-15, atol=0)
    inner = vectors.make("adam", {"wd": 0.5})["states"]
    assert [*inner] == ["t", "m", "v"]


class Noted(NamedTuple):
    """A state with a word in it, which is no number."""

    t: int
    note: str


def test_states_are_numbers_alone() -> None:
    def still(lr: Any) -> Optimizer:  # noqa: ARG001 - every rule has one
        return Optimizer(
            init=lambda _: Noted(0, "start"),
            update=lambda w, _, state: (w, Noted(state.t + 1, "on")),
        )

    assert [*vectors.make(still)["states"]] == ["t"]


def test_a_state_that_differs_is_named() -> None:
    golden = vectors.make("adam")
    rows = [list(row) for row in golden["states"]["v"]["decimal"]]
    rows[4][5] *= 1.5
    found = vectors.check({"w": golden["w"], "states": {"v": rows}}, golden)
    assert found is not None
    assert "after step 4, in v of coordinate 5 (constant): got" in str(found)
    with pytest.raises(ValueError, match=r"results: v must have \(21, 6\) rows"):
        vectors.check({"w": golden["w"], "states": {"v": rows[1:]}}, golden)
    assert vectors.check({"w": golden["w"], "states": {"mine": []}}, golden) is None


def test_the_numbers_alone_are_results_too() -> None:
    golden = vectors.make("adam", case="decay")
    lines = vectors.write_numbers(golden).splitlines()
    assert [len(line.split()) for line in lines] == [2, 20, *41 * [6]]
    assert vectors.check("\n".join(lines[22:]), golden) is None


@pytest.mark.parametrize(
    ("settings", "kind", "message"),
    [
        ({}, {"case": "odd"}, "case must be one of 'plain', .*, got 'odd'"),
        ({}, {"dtype": "float16"}, "dtype must be one of 'float64', 'float32', got"),
        ({"wd": 0.5, "decay": "odd"}, {}, "kind must be one of 'coupled'"),
    ],
)
def test_make_refuses_what_it_has_not(
    settings: dict[str, Any], kind: dict[str, str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        vectors.make("adam", settings, **kind)
