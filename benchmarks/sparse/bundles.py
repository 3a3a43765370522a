"""Bundle adjustment as one sparse matrix: all cameras, points and weights are unknown.

The residuals are those of `benchmarks.programs.bundle`, with the errors of the weights.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.programs import bundle
from benchmarks.sparse.problem import Answer, ByHand, Problem, text_of

#: Cameras, points and observations.
SIZES = {"bundle-small": (10, 400, 2_000), "bundle": (49, 7_776, 31_843)}

#: What is proved for directions of both modes together; for one mode it is the longest row.
LEAST = {"bundle-small": 14, "bundle": 12}


def residuals(z, cameras, points, features, camera, place):
    """Return two reprojection errors for each observation, and then the errors of the weights."""
    c = z[: 11 * cameras].reshape(cameras, 11)[camera]
    x = z[11 * cameras : 11 * cameras + 3 * points].reshape(points, 3)[place]
    weights = z[11 * cameras + 3 * points :]
    rotation = c[:, :3]
    angle = np.sqrt(np.sum(rotation * rotation, axis=1)).reshape(-1, 1)
    axis = rotation / angle
    y = x - c[:, 3:6]
    cosine, sine = np.cos(angle), np.sin(angle)
    along = np.sum(axis * y, axis=1).reshape(-1, 1)
    p = y * cosine + np.cross(axis, y) * sine + axis * along * (1.0 - cosine)
    u = p[:, :2] / p[:, 2:]
    square = np.sum(u * u, axis=1).reshape(-1, 1)
    distortion = 1.0 + c[:, 9:10] * square + c[:, 10:] * square * square
    seen = u * distortion * c[:, 6:7] + c[:, 7:9]
    errors = weights.reshape(-1, 1) * (seen - features)
    return np.concatenate([errors.ravel(), 1.0 - weights * weights])


def by_hand(data: dict[str, Any], seen: Any) -> Callable[[Any], Any]:
    """Return the Jacobian from the blocks that the program's own derivative by hand gives."""
    cameras, points, count = data["cameras"], data["points"], len(seen)
    row = np.arange(count)
    columns = np.concatenate(
        [
            11 * seen[:, :1] + np.arange(11),
            11 * cameras + 3 * seen[:, 1:] + np.arange(3),
            11 * cameras + 3 * points + row[:, None],
        ],
        axis=1,
    )
    rows = 2 * row[:, None, None] + np.arange(2)[:, None] + np.zeros(15, dtype=int)
    size = 11 * cameras + 3 * points + count
    places = [(rows, columns[:, None, :]), (2 * count + row, columns[:, 14])]
    matrix = ByHand((3 * count, size), places)

    def jacobian(z):
        split = np.split(z, (11 * cameras, 11 * cameras + 3 * points))
        camera, place = split[0].reshape(-1, 11), split[1].reshape(-1, 3)
        _, blocks = bundle.by_hand(None, camera, place, split[2], data["features"], seen)
        return matrix.filled({0: blocks, 1: -2.0 * split[2]})

    return jacobian


def problem(name: str, sizes: tuple[int, int, int] | None = None) -> Problem:
    """Return the problem of a name, with other numbers of cameras, points, and observations."""
    cameras, points, count = sizes or SIZES[name]
    *arrays, features, _ = bundle.generated(cameras, points, count)
    pairs = np.random.default_rng(1).choice(cameras * points, count, replace=False)
    seen = np.stack(np.divmod(np.sort(pairs), points), axis=1)
    weights = arrays[2] + 0.5
    data = {
        "cameras": cameras,
        "points": points,
        "features": features,
        "camera": seen[:, 0],
        "place": seen[:, 1],
    }
    x = np.concatenate([arrays[0].ravel(), arrays[1].ravel(), weights])
    source = "longest row: 10 numbers of a camera, 3 of a point, and the weight"
    answer = Answer((14, 0), None, LEAST[name], LEAST[name] == 14, 14, source)
    return Problem(
        name,
        f"bundle adjustment, {x.size} unknowns, {len(seen)} observations",
        text_of(residuals, **data),
        x,
        answer,
        lambda: by_hand(data, seen),
    )
