"""The problems of ``python -m benchmarks sparse``, with few unknowns."""

from benchmarks.sparse import borders, bundles, coupled, energies, grids, lines, networks

SMALL = {
    "stencil-1d": (grids, (20,)),
    "stencil-2d": (grids, (9, 10)),
    "stencil-3d": (grids, (7, 8, 9)),
    "bratu": (grids, (9, 9)),
    "brusselator-32": (grids, (8, 8)),
    "burgers": (lines, 20),
    "lorenz96": (lines, 20),
    "band-1e4": (lines, 30),
    "arrow": (borders, 50),
    "arrow-band": (borders, 60),
    "frame": (borders, 200),
    "shooting-100": (borders, 12),
    "free-end-100": (borders, 40),
    "power": (networks, 100),
    "bundle-small": (bundles, (4, 30, 100)),
    "arrow-hessian": (energies, 30),
    "lattice-hessian": (energies, 36),
    "soft-max": (coupled, 9),
    "layer-norm": (coupled, 9),
    "dense": (coupled, 12),
    "h-equation": (coupled, 12),
}


def made(name):
    module, size = SMALL[name]
    return module.problem(name, size)
