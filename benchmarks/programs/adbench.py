"""A reader for the files of the ADBench suite, from a folder that a user gives.

Each function returns None if the folder lacks the file, so that data is generated instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np


class UnreadableError(ValueError):
    """A file that is there, and not as the suite writes it."""


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Say of which file it is that something cannot be read.

    Raises
    ------
    UnreadableError
    """
    try:
        yield
    except (ValueError, IndexError, OSError) as error:
        raise UnreadableError(f"{path} is no such file of the suite: {error}") from error


def numbers(path: Path) -> np.ndarray:
    """Return all numbers of a file of blanks and line ends."""
    return np.array(path.read_text(encoding="ascii").split(), dtype=np.float64)


class Cursor:
    """Takes arrays off a vector of numbers, one after the other."""

    def __init__(self, flat: np.ndarray) -> None:
        self.flat, self.at = flat, 0

    def take(self, *shape: int) -> np.ndarray:
        """Return the next array."""
        size = int(np.prod(shape))
        if self.at + size > len(self.flat):
            raise ValueError(f"the file ends before an array of shape {shape}")
        part = self.flat[self.at : self.at + size].reshape(shape)
        self.at += size
        return part.copy()


def gmm(folder: Path, n: int, d: int, k: int) -> tuple[Any, ...] | None:
    """Return alphas, means, icf, x, gamma and m."""
    path = folder / "gmm" / f"{n // 1000}k" / f"gmm_d{d}_K{k}.txt"
    if not path.exists():
        return None
    with reading(path):
        cursor = Cursor(numbers(path))
        if [int(part) for part in cursor.take(3)] != [d, k, n]:
            raise ValueError(f"not about {n} points in {d} dimensions and {k} components")
        alphas, means, icf = cursor.take(k), cursor.take(k, d), cursor.take(k, d * (d + 1) // 2)
        x = cursor.take(n, d)
        gamma, m = cursor.take(2)
        return alphas, means, icf, x, float(gamma), int(m)


def lstm(folder: Path, layers: int, characters: int) -> tuple[Any, ...] | None:
    """Return weights and biases by layer, the outer parameters, the state and the sequence."""
    path = folder / "lstm" / f"lstm_l{layers}_c{characters}.txt"
    if not path.exists():
        return None
    with reading(path):
        cursor = Cursor(numbers(path))
        _, _, width = (int(part) for part in cursor.take(3))
        main = cursor.take(layers, 2, 4, width)
        outer, state = cursor.take(3, width), cursor.take(layers, 2, width)
        return main, outer, state, cursor.take(characters, width)


def bundle(folder: Path, number: int) -> tuple[Any, ...] | None:
    """Return cameras, points, weights, observed features, and which camera saw which point."""
    for path in sorted((folder / "ba").glob(f"ba{number}_n*.txt")):
        with reading(path):
            cursor = Cursor(numbers(path))
            cameras, points, seen = (int(part) for part in cursor.take(3))
            camera, point, weight, feature = (cursor.take(size) for size in (11, 3, 1, 2))
        order = np.arange(seen)
        return (
            np.tile(camera, (cameras, 1)),
            np.tile(point, (points, 1)),
            np.tile(weight, seen),
            np.tile(feature, (seen, 1)),
            np.stack([order % cameras, order % points], axis=1),
        )
    return None


def hand(folder: Path, kind: str, count: int) -> tuple[Any, ...] | None:
    """Return the model of a hand, and measured points with correspondences and parameters.

    The model is parents, relative and inverse absolute transforms of the bones, vertices,
    weights (vertices × bones) and triangles; then come indices, points, weights of corners
    (complicated only) and the 26 parameters.
    """
    base = folder / "hand" / f"{kind}_small"
    paths = sorted(base.glob(f"hand*_t26_c{count}.txt"))
    if not paths:
        return None
    with reading(base / "model"):
        model = _hand_model(base / "model")
    with reading(paths[0]):
        cursor = Cursor(numbers(paths[0]))
        cursor.take(2)
        measured = cursor.take(count, 4)
        corners = cursor.take(count, 2) if kind == "complicated" else None
        return model, measured[:, 0].astype(np.intp), measured[:, 1:], corners, cursor.take(26)


def _rows(path: Path) -> list[list[str]]:
    lines = path.read_text(encoding="ascii").split("\n")
    return [line.split(":") for line in lines if line.strip()]


def _hand_model(folder: Path) -> tuple[Any, ...]:
    bones = _rows(folder / "bones.txt")
    parents = [int(row[1]) for row in bones]
    transforms = np.array([row[2:34] for row in bones], dtype=np.float64).reshape(-1, 2, 4, 4)
    rows = _rows(folder / "vertices.txt")
    vertices = np.array([row[:3] for row in rows], dtype=np.float64)
    weights = np.zeros((len(rows), len(bones)))
    for i, row in enumerate(rows):
        for j in range(int(row[8])):
            weights[i, int(row[9 + 2 * j])] = float(row[10 + 2 * j])
    triangles = np.array(_rows(folder / "triangles.txt"), dtype=np.intp)
    return parents, transforms[:, 0], transforms[:, 1], vertices, weights, triangles
