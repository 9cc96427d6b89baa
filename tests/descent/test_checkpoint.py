"""Checkpoints: the same bits after loading, and no file that is taken for another."""

import io
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import refgd
from refgd import checkpoint, optimizers, stopping
from refgd._types import Array
from refgd.history import SoFar
from refgd.optimizers import Optimizer

X, Y = np.arange(1.0, 6.0), np.array([2.0, 4.0, 5.0, 8.0, 11.0])
HELD = (np.array([1.0, 3.0]), np.array([2.0, 5.0]))

MAKERS: dict[str, Callable[..., Optimizer]] = {
    "sgd": optimizers.sgd,
    "momentum": optimizers.momentum,
    "adam": optimizers.adam,
    "adamw": optimizers.adamw,  # a state within a state
    "radam": optimizers.radam,
}


def make(name: str) -> Optimizer:
    settings = {"lr": 0.01} | ({"wd": 0.1} if name == "adamw" else {})
    return MAKERS[name](**settings)


def problem(**changed: Any) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "x": X,
        "y": Y,
        "optimizer": "adam",
        "settings": {"lr": 0.01, "beta1": 0.9},
        "batch_size": 2,
        "validation": 0.2,
        "seed": 3,
    }
    return checkpoint.problem_of(**parts | changed)


def run_of(optimizer: Optimizer, n_iters: int = 4, **options: Any) -> refgd.Fit:
    return refgd.fit(X, Y, optimizer=optimizer, n_iters=n_iters, **options)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Return a checkpoint of `problem()`."""
    path = tmp_path / "run.npz"
    options: dict[str, Any] = {"batch_size": 2, "validation": 0.2, "seed": 3}
    checkpoint.save(path, run_of(make("adam"), **options).so_far, problem())
    return path


@pytest.mark.parametrize("name", MAKERS)
@given(
    kind=st.sampled_from([np.float32, np.float64, np.longdouble]),
    d=st.none() | st.integers(1, 3),
    batch=st.none() | st.integers(1, 5),
    validated=st.booleans(),
    first=st.integers(0, 7),
    every=st.integers(1, 3),
)
def test_a_loaded_run_ends_in_the_same_bits(  # noqa: PLR0913 - drawn
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    *,
    kind: type,
    d: int | None,
    batch: int | None,
    validated: bool,
    first: int,
    every: int,
) -> None:
    """What is loaded is what was saved, types and all; and it goes on as unbroken."""
    path = tmp_path_factory.mktemp("run") / "run.npz"
    rng = np.random.default_rng(first)
    x: Array = rng.normal(size=5 if d is None else (5, d)).astype(kind)
    options: dict[str, Any] = {"batch_size": batch, "every": every}
    if validated:
        options |= {"validation": (x, 2 * Y), "stop": stopping.patience(3)}
    optimizer = make(name)
    of = checkpoint.problem_of(x, Y, optimizer=name, settings={})

    part = refgd.fit(x, Y, optimizer=optimizer, n_iters=first, **options).so_far
    checkpoint.save(path, part, of)
    loaded = checkpoint.load(path, of, optimizer)
    assert_same(loaded, part)

    whole = refgd.fit(x, Y, optimizer=optimizer, n_iters=9, **options)
    again = refgd.fit(x, Y, loaded, optimizer=optimizer, n_iters=9, **options)
    assert_same(again.so_far, whole.so_far)
    assert_same((again.w, again.history), (whole.w, whole.history))


def assert_same(got: Any, wanted: Any) -> None:
    """Compare trees of NamedTuples: types, dtypes, shapes and bits."""
    if isinstance(wanted, tuple):
        assert type(got) is type(wanted)
        for one, other in zip(got, wanted, strict=True):
            assert_same(one, other)
        return
    assert isinstance(got, int) == isinstance(wanted, int)
    a, b = np.asarray(got), np.asarray(wanted)
    assert (a.dtype, a.shape) == (b.dtype, b.shape)
    assert np.array_equal(a, b, equal_nan=a.dtype != object)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"x": X[:, None]}, "it was saved for different data"),
        ({"x": X + 1e-15}, "it was saved for different data"),
        ({"x": X.astype(np.float32)}, "it was saved for different data"),
        ({"y": -Y}, "it was saved for different data"),
        ({"optimizer": "momentum"}, "optimizer was adam, now it is momentum"),
        ({"settings": {"lr": 0.01, "beta1": 0.8}}, "beta1 was 0.9, now it is 0.8"),
        ({"settings": {"lr": 0.01}}, "beta1 was 0.9, now it is None"),
        ({"batch_size": None}, "batch_size was 2, now it is None"),
        ({"validation": 0.3}, "validation was 0.2, now it is 0.3"),
        ({"validation": HELD}, "validation was 0.2, now it is"),
        ({"seed": 4}, "seed was 3, now it is 4"),
    ],
)
def test_another_problem_is_refused(
    saved: Path, changed: dict[str, Any], message: str
) -> None:
    """And the message says what differs."""
    optimizer = make("adam")
    assert checkpoint.load(saved, problem(), optimizer).last.t == 4
    with pytest.raises(ValueError, match=f"of another problem: .*{message}"):
        checkpoint.load(saved, problem(**changed), optimizer)


def test_the_validation_pair_is_part_of_the_problem() -> None:
    other = (HELD[0], HELD[1] + 1)
    assert problem(validation=HELD) == problem(validation=HELD)
    assert problem(validation=HELD) != problem(validation=other)


def test_another_state_is_refused(saved: Path) -> None:
    """An optimizer of the same name with other fields: of another version, say."""
    with pytest.raises(ValueError, match="fields are not those of a run with this"):
        checkpoint.load(saved, problem(), make("momentum"))


def npy() -> bytes:
    file = io.BytesIO()
    np.save(file, X)
    return file.getvalue()


def npz(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


FOREIGN = {
    "empty": b"",
    "text": b"x,y\n1,2\n",
    "npy": npy(),
    "other npz": npz(x=X),
    "pickle within": npz(header=np.array([{}], dtype=object)),
    "no json": npz(header=np.array("refgd")),
    "no object": npz(header=np.array("[1]")),
    "no format": npz(header=np.array("{}")),
    "later format": npz(header=np.array('{"format": "refgd checkpoint 99"}')),
    "no arrays": npz(header=np.array('{"format": "refgd checkpoint 1"}')),
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(
        ValueError, match="is not a checkpoint of refgd, or it is bro"
    ) as refused:
        checkpoint.load(path, {}, make("sgd"))
    assert "unsafe" not in str(refused.value)  # NumPy's advice to trust a pickle


TAMPERED: dict[str, tuple[str, Any]] = {
    "w of another shape": ("run.last.w", np.zeros(2)),
    "w of three dimensions": ("run.last.w", np.zeros((1, 1, 1))),
    "w of whole numbers": ("run.last.w", np.array(1)),
    "w NaN": ("run.last.w", np.array(np.nan)),
    "w inf": ("run.epoch.w", np.array(np.inf)),
    "w of float32": ("run.first.w", np.float32(0)),
    "loss NaN": ("run.last.loss", np.array(np.nan)),
    "loss of rows": ("run.first.loss", np.zeros(3)),
    "dw of another shape": ("run.previous.dw", np.zeros(1)),
    "dw inf": ("run.last.dw", np.array(-np.inf)),
    "t a fraction": ("run.last.t", np.array(2.5)),
    "t beyond": ("run.last.t", np.array(10**12)),
    "t negative": ("run.first.t", np.array(-1)),
    "t in another order": ("run.previous.t", np.array(9)),
    "t of rows": ("run.epoch.t", np.array([3, 3])),
    "state's t beyond": ("run.last.state.t", np.array(10**12)),
    "state's t a fraction": ("run.last.state.t", np.array(4.0)),
    "state of another shape": ("run.last.state.m", np.zeros(2)),
    "state NaN": ("run.last.state.v", np.array(np.nan)),
    "state of text": ("run.last.state.v", np.array("v")),
    "no rows": ("run.history.t", np.zeros(0, dtype=int)),
    "rows in another order": ("run.history.t", np.array([0, 4, 2])),
    "rows beyond": ("run.history.t", np.array([0, 2, 10**12])),
    "rows that begin later": ("run.history.t", np.array([1, 2, 4])),
    "rows' w of another shape": ("run.history.w", np.zeros((3, 2))),
    "rows' w too few": ("run.history.w", np.zeros(1)),
    "rows' loss NaN": ("run.history.loss", np.array([1.0, np.nan, 1.0])),
    "rows' w inf": ("run.history.w", np.array([0.0, np.inf, 1.0])),
    "rows' loss negative": ("run.history.loss", np.array([1.0, -1.0, 1.0])),
    "loss negative": ("run.last.loss", np.array(-1.0)),
    "best w inf": ("run.best.w", np.array(np.inf)),
    "best loss negative": ("run.best.validation", np.array(-1.0)),
    "best beyond": ("run.best.t", np.array(9)),
    "best of another shape": ("run.best.w", np.zeros(2)),
    "stale negative": ("run.best.stale", np.array(-1)),
    "validation of rows": ("run.validation", np.zeros(2)),
}


@pytest.mark.parametrize(("name", "value"), TAMPERED.values(), ids=TAMPERED)
def test_a_field_that_no_run_has_is_refused(
    saved: Path, name: str, value: Array
) -> None:
    with np.load(saved) as file:
        arrays = dict(file)
    assert name in arrays
    saved.write_bytes(npz(**arrays | {name: value}))
    with pytest.raises(ValueError, match="is not a checkpoint of refgd, or it is bro"):
        checkpoint.load(saved, problem(), make("adam"))


def test_a_user_s_state_may_count_its_own_t(tmp_path: Path) -> None:
    """Only refgd's own states are known to count the steps taken."""
    halving = Optimizer(
        lambda _: optimizers.SGDState(1),
        lambda w, dw, state: (
            w - 0.01 / state.t * dw,
            optimizers.SGDState(state.t + 1),
        ),
    )
    so_far = run_of(halving).so_far
    checkpoint.save(tmp_path / "run.npz", so_far, problem())
    assert_same(checkpoint.load(tmp_path / "run.npz", problem(), halving), so_far)


def test_a_header_that_claims_terabytes_takes_no_memory(saved: Path) -> None:
    """It says some 10^12 numbers, and holds the few that it had."""
    with np.load(saved) as file:
        arrays = dict(file)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.save(member, array)
            claimed = member.getvalue()
            if name == "run.history.w":
                short, long = b"(3,), }" + 11 * b" ", b"(999999999999,), }"
                claimed = claimed.replace(short, long)
                assert claimed != member.getvalue()
            archive.writestr(f"{name}.npy", claimed)
    saved.write_bytes(content.getvalue())
    with pytest.raises(ValueError, match=r"history.w.npy is not as long as its header"):
        checkpoint.load(saved, problem(), make("adam"))


def test_what_is_compressed_is_not_unpacked(saved: Path) -> None:
    content = io.BytesIO()
    np.savez_compressed(content, header=np.zeros(10**6))
    saved.write_bytes(content.getvalue())
    with pytest.raises(ValueError, match=r"header\.npy is compressed"):
        checkpoint.load(saved, problem(), make("adam"))


def test_a_member_of_another_version_is_refused(saved: Path) -> None:
    member = io.BytesIO()
    np.lib.format.write_array(member, np.zeros(3), version=(2, 0))
    with zipfile.ZipFile(saved, "w") as archive:
        archive.writestr("header.npy", member.getvalue())
    with pytest.raises(ValueError, match=r"header\.npy is of another version"):
        checkpoint.load(saved, problem(), make("adam"))


def test_a_planted_symlink_is_not_followed(saved: Path) -> None:
    """Neither under the name of the file, nor under that of a temporary one."""
    victim = saved.parent / "victim"
    victim.write_text("precious")
    saved.unlink()
    for link in (saved, Path(f"{saved}.tmp")):
        link.symlink_to(victim)
    checkpoint.save(saved, run_of(make("adam")).so_far, problem())
    assert victim.read_text() == "precious"
    assert not saved.is_symlink()
    assert checkpoint.load(saved, problem(), make("adam")).last.t == 4


def test_two_processes_that_save_at_once_do_not_meet(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second saves while the first is writing: the file of the later stays."""
    first, second = (run_of(make("adam"), n).so_far for n in (5, 6))
    write = np.savez

    def interrupted(file: Any, **arrays: Array) -> None:
        monkeypatch.setattr(np, "savez", write)
        checkpoint.save(saved, second, problem())
        write(file, **arrays)  # type: ignore[arg-type]  # one keyword an array

    monkeypatch.setattr(np, "savez", interrupted)
    checkpoint.save(saved, first, problem())
    assert checkpoint.load(saved, problem(), make("adam")).last.t == 5
    assert [path.name for path in saved.parent.iterdir()] == ["run.npz"]


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        checkpoint.load(tmp_path / "none", {}, make("sgd"))


@given(share=st.floats(0, 1, exclude_max=True))
def test_a_truncated_file_is_refused(
    tmp_path_factory: pytest.TempPathFactory, share: float
) -> None:
    path, content, _ = _written(tmp_path_factory)
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match="not a checkpoint of refgd, or it is broken"):
        checkpoint.load(path, problem(), make("adam"))


@given(place=st.integers(0), flip=st.integers(1, 255))
def test_a_changed_byte_is_found(
    tmp_path_factory: pytest.TempPathFactory, place: int, flip: int
) -> None:
    """It is refused, or it was one that says nothing, such as a time stamp."""
    path, content, so_far = _written(tmp_path_factory)
    changed = bytearray(content)
    changed[place % len(changed)] ^= flip
    path.write_bytes(changed)
    try:
        loaded = checkpoint.load(path, problem(), make("adam"))
    except ValueError as error:
        assert "checkpoint" in str(error)  # noqa: PT017 - raising is one of two ways
    else:
        assert_same(loaded, so_far)


def _written(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, bytes, SoFar]:
    path = tmp_path_factory.mktemp("run") / "run.npz"
    so_far = run_of(make("adam")).so_far
    checkpoint.save(path, so_far, problem())
    return path, path.read_bytes(), so_far


def test_a_failed_save_leaves_the_old_one(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the disk is full half way; nothing else is left."""
    before = saved.read_bytes()

    def full(file: Any, **_: Array) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    so_far = run_of(make("adam"), 5).so_far
    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", full)
        with pytest.raises(OSError, match="No space"):
            checkpoint.save(saved, so_far, problem())
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == ["run.npz"]
    checkpoint.save(saved, so_far, problem())
    assert checkpoint.load(saved, problem(), make("adam")).last.t == 5
    assert [path.name for path in saved.parent.iterdir()] == ["run.npz"]


def test_nothing_in_the_file_is_pickled(saved: Path) -> None:
    with np.load(saved, allow_pickle=False) as file:
        assert {file[name].dtype.kind for name in file.files} <= set("Uif")


@pytest.mark.parametrize("setting", [b"x", {1}, 1j], ids=repr)
def test_a_setting_that_json_cannot_hold_is_refused(setting: object) -> None:
    with pytest.raises(TypeError, match="settings must be what JSON can hold: "):
        checkpoint.problem_of(X, Y, optimizer="sgd", settings={"lr": setting})


def test_fractions_are_refused(tmp_path: Path) -> None:
    run = refgd.fit(np.array([Fraction(1), 2]), [1, 2], n_iters=1)
    with pytest.raises(TypeError, match="holds floats and integers, got dtype object"):
        checkpoint.save(tmp_path / "run.npz", run.so_far, {})
    with pytest.raises(TypeError, match="holds floats and integers"):
        checkpoint.digest(Fraction(1))
    assert list(tmp_path.iterdir()) == []


def test_autosave_saves_when_the_time_is_over(tmp_path: Path) -> None:
    """The clock ticks at each reading: 0 at the making, 3 at t = 2, which saves."""
    path, ticks = tmp_path / "run.npz", iter(range(100))
    save = checkpoint.autosave(path, problem(), seconds=3, clock=ticks.__next__)
    seen = []

    def watch(history: Any) -> None:
        save(history)
        loaded = path.exists() and checkpoint.load(path, problem(), make("adam"))
        seen.append(loaded.last.t if loaded else None)

    run_of(make("adam"), 7, stop=watch)
    assert seen == [None, None, 2, 2, 2, 5, 5, 5]
