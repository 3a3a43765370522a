"""Hand tracking: distances between measured points and a skinned model of a hand.

A pose has 26 numbers: a global rotation vector, a translation, and for each of five fingers four
angles (two at its second bone, one at each of the next two). The transform of a bone is that of
its parent, times its own relative one, times its rotation. A vertex is the weighted sum of where
each bone would take it; the whole hand is then rotated and moved.

*Simple*: a measured point belongs to a vertex. *Complicated*: it belongs to a point of a
triangle, whose barycentric coordinates (two a point) are unknowns too; one shift of all of them
gives their block Jacobian, so that there are 28 columns. Objective and data of the ADBench suite,
as described in `benchmarks.programs.gmm`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.programs.problem import Figures, Problem, same_text

KINDS = {
    "hand-simple-c100": ("simple", 100),
    "hand-simple-c1600": ("simple", 1_600),
    "hand-complicated-c100": ("complicated", 100),
    "hand-complicated-c1600": ("complicated", 1_600),
}
FIGURES = {
    "simple": Figures(15, "-", "43-52, differences 31"),
    "complicated": Figures(15, "-", "43, differences 31"),
}
PARAMETERS = 26
PARENTS = [-1, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19, 0]


# The program --------------------------------------------------------------------------------


def axis_rotation(axis, angle):
    """Return the 4 × 4 rotation about a coordinate axis."""
    c, s, o, i = np.cos(angle), np.sin(angle), 0.0 * angle, 0.0 * angle + 1.0
    if axis == 0:
        entries = [i, o, o, o, o, c, -s, o, o, s, c, o, o, o, o, i]
    else:
        entries = [c, -s, o, o, s, c, o, o, o, o, i, o, o, o, o, i]
    return np.stack(entries).reshape(4, 4)


def global_rotation(r):
    """Return the 3 × 3 matrix of a rotation vector that is not zero."""
    angle = np.sqrt(np.sum(r * r))
    x, y, z = r[0] / angle, r[1] / angle, r[2] / angle
    s, c = np.sin(angle), np.cos(angle)
    t = 1.0 - c
    entries = [
        *(x * x + (1.0 - x * x) * c, x * y * t - z * s, x * z * t + y * s),
        *(x * y * t + z * s, y * y + (1.0 - y * y) * c, y * z * t - x * s),
        *(x * z * t - y * s, z * y * t + x * s, z * z + (1.0 - z * z) * c),
    ]
    return np.stack(entries).reshape(3, 3)


def bone_transforms(theta, parents, relative):
    """Return the transforms of all bones, one after the other."""
    absolute = []
    for bone, parent in enumerate(parents):
        finger, joint = (bone - 1) // 4, (bone - 1) % 4
        own = relative[bone]
        if 0 < bone < 21 and joint > 0:
            first = 6 + 4 * finger
            if joint == 1:
                own = own @ axis_rotation(2, theta[first + 1]) @ axis_rotation(0, theta[first])
            else:
                own = own @ axis_rotation(0, theta[first + joint])
        absolute.append(own if parent < 0 else absolute[parent] @ own)
    return absolute


def posed(theta, parents, relative, inverse, vertices, weights):
    """Return the positions of the vertices, 3 × vertices."""
    absolute = bone_transforms(theta, parents, relative)
    transforms = np.stack([a @ b for a, b in zip(absolute, inverse, strict=True)])
    moved = np.matmul(transforms[:, :3, :], vertices)
    positions = np.sum(moved * weights[:, None, :], axis=0)
    return global_rotation(theta[:3]) @ positions + theta[3:6][:, None]


def simple(theta, parents, relative, inverse, vertices, weights, triangles, chosen, points):
    """Return measured points minus the vertices that they belong to, 3 × points."""
    return points - posed(theta, parents, relative, inverse, vertices, weights)[:, chosen]


def complicated(unknowns, parents, relative, inverse, vertices, weights, *measured):
    """Return measured points minus points of triangles; the last two unknowns shift corners."""
    triangles, chosen, points, corners = measured
    positions = posed(unknowns[:26], parents, relative, inverse, vertices, weights)
    first, second = corners[0] + unknowns[26], corners[1] + unknowns[27]
    corner = triangles[chosen]
    on_model = (
        first * positions[:, corner[:, 0]]
        + second * positions[:, corner[:, 1]]
        + (1.0 - first - second) * positions[:, corner[:, 2]]
    )
    return points - on_model


# By hand ------------------------------------------------------------------------------------


def by_hand_simple(theta, parents, relative, inverse, vertices, weights, triangles, chosen, points):
    """Return residuals and Jacobian (3 × points × 26), for the vertices needed alone."""
    needed, place = np.unique(chosen, return_inverse=True)
    positions, slopes = _posed(
        theta, parents, relative, inverse, vertices[:, needed], weights[:, needed]
    )
    return points - positions[:, place], -slopes[:, :, place].transpose(1, 2, 0)


def by_hand_complicated(unknowns, parents, relative, inverse, vertices, weights, *measured):
    """Return residuals and Jacobian (3 × points × 28)."""
    triangles, chosen, points, corners = measured
    needed, place = np.unique(triangles[chosen], return_inverse=True)
    positions, slopes = _posed(
        unknowns[:26], parents, relative, inverse, vertices[:, needed], weights[:, needed]
    )
    place = place.reshape(-1, 3)
    first, second = corners + unknowns[26:, None]
    shares = np.stack([first, second, 1.0 - first - second])
    corner = positions[:, place]
    jacobian = np.empty((PARAMETERS + 2, *points.shape))
    np.einsum("kipc,cp->kip", slopes[:, :, place], -shares, out=jacobian[:26])
    jacobian[26] = corner[:, :, 2] - corner[:, :, 0]
    jacobian[27] = corner[:, :, 2] - corner[:, :, 1]
    residuals = points - np.einsum("ipc,cp->ip", corner, shares)
    return residuals, jacobian.transpose(1, 2, 0)


def _posed(theta, parents, relative, inverse, vertices, weights):
    """Return the positions and their derivatives, parameters first.

    Turning a joint moves all bones beyond it by one matrix: the generator of the rotation, seen
    from where the bone hangs. So what the bones contribute is summed from the tips inwards.
    """
    absolute, generators = _joints(theta, parents, relative)
    moved = np.matmul(absolute @ inverse, vertices)
    moved *= weights[:, None, :]
    fingers = moved[1:21].reshape(5, 4, 4, -1)
    beyond = fingers[:, [3, 2, 1]].cumsum(axis=1)[:, [2, 2, 1, 0]]
    turned = np.matmul(generators[:, :, :3], beyond).reshape(20, 3, -1)
    positions = moved[:, :3].sum(axis=0)
    rotation, in_rotation = _global(theta[:3])
    slopes = np.empty((PARAMETERS, *positions.shape))
    np.matmul(in_rotation, positions, out=slopes[:3])
    slopes[3:6] = np.eye(3)[:, :, None]
    np.matmul(rotation, turned, out=slopes[6:])
    return rotation @ positions + theta[3:6, None], slopes


def _joints(theta, parents, relative):
    """Return the transforms of all bones, and 5 × 4 generators as seen from the origin."""
    angles = theta[6:].reshape(5, 4)
    cosine, sine = np.cos(angles), np.sin(angles)
    turns = np.zeros((5, 4, 4, 4))
    turns[:] = np.eye(4)
    for column, (i, j) in enumerate([(1, 2), (0, 1), (1, 2), (1, 2)]):
        turns[:, column, i, i] = turns[:, column, j, j] = cosine[:, column]
        turns[:, column, j, i] = sine[:, column]
        turns[:, column, i, j] = -sine[:, column]
    own = relative.copy()
    joints = own[1:21].reshape(5, 4, 4, 4)
    joints[:, 1] = joints[:, 1] @ turns[:, 1] @ turns[:, 0]
    joints[:, 2:] = joints[:, 2:] @ turns[:, 2:]
    absolute = np.empty_like(own)
    for bone, parent in enumerate(parents):
        absolute[bone] = own[bone] if parent < 0 else absolute[parent] @ own[bone]
    frames = absolute[1:21].reshape(5, 4, 4, 4)[:, [1, 1, 2, 3]]
    plain = np.zeros((5, 4, 4, 4))
    plain[:, :, 2, 1], plain[:, :, 1, 2] = 1.0, -1.0
    plain[:, 1] = 0.0  # about z, before the turn about x
    plain[:, 1, 1, 0], plain[:, 1, 0, 1] = 1.0, -1.0
    plain[:, 1] = turns[:, 0].transpose(0, 2, 1) @ plain[:, 1] @ turns[:, 0]
    return absolute, frames @ plain @ np.linalg.inv(frames)


def _global(r):
    """Return the rotation matrix of a vector and its three derivatives."""
    t2 = r @ r
    t = np.sqrt(t2)
    cosine, s = np.cos(t), np.sin(t) / t
    c = (1.0 - cosine) / t2
    units = np.eye(3)
    cross = np.cross(units, units[:, None])  # of each unit vector, as a matrix
    turn, square = np.tensordot(r, cross, 1), np.outer(r, r)
    matrix = cosine * units + s * turn + c * square
    common = -s * units + (cosine - s) / t2 * turn + (s - 2.0 * c) / t2 * square
    mixed = units[:, :, None] * r
    return matrix, r[:, None, None] * common + s * cross + c * (mixed + mixed.transpose(0, 2, 1))


# Data ---------------------------------------------------------------------------------------


def generated_model(vertices: int = 544, seed: int = 0) -> tuple[Any, ...]:
    """Return a random model: bones, transforms, vertices, weights and triangles."""
    rng = np.random.default_rng(seed)
    relative = np.tile(np.eye(4), (22, 1, 1))
    relative[:, :3, :3] = [_global(r)[0] for r in rng.standard_normal((22, 3))]
    relative[1:, :3, 3] = rng.standard_normal((21, 3)) * 0.3
    absolute: list[Any] = []
    for own, parent in zip(relative, PARENTS, strict=True):
        absolute.append(own if parent < 0 else absolute[parent] @ own)
    weights = rng.random((vertices, 22)) * (rng.random((vertices, 22)) < 0.15)
    weights[:, 0] += 0.1
    weights /= weights.sum(axis=1, keepdims=True)
    triangles = rng.integers(0, vertices, (2 * vertices - 4, 3))
    inverse = np.linalg.inv(np.stack(absolute))
    return PARENTS, relative, inverse, rng.standard_normal((vertices, 3)), weights, triangles


def generated(kind: str, count: int, seed: int = 0) -> tuple[Any, ...]:
    """Return a random model, correspondences, measured points, corners and parameters."""
    model = generated_model(seed=seed)
    rng = np.random.default_rng(seed + 1)
    limit = len(model[3] if kind == "simple" else model[5])
    chosen, points = rng.integers(0, limit, count), rng.standard_normal((count, 3))
    corners = rng.random((count, 2)) / 2 if kind == "complicated" else None
    return model, chosen, points, corners, rng.standard_normal(PARAMETERS)


def problem(name: str, data: Path | None = None, quick: bool = False) -> Problem:
    """Return the problem of a name, with the suite's data if a folder is given."""
    del quick
    kind, count = KINDS[name]
    found, source = generated(kind, count), "generated"
    if data is not None:
        from benchmarks.programs import adbench

        read = adbench.hand(data, kind, count)
        if read is not None:
            found, source = read, "the suite's data"
    (*bones, vertices, weights, triangles), chosen, points, corners, theta = found
    homogeneous = np.concatenate([vertices.T, np.ones((1, len(vertices)))])
    model = (*bones, homogeneous, np.ascontiguousarray(weights.T), triangles)
    f, by_hand = (simple, by_hand_simple)
    args = (theta, *model, chosen, np.ascontiguousarray(points.T))
    if kind == "complicated":
        f, by_hand = (complicated, by_hand_complicated)
        args = (np.append(theta, [0.0, 0.0]), *args[1:], np.ascontiguousarray(corners.T))
    return Problem(
        name,
        f"hand tracking, {kind}, {count} points, {len(args[0])} columns ({source})",
        f,
        args,
        by_hand,
        kind="columns",
        figures=FIGURES[kind],
        texts=same_text(f, "autograd", "torch", "JAX jit", "differences"),
    )
