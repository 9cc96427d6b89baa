"""The user's function: what its parameters are, and how to call it on an example."""

import inspect
import sys
import warnings
from collections.abc import Callable
from types import GeneratorType
from typing import Any, NamedTuple

import numpy as np

from refgd.testing import _clock
from refgd.testing.accumulation._examples import RATE, Batch, Example
from refgd.testing.accumulation._ranks import run_ranks
from refgd.testing.gradient import _signature as gradient
from refgd.testing.step._check import NAMES as STEP_NAMES

#: The names that a parameter of each role goes by, in lower case.
NAMES = {
    "batches": "batches batch_list micro_batches microbatches mini_batches minibatches "
    "loader dataloader data_loader train_loader dataset data chunks parts shards",
    "xs": "xs x_batches batches_x x_parts",
    "ys": "ys y_batches batches_y y_parts",
    "x": gradient.NAMES["x"],
    "y": gradient.NAMES["y"],
    "mask": "mask m attention_mask loss_mask valid keep",
    "w": gradient.NAMES["w"],
    "lr": STEP_NAMES["lr"],
    "all_reduce": "all_reduce allreduce all_reduce_sum all_sum psum reduce",
    "all_mean": "all_mean allmean all_reduce_mean mean_reduce all_average pmean",
    "rank": "rank local_rank rank_id",
    "n_ranks": "n_ranks num_ranks ranks world_size worldsize n_workers",
    "n_batches": "n_batches num_batches accumulation_steps accum_steps n_accum "
    "gradient_accumulation_steps grad_accumulation_steps grad_accum_steps",
    "n_items": "n_items num_items num_items_in_batch n_samples num_samples n_tokens "
    "num_tokens total",
}
# the first role that has a name keeps it: xs and ys are lists here, data are batches
ROLES = {name: role for role in reversed(NAMES) for name in NAMES[role].split()}

#: By these roles a function is one that each rank runs.
OF_RANKS = {"all_reduce", "all_mean", "rank", "n_ranks"}

#: In what the numbers come: Fractions first, and tensors where nothing else runs.
KINDS = ("fractions", "float64", "float32", "tensor")


class Form(NamedTuple):
    """How a function is called: in which numbers, and whether batches are a list."""

    kind: str
    as_list: bool = True


class Given(NamedTuple):
    """What one rank is called with: its arguments, and the arrays among them."""

    arguments: dict[str, Any]
    arrays: list[tuple[Any, Any]]  # as given, and a copy


class UserFunction:
    """A function of the user's, and the roles of its parameters."""

    def __init__(self, function: Callable[..., Any], signature: str | None) -> None:
        """Find the roles; TypeError if they cannot be told apart."""
        self.function = function
        self.name = getattr(function, "__name__", None) or repr(function)
        parameters = _read_parameters(function)
        if signature is None:
            parameters = _list_told(parameters)
            self.roles = _tell_by_name(self.name, [p.name for p in parameters])
        else:
            self.roles = tuple(role.strip() for role in signature.split(","))
        self._refuse_roles()
        needed = [p for p in parameters if p.default is p.empty]
        chosen = needed if len(needed) == len(self.roles) else parameters
        by_name = {p.name: role for role, p in zip(self.roles, chosen, strict=False)}
        apart = [
            p for p in chosen if p.kind is p.KEYWORD_ONLY or p.default is not p.empty
        ]
        self.keywords = {by_name[p.name]: p.name for p in apart if p.name in by_name}

    def _refuse_roles(self) -> None:
        if len(set(self.roles)) < len(self.roles) or not set(self.roles) <= set(NAMES):
            msg = f"signature must name {', '.join(NAMES)}, once each, got {self.roles}"
            raise ValueError(msg)
        sources = [{"batches"}, {"xs", "ys"}, {"x", "y"}]
        given = next((s for s in sources if s <= set(self.roles)), None)
        by_rank = bool(OF_RANKS & set(self.roles))
        if given is None or ("x" in given and not by_rank):
            msg = (
                f"{self.name}({', '.join(self.roles)}) must take batches; or x and y "
                "of one rank, and all_reduce. Say it in order, such as "
                "signature='w, batches' or 'w, x, y, all_reduce'"
            )
            raise TypeError(msg)
        self.ranked = ("x" if "x" in given else "batches") if by_rank else ""
        if "w" not in {*self.roles, *gradient.read_globals(self.function)}:
            msg = f"{self.name} takes no w, and there is no global w"
            raise TypeError(msg)

    def give(self, example: Example, rank: int, form: Form) -> Given:
        """Return fresh arguments for a rank, but all_reduce."""
        own = example.ranks[rank]
        batches = [Batch(*(_convert(a, form.kind) for a in batch)) for batch in own]
        w = _convert(example.w, form.kind, weight=True)
        pairs = [tuple(a for a in batch if a is not None) for batch in batches]
        lists = {
            "batches": pairs,
            "xs": [b.x for b in batches],
            "ys": [b.y for b in batches],
        }
        values = {
            **{r: v if form.as_list else iter(v) for r, v in lists.items()},
            "mask": batches[0].mask if "x" in self.roles else [b.mask for b in batches],
            "x": batches[0].x,
            "y": batches[0].y,
            "w": w,
            "lr": RATE if form.kind == "fractions" else float(RATE),
            "rank": rank,
            "n_ranks": len(example.ranks),
            "n_batches": len(own),
            "n_items": sum(b.counted for b in example.batches),
        }
        arrays = [a for pair in pairs for a in pair]
        arrays += [] if "lr" in self.roles else [w]  # a step may be taken in place
        kept = [(a, a.copy()) for a in arrays if isinstance(a, np.ndarray)]
        return Given({r: values[r] for r in self.roles if r in values} | {"w": w}, kept)

    def __call__(self, example: Example, form: Form) -> tuple[list[Any], bool]:
        """Return the answer of each rank, and whether the inputs are as they were."""
        n = len(example.ranks)
        given = [self.give(example, rank, form) for rank in range(n)]

        def call(rank: int, all_reduce: Any) -> Any:
            values = dict(given[rank].arguments)
            values["all_reduce"] = all_reduce
            values["all_mean"] = lambda value: all_reduce(value, "mean")
            with np.errstate(all="ignore"):
                return self._call(values)

        with warnings.catch_warnings(), _clock.stopped():
            warnings.simplefilter("ignore")
            own = {} if "w" in self.roles else {"w": given[0].arguments["w"]}
            with gradient.set_globals(self.function, own):
                answers = run_ranks(call, n) if self.ranked else [call(0, None)]
        arrays = [pair for each in given for pair in each.arrays]
        return answers, all(np.array_equal(now, before) for now, before in arrays)

    def _call(self, values: dict[str, Any]) -> Any:
        """Return the answer; w itself where there is none, but a learning rate."""
        by_place = [values[role] for role in self.roles if role not in self.keywords]
        by_name = {name: values[role] for role, name in self.keywords.items()}
        answer = self.function(*by_place, **by_name)
        if isinstance(answer, GeneratorType):  # the last is what it comes to
            answer = [None, *answer][-1]
        in_place = answer is None and "lr" in self.roles and np.ndim(values["w"])
        return values["w"] if in_place else answer

    def write_call(self, rename: dict[str, str]) -> str:
        """Write the call, with a variable for each role; some have other names."""
        by_place = [rename.get(r, r) for r in self.roles if r not in self.keywords]
        by_name = [f"{name}={rename.get(r, r)}" for r, name in self.keywords.items()]
        return f"{self.name}({', '.join([*by_place, *by_name])})"


def _read_parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        every = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # it does not tell
        return []
    return [p for p in every if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def _list_told(parameters: list[inspect.Parameter]) -> list[inspect.Parameter]:
    """Return those without a default, and a learning rate or all_reduce with one."""
    given = OF_RANKS | {"lr"}
    return [
        p for p in parameters if p.default is p.empty or _find_role(p.name) in given
    ]


def _find_role(name: str) -> str:
    return ROLES.get(name.lower().strip("_"), "")


def _tell_by_name(name: str, wanted: list[str]) -> tuple[str, ...]:
    found = [_find_role(each) for each in wanted]
    if not wanted or not all(found) or len(set(found)) < len(found):
        msg = (
            f"{name}({', '.join(wanted)}): which parameter is w, batches, lr or "
            "all_reduce? Say it in order, such as signature='w, batches'"
        )
        raise TypeError(msg)
    return tuple(found)


def _convert(value: Any, kind: str, *, weight: bool = False) -> Any:
    """Return a copy of exact numbers, or of a mask, in a kind of number."""
    if value is None:
        return None
    entries = np.asarray(value)
    if entries.dtype != bool and kind != "fractions":
        entries = entries.astype("f4" if kind == "float32" else "f8")
    if kind == "tensor":
        tensor = sys.modules["torch"].tensor(entries)
        return tensor.requires_grad_() if weight else tensor
    return entries.copy()[()]
