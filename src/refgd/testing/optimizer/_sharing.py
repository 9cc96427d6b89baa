"""One state for all weights: each weight goes on from where the last one left it."""

from collections.abc import Sequence

import numpy as np

from refgd._types import Array
from refgd.testing.optimizer._edits import states
from refgd.testing.optimizer._equations import Line
from refgd.testing.optimizer._program import Inputs, function, start_of
from refgd.testing.optimizer._target import Target


def describe_sharing(
    lines: tuple[Line, ...], target: Target, whose: str = "weights"
) -> str | None:
    """Say that all weights have one state, or one t, if that explains what was seen."""
    kept = states(lines)
    every = [tuple(kept), *((name,) for name in kept)] if len(kept) > 1 else [(*kept,)]
    for shared in (*every, ()):
        for counted in (False, True):
            path = _run(lines, target.data, shared, counted=counted)
            if (np.abs(path - target.seen) <= target.allowed).all():
                what = "their states" if len(shared) > 1 else "".join(shared)
                t = "t grows by 1 for each" if counted else ""
                own = f"each goes on from the last one's{', and ' + t if t else ''}"
                said = f"share {what}: {own}" if shared else f"share t: {t}"
                return f"{whose} {said}"
    return None


def _run(
    lines: Sequence[Line], data: Inputs, shared: tuple[str, ...], *, counted: bool
) -> Array:
    """Return the trajectories (T + 1, P, D)."""
    places = data.start.shape[1]
    each = [data.at(j) for j in range(places)]
    envs = [start_of(lines, one) for one in each]
    made = [[(name, function(text, env)) for name, text in lines] for env in envs]
    rows = [data.start]
    for i in range(len(data.each)):
        common = {name: envs[-1][name] for name in shared} if i else {}
        for j, env in enumerate(envs):
            env.update({**each[j].each[i], **common})
            if counted:
                env["t"] = np.float64(i * places + j + 1)
            for name, made_by in made[j]:
                env[name] = made_by()
            common = {name: env[name] for name in shared}
        rows.append(np.concatenate([env["w"] for env in envs], axis=1))
    return np.stack(rows)
