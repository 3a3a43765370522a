"""Forward kinematics of a robot arm and calibration of a camera: few inputs, many outputs."""

from functools import partial

import numpy as np

from benchmarks.cases.case import Case

#: The cross product as matrices: tensordot(v, CROSS, 1) @ p equals the cross product of v and p.
CROSS = np.array(
    [
        [[0.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]],
        [[0.0, 0.0, 1.0], [0.0, 0.0, 0.0], [-1.0, 0.0, 0.0]],
        [[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
    ]
)

#: Joint axes alternate between z and y; lengths in metres as in a common seven-axis arm.
JOINT_AXES = (2, 1, 2, 1, 2, 1, 2)
LINK_LENGTHS = (0.34, 0.20, 0.20, 0.20, 0.20, 0.063, 0.063)
POINTS_PER_LINK, RADIUS = 10, 0.05

#: A helix around a link of radius and length one.
TURNS = np.arange(1, POINTS_PER_LINK + 1) / POINTS_PER_LINK
SURFACE = np.stack([np.cos(6.0 * TURNS), np.sin(6.0 * TURNS), TURNS], axis=1)

BOARD_COLUMNS, BOARD_ROWS, SQUARE = 11, 8, 0.03


def arm_points(angles):
    """Return the positions of ten points on the surface of each link, flattened."""
    sines, cosines = np.sin(angles), np.cos(angles)
    frame, joint = np.eye(3), np.zeros(3)
    points = []
    for i, (axis, length) in enumerate(zip(JOINT_AXES, LINK_LENGTHS, strict=True)):
        turn = CROSS[axis]
        frame = frame @ (np.eye(3) + sines[i] * turn + (1.0 - cosines[i]) * (turn @ turn))
        points.append(joint + (SURFACE * [RADIUS, RADIUS, length]) @ frame.T)
        joint = joint + length * frame[:, 2]
    return np.concatenate(points).ravel()


def build_arm(seed):
    """Return the kinematics of a seven-axis arm in a bent pose."""
    return Case(
        name="arm",
        f=arm_points,
        x0=np.random.default_rng(seed).uniform(-1.2, 1.2, len(JOINT_AXES)),
        m=3 * POINTS_PER_LINK * len(JOINT_AXES),
        description="robot arm: 7 joint angles -> positions of 70 points on its surface",
        source="link lengths of a common seven-axis arm",
    )


def reprojection_residuals(board, seen, parameters):
    """Return where a camera should see the corners of a board, less where it saw them.

    Parameters are the pose of the board (rotation vector, translation), focal lengths, principal
    point, and the lens after Brown (1966): two tangential and three radial coefficients.
    """
    rotation, shift, focal, centre, tangential, radial = np.split(parameters, [3, 6, 8, 10, 12])
    points = rotate(rotation, board) + shift
    flat = points[:, :2] / points[:, 2:]
    square = np.sum(flat**2, axis=1, keepdims=True)
    stretch = 1.0 + square * (radial[0] + square * (radial[1] + square * radial[2]))
    lens = flat * (stretch + 2.0 * (flat @ tangential)[:, None]) + square * tangential
    return (focal * lens + centre - seen).ravel()


def rotate(rotation, points):
    """Turn `points` (N, 3) about the vector `rotation` by its length: Rodrigues' formula."""
    angle = np.sqrt(rotation @ rotation)
    turn = np.tensordot(rotation / angle, CROSS, axes=1)
    matrix = np.eye(3) + np.sin(angle) * turn + (1.0 - np.cos(angle)) * (turn @ turn)
    return points @ matrix.T


def build_camera(seed):
    """Return the residuals of one photograph of an 11 x 8 calibration board."""
    rng = np.random.default_rng(seed)
    columns, rows = np.meshgrid(np.arange(BOARD_COLUMNS), np.arange(BOARD_ROWS))
    corners = np.stack([columns.ravel(), rows.ravel(), np.zeros(columns.size)], axis=1)
    board = SQUARE * (corners - corners.mean(axis=0))
    pose = [0.3, -0.4, 0.1, 0.02, -0.01, 0.6]
    truth = np.array([*pose, 800.0, 805.0, 320.0, 240.0, 1e-3, -5e-4, -0.2, 0.1, 0.01])
    pixels = reprojection_residuals(board, 0.0, truth)
    seen = (pixels + 0.2 * rng.standard_normal(pixels.size)).reshape(-1, 2)
    return Case(
        name="camera",
        f=partial(reprojection_residuals, board, seen),
        x0=truth * (1.0 + 0.01 * rng.standard_normal(truth.size)),
        m=pixels.size,
        description="bundle adjustment of one view: pose and lens -> 88 reprojection residuals",
        source="generated: calibration board, 0.2 pixels of noise",
    )
