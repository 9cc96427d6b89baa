"""`refgd fit --optimizer NAME --set NAME=VALUE`: refgd's own rules, and dialects."""

import argparse
from typing import Any

from refgd import _rules
from refgd._rules import NamedRule
from refgd.cli import _values
from refgd.cli._errors import UserError
from refgd.dialects import REQUIRED
from refgd.optimizers import Optimizer


def choose(args: argparse.Namespace, lr: float) -> tuple[Optimizer, dict[str, Any]]:
    """Return the optimizer, and its settings by name.

    Raises:
        UserError: If there is no such optimizer, or it has no such setting.
    """
    given = dict(map(_values.setting, args.set))
    try:
        rule = _rules.named(args.optimizer)
        settings = _settings(args, rule, given, lr)
        return rule.make(**settings), settings
    except (TypeError, ValueError) as error:
        msg = f"--optimizer {args.optimizer}: {error}"
        raise UserError(msg) from None


def _settings(
    args: argparse.Namespace, rule: NamedRule, given: dict[str, Any], lr: float
) -> dict[str, Any]:
    """Return what is given; for refgd's own, the defaults and lr where it has none."""
    if args.lr is not None:
        if rule.lr in given:
            msg = f"--lr and --set {rule.lr} are the same setting: give one of them"
            raise UserError(msg)
        given[rule.lr] = args.lr
    if args.optimizer not in _rules.OWN:
        return given
    defaults = rule.defaults
    if defaults["lr"] is REQUIRED:
        defaults = defaults | {"lr": lr}
    settings = defaults | given
    return {name: settings[name] for name in settings if settings[name] is not REQUIRED}
