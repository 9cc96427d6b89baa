"""`refgd fit` with an optimizer, batches, validation, patience and a checkpoint."""

from pathlib import Path

import numpy as np
import pytest

import refgd
from refgd import datasets, dialects, optimizers, stopping
from refgd.cli import main

HUBBLE = "fit --dataset hubble"


def refgd_fit(capsys: pytest.CaptureFixture[str], options: str) -> list[str]:
    """Run the command, which succeeds or has not converged, and return its lines."""
    assert main(f"{HUBBLE} {options}".split()) in {0, 3}
    return capsys.readouterr().out.splitlines()


def error_of(capsys: pytest.CaptureFixture[str], options: str) -> str:
    """Run the command, which fails with one line, and return that."""
    assert main(f"{HUBBLE} {options}".split()) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    return lines[0]


def value(lines: list[str], name: str) -> float:
    """Return the number after ``name =``."""
    return float(next(t for t in lines if t.startswith(name)).split("=")[1].split()[0])


def test_the_options_are_those_of_fit(capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints what `fit` returns for the same arguments."""
    lines = refgd_fit(
        capsys,
        "--optimizer adam --set beta1=0.8 --set lr=2 --batch-size 5 --validation 0.3 "
        "--patience 4 --seed 2 --n-iters 2000",
    )
    data = datasets.hubble()
    run = refgd.fit(
        data.x,
        data.y,
        optimizer=optimizers.adam(2, beta1=0.8),
        batch_size=5,
        validation=0.3,
        stop=stopping.patience(4),
        seed=2,
        n_iters=2000,
        tol=1e-12,
    )
    assert run.reason is refgd.Reason.PATIENCE
    assert value(lines, "w[") == run.w
    assert value(lines, "loss") == run.loss
    assert value(lines, "validation  ") == run.validation
    assert f"stopped after {run.n_iters} steps: {run.reason}" in lines
    assert "validation: 7 of 24 rows held out" in lines
    assert "batches of 5 rows, seed 2" in lines
    assert any(t.startswith("optimizer = adam(lr=2, beta1=0.8, beta2=") for t in lines)


def test_the_table_has_both_losses(capsys: pytest.CaptureFixture[str]) -> None:
    """One row for each stride of --every, at the first end of an epoch after it."""
    lines = refgd_fit(capsys, "--validation 0.3 --batch-size 5 --n-iters 30 --every 10")
    rows = [line.split() for line in lines]
    head = next(i for i, row in enumerate(rows) if row[:1] == ["step"])
    assert rows[head][:3] == ["step", "loss", "validation"]
    table = rows[head + 1 : rows.index([], head)]
    assert [row[0] for row in table] == ["0", "12", "20", "30"]


@pytest.mark.parametrize(
    ("options", "setting"),
    [
        ("--optimizer momentum --lr 0.01", "lr=0.01, beta=0.9"),
        ("--optimizer momentum --set lr=0.01 --set nesterov=True", "nesterov=True"),
        ("--optimizer momentum --set lr=0.01 --set nesterov=true", "nesterov=True"),
        ("--optimizer optax.sgd --lr 0.01", "learning_rate=0.01"),
        ("--optimizer adamw --set wd=0.1 --set kind=lr", "wd=0.1, kind='lr'"),
        ("--optimizer adagrad", "adagrad(lr=0.2032"),  # a quarter of the sharp bound
    ],
)
def test_settings_reach_the_optimizer(
    capsys: pytest.CaptureFixture[str], options: str, setting: str
) -> None:
    lines = refgd_fit(capsys, f"{options} --n-iters 3")
    assert setting in next(t for t in lines if t.startswith("optimizer = "))


def test_a_framework_s_optimizer_takes_its_own_settings(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A tuple among them; and it goes on from a checkpoint like refgd's own."""
    options = "--optimizer torch.optim.Adam --lr 2 --set betas=(0.8,0.99) --tol 0"
    data = datasets.hubble()
    torch = dialects.get("torch.optim.Adam", lr=2, betas=(0.8, 0.99))
    run = refgd.fit(data.x, data.y, optimizer=torch, n_iters=9)
    path = tmp_path / "run.npz"
    refgd_fit(capsys, f"{options} --n-iters 4 --checkpoint {path}")
    lines = refgd_fit(capsys, f"{options} --n-iters 9 --checkpoint {path}")
    assert value(lines, "w[") == run.w
    assert "optimizer = torch.optim.Adam(betas=(0.8, 0.99), lr=2.0)" in lines


def test_sgd_is_plain_descent(capsys: pytest.CaptureFixture[str]) -> None:
    """Named or not; and then divergence is an error."""
    plain = refgd_fit(capsys, "--lr 0.1")
    assert refgd_fit(capsys, "--optimizer sgd --set lr=0.1") == plain
    assert "diverged" in error_of(capsys, "--optimizer sgd --lr 10")


def test_batches_have_their_own_default_lr(capsys: pytest.CaptureFixture[str]) -> None:
    lines = refgd_fit(capsys, "--batch-size 5 --n-iters 10")
    assert any("a quarter of a bound that holds for every batch" in t for t in lines)
    assert lines[-1] == "not converged"


def test_a_learning_rate_may_be_a_whole_number(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Then the advice at the end reads it like any other."""
    lines = refgd_fit(capsys, "--set lr=0 --n-iters 5")
    assert lines[-1].startswith("not converged: at lr = 0 a step need not shrink")
    assert lines == refgd_fit(capsys, "--lr 0 --n-iters 5")


def test_more_steps_than_a_machine_counts(capsys: pytest.CaptureFixture[str]) -> None:
    lines = refgd_fit(capsys, f"--n-iters {10**20} --every {10**19}")
    assert "the gradient fell to tol" in lines[-1]


@pytest.mark.parametrize(
    "options",
    [
        "--optimizer torch.optim.SGD --set lr=10 --n-iters 20",
        "--optimizer momentum --lr 10 --n-iters 20",
        "--batch-size 1 --lr 5 --n-iters 72",
    ],
)
def test_a_run_that_ends_above_its_start_fails_after_its_table(
    capsys: pytest.CaptureFixture[str], options: str
) -> None:
    assert main(f"{HUBBLE} {options}".split()) == 1
    out, err = capsys.readouterr()
    (line,) = err.splitlines()
    if not line.startswith("refgd: diverged: the loss went from "):
        assert line.startswith("refgd: the loss ended above its start: from ")
        assert f" to {value(out.splitlines(), 'loss'):.6g}" in line
        assert str(refgd.Reason.ABOVE_START) in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            "--optimizer adam2",
            "--optimizer adam2: no rule is named 'adam2'; there are adabelief, ",
        ),
        ("--optimizer weight_decay", "no rule is named 'weight_decay'; there are"),
        ("--optimizer adam --set beta3=1", "'beta3'; its settings are lr, beta1"),
        ("--optimizer adam --set beta1=2", "--optimizer adam: beta1 must be"),
        ("--optimizer torch.optim.Adam3", "no dialect is named 'torch.optim.Adam3'"),
        ("--optimizer optax.adam --set lr=1", "--optimizer optax.adam: "),
        ("--optimizer adamw", "missing a required argument: 'wd'"),
        ("--set beta1", "--set takes NAME=VALUE, such as beta1=0.8, got 'beta1'"),
        ("--set =1", "--set takes NAME=VALUE"),
        ("--optimizer adam --lr 1 --set lr=1", "--lr and --set lr are the same"),
        (
            "--optimizer optax.adam --lr 1 --set learning_rate=1",
            "--lr and --set learning_rate are the same",
        ),
        ("--set lr={1}", "--set lr takes numbers, words, true, false or none, got {1}"),
        ("--set lr=1" + 400 * "0", "--optimizer sgd: lr must be finite, got inf"),
        ("--lr x", "--lr must be a number, got 'x'"),
        ("--tol x", "--tol must be a number, got 'x'"),
        ("--n-iters 1e3", "--n-iters must be a whole number, got '1e3'"),
        ("--every x", "--every must be a whole number, got 'x'"),
        ("--batch-size x", "--batch-size must be a whole number, got 'x'"),
        ("--patience x", "--patience must be a whole number, got 'x'"),
        ("--seed x", "--seed must be a whole number, got 'x'"),
        ("--validation x", "--validation must be a number, got 'x'"),
        ("--checkpoint-every x", "--checkpoint-every must be a number, got 'x'"),
        ("--dataset bubble", "--dataset must be one of 'tutorial', 'hubble', "),
        ("--batch-size 0", "--batch-size must be at least 1, got 0"),
        ("--patience 0 --validation 0.1", "--patience must be at least 1, got 0"),
        ("--patience 3", "--patience needs --validation"),
        ("--validation 1", "--validation must lie between 0 and 1, got 1"),
        ("--seed -1", "--seed must be at least 0, got -1"),
        ("--checkpoint-every -1", "--checkpoint-every must not be negative"),
        ("--checkpoint /no/such/folder/x", "no such folder"),
    ],
)
def test_bad_options_are_one_line(
    capsys: pytest.CaptureFixture[str], options: str, message: str
) -> None:
    assert message in error_of(capsys, options)


def test_one_row_cannot_be_held_out(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "one.csv"
    path.write_text("x,y\n1,2\n")
    assert main(["fit", str(path), "--validation", "0.5"]) == 1
    assert "--validation: holding out a fraction needs" in capsys.readouterr().err


def test_a_checkpoint_goes_on(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """First 7 steps, then the rest: the output of one run, history and all."""
    path = tmp_path / "run.npz"
    common = "--optimizer momentum --batch-size 5 --validation 0.3 --every 1 --tol 0"
    saved = f"{common} --checkpoint {path}"
    refgd_fit(capsys, f"{saved} --n-iters 7")
    assert main(f"{HUBBLE} {saved} --n-iters 20".split()) == 3
    out, err = capsys.readouterr()
    assert err == "refgd: going on from step 7\n"
    assert out.splitlines() == refgd_fit(capsys, f"{common} --n-iters 20")
    again = f"{saved} --n-iters 20 --checkpoint-every 0"
    assert refgd_fit(capsys, again) == out.splitlines()


def test_another_problem_s_checkpoint_is_refused_and_kept(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "run.npz"
    refgd_fit(capsys, f"--n-iters 3 --checkpoint {path}")
    before = path.read_bytes()
    message = error_of(capsys, f"--n-iters 3 --checkpoint {path} --seed 1")
    assert "of another problem: seed was 0, now it is 1" in message
    assert "lr was" in error_of(capsys, f"--checkpoint {path} --lr 0.01")
    assert path.read_bytes() == before


def test_a_file_that_is_no_checkpoint_is_refused_and_kept(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "data.csv"
    path.write_text("x,y\n1,2\n")
    assert "is not a checkpoint of refgd" in error_of(capsys, f"--checkpoint {path}")
    assert path.read_text() == "x,y\n1,2\n"


def test_a_run_is_not_lost_with_its_checkpoint(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "run.npz"
    monkeypatch.setattr(np, "savez", full)
    argv = f"{HUBBLE} --checkpoint {path} --checkpoint-every 0".split()
    assert main(argv) == 1
    out, err = capsys.readouterr()
    line = f"refgd: cannot write {path}: No space left on device"
    assert err.splitlines() == [f"{line}; going on", line]
    assert "w[distance in Mpc] = 423.93732" in out
    assert list(tmp_path.iterdir()) == []


def test_the_plot_shows_both_losses(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib", reason="needs refgd[cli]")
    path = tmp_path / "fit.svg"
    refgd_fit(capsys, f"--validation 0.3 --plot {path}")
    assert "validation" in path.read_text(encoding="utf-8")
    refgd_fit(capsys, f"--plot {path}")
    assert "validation" not in path.read_text(encoding="utf-8")
