"""Fitting an ordinary differential equation: six parameters, one residual for each observation."""

from functools import partial

import numpy as np

from benchmarks.cases.case import Case

#: Pelts of hares and lynxes in thousands, 1900-1920, of the Hudson's Bay Company, as printed in
#: B. Carpenter, "Predator-Prey Population Dynamics: the Lotka-Volterra model in Stan" (2018).
HARES = (
    30.0, 47.2, 70.2, 77.4, 36.3, 20.6, 18.1, 21.4, 22.0, 25.4, 27.1,
    40.3, 57.0, 76.6, 52.3, 19.5, 11.2, 7.6, 14.6, 16.2, 24.7,
)  # fmt: skip
LYNXES = (
    4.0, 6.1, 9.8, 35.2, 59.4, 41.7, 19.0, 13.0, 8.3, 9.1, 7.4,
    8.0, 12.3, 19.5, 45.7, 51.1, 29.7, 15.8, 9.7, 10.1, 8.6,
)  # fmt: skip

STEPS_PER_YEAR = 5


def population_residuals(log_pelts, parameters):
    """Return log populations, integrated by the classical Runge-Kutta method, less log data."""
    growth, predation, death, gain, hares, lynxes = parameters

    def rates(hares, lynxes):
        return (growth - predation * lynxes) * hares, (gain * hares - death) * lynxes

    step = 1.0 / STEPS_PER_YEAR
    populations = [hares, lynxes]
    for _ in range(len(log_pelts) - 1):
        for _ in range(STEPS_PER_YEAR):
            h1, l1 = rates(hares, lynxes)
            h2, l2 = rates(hares + step / 2 * h1, lynxes + step / 2 * l1)
            h3, l3 = rates(hares + step / 2 * h2, lynxes + step / 2 * l2)
            h4, l4 = rates(hares + step * h3, lynxes + step * l3)
            hares = hares + step / 6 * (h1 + 2 * h2 + 2 * h3 + h4)
            lynxes = lynxes + step / 6 * (l1 + 2 * l2 + 2 * l3 + l4)
        populations += [hares, lynxes]
    return np.log(np.stack(populations)) - log_pelts.ravel()


def build(seed):
    """Return the fit of the Lotka-Volterra equations to 21 years of hares and lynxes."""
    log_pelts = np.log(np.stack([HARES, LYNXES], axis=1))
    fitted = np.array([0.55, 0.028, 0.80, 0.024, 34.0, 5.9])
    rng = np.random.default_rng(seed)
    return Case(
        name="population",
        f=partial(population_residuals, log_pelts),
        x0=fitted * (1.0 + 0.01 * rng.standard_normal(fitted.size)),
        m=log_pelts.size,
        description="ODE fit: 6 Lotka-Volterra parameters -> residuals of 21 years of two species",
        source="Hudson's Bay Company, hares and lynxes 1900-1920",
    )
