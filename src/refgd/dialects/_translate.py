"""From one framework's optimizer to another's: the call that walks the same path."""

from functools import cache
from typing import Any

from refgd.dialects._call import Call, Translation, read_call
from refgd.dialects._dialect import REQUIRED
from refgd.dialects._known import DIALECTS, dialect, frameworks
from refgd.dialects._search import translate_call
from refgd.dialects._table import LR, Row, table


def translate(name: str, /, *, to: str, **arguments: Any) -> Translation:
    """Return what another framework has for an optimizer: the same, or the nearest.

    Args:
        name: A framework's name for it, such as ``"torch.optim.Adam"``, or a call as it
            is written, ``"torch.optim.Adam(lr=0.01)"``; of optax also a ``chain`` of
            ``clip``, ``clip_by_global_norm``, ``scale(-1.0)`` and
            ``add_decayed_weights`` before an optimizer.
        to: The framework to write it in: "torch", "optax", "keras" or "sklearn".
        **arguments: The framework's own arguments, its defaults where not given.

    Returns:
        The `Translation`. Its ``call`` is *exact*, of one optimizer or of optax's
        ``chain``; or *exact while* its ``conditions`` hold; or there is *none*, and it
        is the nearest, with what is ``lost`` and where the paths part.

    Raises:
        TypeError: As `get`.
        ValueError: As `get`, or if no framework has the name `to`.

    Guarantee:
        Every answer but *none* is run in both frameworks, within a relative error of
        1e-11 in float64: tests/frameworks/test_translate.py,
        test_translation_walks_the_same_path.

    Example:
        >>> from refgd import dialects
        >>> found = dialects.translate("torch.optim.RMSprop", alpha=0.9, to="optax")
        >>> found.call
        'optax.rmsprop(learning_rate=0.01, eps_in_sqrt=False)'
        >>> print(dialects.translate("torch.optim.SGD(momentum=0.9)", to="keras"))
        exact while: keras.optimizers.SGD(learning_rate=0.001, momentum=0.9)
          while the learning rate stays constant (test_rate_may_move_while_constant)
    """
    if to not in frameworks():
        msg = f"to must be one of {', '.join(frameworks())}, got {to!r}"
        raise ValueError(msg)
    return translate_call(DIALECTS, _call(name, arguments), to)


def translate_to_all(name: str, /, **arguments: Any) -> list[Translation]:
    """Return what each other framework has for an optimizer: see `translate`.

    Example:
        >>> from refgd import dialects
        >>> for each in dialects.translate_to_all("torch.optim.Adam(lr=0.1)"):
        ...     print(each.to, each.verdict)
        optax exact
        keras none
        sklearn none
    """
    call = _call(name, arguments)
    others = (to for to in frameworks() if to != dialect(call.name).framework)
    return [translate_call(DIALECTS, call, to) for to in others]


def _call(text: str, arguments: dict[str, Any]) -> Call:
    call = read_call(DIALECTS, text)
    given = {**call.arguments, **arguments}
    return call._replace(name=dialect(call.name).name, arguments=given)


def translations() -> list[Translation]:
    """Return the translation of each row of `table` to each other framework.

    Example:
        >>> from refgd import dialects
        >>> all_of_them = dialects.translations()
        >>> sum(each.verdict == "exact" for each in all_of_them) > 50
        True
    """
    return [*_translate_table()]


@cache  # which takes seconds
def _translate_table() -> tuple[Translation, ...]:
    return tuple(
        each
        for row in table()
        for each in translate_to_all(row.name, **(_needed(row) | dict(row.arguments)))
    )


def _needed(row: Row) -> dict[str, Any]:
    """Return a number for each argument that has no default."""
    return {name: LR for name, value in row.defaults.items() if value is REQUIRED}
