"""Dialects: the optimizers of torch, optax, keras and scikit-learn as refgd's.

Each framework's optimizer is a row of data: its arguments in the framework's own names
and with its defaults, and what each of them means here. tests/frameworks/ runs the
frameworks themselves and holds every row against them.
"""

from refgd.dialects._call import Call, Translation
from refgd.dialects._dialect import (
    REQUIRED,
    Argument,
    Condition,
    Dialect,
    Inert,
    Picks,
    Recipe,
    Refusal,
    Sets,
    Unmodelled,
    Variant,
)
from refgd.dialects._known import DIALECTS, dialect, frameworks, get, names, recipe
from refgd.dialects._state import translate_state
from refgd.dialects._table import Row, table
from refgd.dialects._translate import translate, translate_to_all, translations

__all__ = [
    "DIALECTS",
    "REQUIRED",
    "Argument",
    "Call",
    "Condition",
    "Dialect",
    "Inert",
    "Picks",
    "Recipe",
    "Refusal",
    "Row",
    "Sets",
    "Translation",
    "Unmodelled",
    "Variant",
    "dialect",
    "frameworks",
    "get",
    "names",
    "recipe",
    "table",
    "translate",
    "translate_state",
    "translate_to_all",
    "translations",
]
