"""Bundle adjustment: reprojection errors of points seen by cameras, and their block Jacobian.

A camera has eleven numbers: a rotation vector r, a centre C, a focal length f, a principal point
x0 and two radial distortions k. A point X appears at

    p = R(r) (X - C),  u = p[:2] / p[2],  f (1 + k1 |u|^2 + k2 |u|^4) u + x0,

and the residual is the difference to the feature, times a weight. Of every residual the
derivatives in its camera (11), point (3) and weight (1) are wanted: 15 columns, found by one
common shift of all cameras, points and weights. The errors of the weights, 1 - w^2, are left
out: their derivative is -2 w. Rotation vectors must not be zero. Objective and data of the ADBench
suite, as described in `benchmarks.programs.gmm`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.programs.problem import Figures, Problem, same_text

SIZES = {
    "ba1": (1, 49, 7_776, 31_843),
    "ba2": (2, 21, 11_315, 36_455),
    "ba3": (3, 161, 48_126, 182_072),
}
FIGURES = Figures(8, "3.2-3.8", "20-31")
COLUMNS = 15


# The program --------------------------------------------------------------------------------


def rotate(rotation, x):
    """Rotate each row of `x` by the rotation vector in the same row."""
    angle = np.sqrt(np.sum(rotation**2, axis=1))[:, None]
    axis = rotation / angle
    cosine, sine = np.cos(angle), np.sin(angle)
    along = np.sum(axis * x, axis=1)[:, None]
    return x * cosine + np.cross(axis, x) * sine + axis * along * (1.0 - cosine)


def errors(cameras, points, weights, features):
    """Return the residuals of observations, one row each."""
    p = rotate(cameras[:, :3], points - cameras[:, 3:6])
    u = p[:, :2] / p[:, 2:]
    square = np.sum(u * u, axis=1)
    distortion = 1.0 + cameras[:, 9] * square + cameras[:, 10] * square**2
    seen = u * distortion[:, None] * cameras[:, 6:7] + cameras[:, 7:9]
    return weights[:, None] * (seen - features)


def residuals(cameras, points, weights, features, seen):
    """Return all residuals; `seen` tells camera and point of each."""
    return errors(cameras[seen[:, 0]], points[seen[:, 1]], weights, features)


def shifted(shift, cameras, points, weights, features, seen):
    """Return all residuals with every camera, point and weight shifted alike."""
    return errors(
        cameras[seen[:, 0]] + shift[:11],
        points[seen[:, 1]] + shift[11:14],
        weights + shift[14],
        features,
    )


# By hand ------------------------------------------------------------------------------------


def by_hand(shift, cameras, points, weights, features, seen):
    """Return the residuals and their derivatives (observations × 2 × 15) by the chain rule.

    Arrays are laid out with the observations last.
    """
    del shift  # zero
    camera = cameras[seen[:, 0]].T
    p, d_rotation, matrix = _rotated(camera[:3], points[seen[:, 1]].T - camera[3:6])
    focal, radial = camera[6], camera[9:]
    u = p[:2] / p[2]
    square = u[0] * u[0] + u[1] * u[1]
    distortion = 1.0 + square * (radial[0] + radial[1] * square)
    bend = 2.0 * (radial[0] + 2.0 * radial[1] * square)
    scale = weights * focal
    in_u = scale * bend * u[:, None] * u[None]  # 2 × 2
    in_u[0, 0] += scale * distortion
    in_u[1, 1] += scale * distortion
    in_p = np.empty((2, 3, len(weights)))
    np.divide(in_u, p[2], out=in_p[:, :2])
    in_p[:, 2] = -(in_p[:, 0] * u[0] + in_p[:, 1] * u[1])
    jacobian = np.zeros((2, COLUMNS, len(weights)))
    jacobian[:, :3] = in_p[:, :1] * d_rotation[0] + in_p[:, 1:2] * d_rotation[1]
    jacobian[:, :3] += in_p[:, 2:] * d_rotation[2]
    in_point = jacobian[:, 11:14]
    in_point += in_p[:, :1] * matrix[0]
    in_point += in_p[:, 1:2] * matrix[1]
    in_point += in_p[:, 2:] * matrix[2]
    np.negative(in_point, out=jacobian[:, 3:6])
    bent = u * distortion
    jacobian[:, 6] = weights * bent
    jacobian[0, 7] = jacobian[1, 8] = weights
    jacobian[:, 9] = scale * square * u
    jacobian[:, 10] = jacobian[:, 9] * square
    error = bent * focal + camera[7:9] - features.T
    jacobian[:, 14] = error
    return (weights * error).T, jacobian.transpose(2, 0, 1)


def _rotated(r, v):
    """Return the rotated vectors, their derivatives in r, and the rotation matrices.

    With s = sin t / t, c = (1 - cos t) / t^2 and t = |r| the rotated vector is
    cos(t) v + s r × v + c r (r . v).
    """
    t2 = (r * r).sum(axis=0)
    t = np.sqrt(t2)
    cosine = np.cos(t)
    s, c = np.sin(t) / t, (1.0 - cosine) / t2
    s_slope, c_slope = (cosine - s) / t2, (s - 2.0 * c) / t2  # over t
    cross = np.stack(
        [r[1] * v[2] - r[2] * v[1], r[2] * v[0] - r[0] * v[2], r[0] * v[1] - r[1] * v[0]]
    )
    inner = (r * v).sum(axis=0)
    common = -s * v + s_slope * cross + (c_slope * inner) * r
    d_r = common[:, None] * r
    scaled = c * r
    d_r += scaled[:, None] * v
    matrix = scaled[:, None] * r
    twist, turn = s * v, s * r
    for i in range(3):
        d_r[i, i] += c * inner
        matrix[i, i] += cosine
        j, k = (i + 1) % 3, (i + 2) % 3
        d_r[j, i] -= twist[k]
        d_r[k, i] += twist[j]
        matrix[j, i] += turn[k]
        matrix[k, i] -= turn[j]
    return cosine * v + s * cross + scaled * inner, d_r, matrix


# Data ---------------------------------------------------------------------------------------


def generated(cameras: int, points: int, seen: int, seed: int = 0) -> tuple[Any, ...]:
    """Return random cameras, points, weights, features, and which camera saw which point."""
    rng = np.random.default_rng(seed)
    camera = rng.standard_normal((cameras, 11)) * 0.1
    camera[:, 0] += 0.5
    camera[:, 5] -= 10.0
    camera[:, 6] += 2.0
    order = np.stack([rng.integers(0, cameras, seen), rng.integers(0, points, seen)], axis=1)
    data = rng.standard_normal((points, 3)), rng.random(seen), rng.standard_normal((seen, 2))
    return camera, *data, order


def problem(name: str, data: Path | None = None, quick: bool = False) -> Problem:
    """Return the problem of a name, with the suite's data if a folder is given."""
    del quick
    number, *sizes = SIZES[name]
    arrays, source = generated(*sizes), "generated"
    if data is not None:
        from benchmarks.programs import adbench

        found = adbench.bundle(data, number)
        if found is not None:
            arrays, source = found, "the suite's data"
    return Problem(
        name,
        f"bundle adjustment, block Jacobian of {len(arrays[2])} observations ({source})",
        shifted,
        (np.zeros(COLUMNS), *arrays),
        by_hand,
        kind="columns",
        plain=lambda: residuals(*arrays),
        figures=FIGURES,
        texts=same_text(shifted, "autograd", "torch", "JAX jit", "differences"),
    )
