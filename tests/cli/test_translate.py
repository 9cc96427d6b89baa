"""`refgd translate`: one framework, all of them, and what is refused."""

import pytest

from refgd.cli import main


@pytest.mark.parametrize(
    ("call", "to", "status", "line"),
    [
        ("optax.adamw(0.1)", "torch", 0, "exact: torch.optim.AdamW(lr=0.1, "),
        ("torch.optim.SGD(momentum=0.9)", "keras", 0, "exact while: keras.optimizers."),
        ("torch.optim.Adam()", "keras", 1, "none: nearest: keras.optimizers.Adam("),
        ("torch.optim.Adam()", "all", 0, "torch.optim.Adam()\n  optax    exact  "),
    ],
)
def test_call_is_translated(
    call: str, to: str, status: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["translate", call, "--to", to]) == status
    assert capsys.readouterr().out.startswith(line)


def test_refusal_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["translate", "torch.optim.Adam(bet=1)"]) == 1
    assert "has no argument 'bet'; near it: betas" in capsys.readouterr().err
