"""Arrays in tuples, lists and dicts, as one flat array; tensors stay what they are."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from refgd._types import Array


class Block(NamedTuple):
    """A part of the flat array that has a name and a shape of its own."""

    name: str
    shape: tuple[int, ...]
    start: int

    @property
    def size(self) -> int:
        """Return how many entries it has."""
        return int(np.prod(self.shape, dtype=int))

    @property
    def part(self) -> slice:
        """Return where it lies."""
        return slice(self.start, self.start + self.size)

    def entry(self, j: int) -> str:
        """Return the name of an entry, given its place in the flat array."""
        if not self.shape:
            return self.name
        index = np.unravel_index(j - self.start, self.shape)
        return f"{self.name}[{', '.join(str(int(i)) for i in index)}]"


@dataclass(frozen=True)
class Layout:
    """How a structure of arrays lies in one flat array.

    Attributes:
        blocks: Its arrays, in order.
        build: From the flat array to the structure.
        children: Of a container: the layout of each part, by its key.
    """

    blocks: tuple[Block, ...]
    build: Callable[[Any], Any]
    children: Mapping[Any, "Layout"] | None = None

    @property
    def size(self) -> int:
        """Return how many numbers there are."""
        return sum(block.size for block in self.blocks)

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape of the only array, else that of the flat one."""
        return self.blocks[0].shape if len(self.blocks) == 1 else (self.size,)


def children_of(value: Any) -> dict[Any, Any] | None:
    """Return the parts of a container; None for an array, or a list of numbers."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return dict(zip(value._fields, value, strict=True))
    if not isinstance(value, tuple | list) or _is_matrix(value):
        return None
    return dict(enumerate(value)) if any(map(_is_array, value)) else None


def _is_array(value: Any) -> bool:
    if isinstance(value, Mapping | list | tuple):
        return True
    return hasattr(value, "__array__") and not isinstance(value, np.generic)


def _is_matrix(value: Sequence[Any]) -> bool:
    """Whether a list of lists of numbers is meant for an array."""
    try:
        lists = all(isinstance(each, list) for each in value)
        return lists and np.asarray(value).dtype.kind in "biufO"
    except ValueError:
        return False


def _detach(value: Any) -> Any:
    """Return a tensor as an array; leave all else alone."""
    return value.detach().cpu().numpy() if hasattr(value, "detach") else value


def lay_out(value: Any, name: str, start: int = 0, *, inside: bool = False) -> Layout:
    """Return the layout of a structure of arrays, tensors or numbers."""
    parts = children_of(value)
    if parts is None:
        array = np.asarray(_detach(value))
        block = Block(name, array.shape, start)
        return Layout((block,), _make_builder(value, block))
    layouts: dict[Any, Layout] = {}
    at = start
    for key, part in parts.items():
        own = _name_part(name, key, plain=isinstance(key, str) and not inside)
        layouts[key] = lay_out(part, own, at, inside=True)
        at += layouts[key].size
    blocks = tuple(block for each in layouts.values() for block in each.blocks)

    def build(flat: Any) -> Any:
        built = {key: each.build(flat) for key, each in layouts.items()}
        return _put_together(value, built)

    return Layout(blocks, build, layouts)


def _name_part(name: str, key: Any, *, plain: bool) -> str:
    if plain:
        return str(key)
    return f"{name}.{key}" if isinstance(key, str) else f"{name}[{key}]"


def _put_together(like: Any, built: dict[Any, Any]) -> Any:
    if isinstance(like, Mapping):
        try:
            return type(like)(built)  # type: ignore[call-arg]
        except TypeError:  # it needs more, as a defaultdict does
            return built
    if hasattr(like, "_fields"):
        return type(like)(**built)
    return type(like)(built.values())


def _make_builder(value: Any, block: Block) -> Callable[[Any], Any]:
    """Return the function that makes such an array, tensor or number."""

    def cut(flat: Any) -> Any:
        return np.array(flat[block.part]).reshape(block.shape)[()]

    if hasattr(value, "detach"):  # of torch
        floating = value.is_floating_point()

        def make_tensor(flat: Any) -> Any:
            like = value.detach() if floating else value.detach().double()
            return like.new_tensor(cut(flat)).requires_grad_(value.requires_grad)

        return make_tensor
    space = getattr(value, "__array_namespace__", None)
    if space is None or isinstance(value, np.ndarray | np.generic):
        return cut
    kind = value.dtype if np.dtype(value.dtype).kind == "f" else None
    return lambda flat: space().asarray(cut(flat), dtype=kind)  # of jax


def is_single(value: Any) -> bool:
    """Whether all arrays of a structure are tensors in float32, or shorter."""
    kinds = [getattr(each, "dtype", None) for each in _leaves(value)]
    return bool(kinds) and all(
        not isinstance(each, np.ndarray | np.generic)
        and str(kind).rpartition(".")[2] in ("float32", "float16", "bfloat16")
        for each, kind in zip(_leaves(value), kinds, strict=True)
    )


def double(value: Any) -> Any:
    """Return a structure whose tensors of torch or jax in short floats are in float64.

    What is no such tensor stays what it is.
    """
    parts = children_of(value)
    if parts is not None:
        return _put_together(value, {key: double(part) for key, part in parts.items()})
    if not is_single(value):
        return value
    if hasattr(value, "detach"):
        return value.detach().double().requires_grad_(value.requires_grad)
    return value.astype(float)  # of jax


def _leaves(value: Any) -> list[Any]:
    parts = children_of(value)
    if parts is None:
        return [value]
    return [leaf for part in parts.values() for leaf in _leaves(part)]


def flatten(value: Any) -> Array:
    """Return all numbers of a structure in one flat array, of the dtype they have."""
    arrays = [np.ravel(np.asarray(_detach(leaf))) for leaf in _leaves(value)]
    if len(arrays) == 1:
        return arrays[0]
    return np.concatenate(arrays) if arrays else np.empty(0)


def read_matrix(answer: Any, rows: Layout, columns: Layout) -> Array | None:
    """Return a derivative as (rows, columns); None where its shape is another.

    Of a structure it may have the same structure, of rows in columns; or it is an
    array of both shapes, or of both sizes. Axes of length 1 may be missing.
    """
    parts = children_of(answer)
    if parts is not None:
        if rows.children is not None and parts.keys() == rows.children.keys():
            below = [
                read_matrix(parts[key], each, columns)
                for key, each in rows.children.items()
            ]
            axis = 0
        elif columns.children is not None and parts.keys() == columns.children.keys():
            below = [
                read_matrix(parts[key], rows, each)
                for key, each in columns.children.items()
            ]
            axis = 1
        elif columns.children is None and len(parts) == 1:
            return read_matrix(next(iter(parts.values())), rows, columns)
        else:
            return None
        found = [each for each in below if each is not None]
        return np.concatenate(found, axis) if len(found) == len(below) else None
    array = np.asarray(_detach(answer))
    told = ((*rows.shape, *columns.shape), (rows.size, columns.size))
    if not any(_drop_ones(array.shape) == _drop_ones(shape) for shape in told):
        return None
    return array.reshape(rows.size, columns.size)


def _drop_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(length for length in shape if length != 1)


def name_blocks(layout: Layout, given: Mapping[str, tuple[int, ...]] | None) -> Layout:
    """Return the layout with the names and shapes that a user gives to a flat w.

    Raises:
        ValueError: If they do not fill it, or w has blocks of its own.
    """
    if given is None:
        return layout
    blocks = tuple(_place(given))
    count = sum(block.size for block in blocks)
    if layout.children is not None or count != layout.size:
        msg = f"blocks must name the {layout.size} entries of a flat w, got {count}"
        raise ValueError(msg)
    return Layout(blocks, layout.build, None)


def _place(given: Mapping[str, Any]) -> Iterator[Block]:
    start = 0
    for name, shape in given.items():
        sizes = shape if isinstance(shape, Sequence) else [shape]
        block = Block(name, tuple(map(int, sizes)), start)
        yield block
        start += block.size
