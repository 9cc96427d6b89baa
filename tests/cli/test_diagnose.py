import io
from pathlib import Path
from typing import Any

import pytest

from refgd.cli import main
from refgd.cli._arguments import Status

LOSSES = [30.0 * 1.7 ** (2 * t) for t in range(20)]  # 1 − lr · λ = −1.7
FIVE = "the largest stable one is 0.37037037037, and it is 0.5"


@pytest.mark.parametrize(
    ("header", "row", "options"),
    [
        ("", "{loss}", []),
        ("loss\n", "{loss}", []),
        ("train\n\n", "{loss}\n", []),
        ("step,loss,lr\n", "{t},{loss},0.5", []),
        ("step;error\n", "{t};{loss}", ["--column", "error", "--sep", ";"]),
    ],
)
@pytest.mark.parametrize("is_piped", [False, True])
def test_a_column_of_losses_from_anywhere(  # noqa: PLR0913, PLR0917 - pytest's
    header: str,
    row: str,
    options: list[str],
    is_piped: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [row.format(t=t, loss=loss) for t, loss in enumerate(LOSSES)]
    text = header + "\n".join(rows)
    path = tmp_path / "losses.csv"
    path.write_text(text, "utf-8")
    stdin = io.TextIOWrapper(io.BytesIO(text.encode()))
    monkeypatch.setattr("sys.stdin", stdin)
    name = "-" if is_piped else str(path)
    assert main(["diagnose", name, "--lr", "0.5", *options]) == Status.DONE
    said = capsys.readouterr().out
    assert said.startswith("the learning rate is too large: each step multiplies")
    assert FIVE in said


def test_nan_is_a_loss_and_inconclusive_has_a_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "losses.csv"
    path.write_text("3\n2\nNaN\n", "utf-8")
    assert main(["diagnose", str(path)]) == Status.DONE
    assert "the loss is NaN at step 2" in capsys.readouterr().out
    path.write_text("3\n2\n1\n", "utf-8")
    assert main(["diagnose", str(path)]) == Status.NOT_RUN
    assert capsys.readouterr().out.startswith("inconclusive: 3 losses are too few")


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("", [], "is empty"),
        ("loss\n" + "1" * 200_000, [], "line 2: field larger than field limit"),
        ("loss\n", [], "has a header but no losses"),
        ("loss\n1\nx\n", [], "line 3: 'x' is not a number"),
        ("a,loss\n1,2\n3\n", [], "line 3: '' is not a number"),
        ("a,b\n1,2\n", [], "has no column 'loss', only 'a', 'b'; say which: --column"),
        ("a\n1\n", ["--column", "b"], "has no column 'b', only 'a'"),
        ("1\n2\n", ["--lr", "0"], "lr must be above 0"),
    ],
)
def test_refusals_are_one_line(
    text: str,
    options: list[str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[Any],
) -> None:
    path = tmp_path / "losses.csv"
    path.write_text(text, "utf-8")
    assert main(["diagnose", str(path), *options]) == Status.FAILED
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
