"""What stands after an option, as the command line reads it."""

import math
from typing import Any

import pytest

from refgd.cli import _arguments
from refgd.cli._arguments import UserError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.8", 0.8),
        ("-1", -1),
        ("1e-3", 1e-3),
        ("true", True),
        ("True", True),
        ("false", False),
        ("None", None),
        ("null", None),
        ("lr", "lr"),
        ("'none'", "none"),
        ("(0.8,0.99)", (0.8, 0.99)),
        ("[0.8, 0.99]", [0.8, 0.99]),
        ("1=2", "1=2"),
        ("(((", "((("),
        pytest.param("-" * 10**5 + "1", "-" * 10**5 + "1", id="deep"),
        pytest.param("1" + 400 * "0", math.inf, id="beyond a float"),
        pytest.param(f"(1, -1{400 * '0'})", (1, -math.inf), id="beyond, in a pair"),
    ],
)
def test_a_setting_is_read_as_python_and_json_write_it(text: str, value: Any) -> None:
    name, read = _arguments.setting(f"name={text}")
    assert (name, read, type(read)) == ("name", value, type(value))


@pytest.mark.parametrize("text", ["{1}", "b'x'", "1j", "{}", "...", "(1, {2})", "{[]}"])
def test_a_setting_that_no_file_could_hold_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="--set name takes numbers, words, true, fal"):
        _arguments.setting(f"name={text}")


@pytest.mark.parametrize("text", ["name", "=1", "1=1", "", "a b=1"])
def test_a_setting_has_a_name(text: str) -> None:
    with pytest.raises(UserError, match="--set takes NAME=VALUE"):
        _arguments.setting(text)
