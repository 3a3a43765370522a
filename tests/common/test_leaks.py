"""Values that outlive their transform are refused, wherever they turn up."""

import numpy as np
import pytest

import adkit as ad
from adkit.common import errors


def leaked_by(transform):
    kept = []
    transform(lambda x: kept.append(x * x) or x)(2.0)
    return kept[0]


USES = {
    "an operator": lambda leak: leak * 2,
    "a reflected operator": lambda leak: 2 - leak,
    "a function": lambda leak: np.sin(leak),
    "an index": lambda leak: leak[()],
    "a reduction": lambda leak: np.sum(leak),
    "a definition": lambda leak: np.std(leak),
    "a join": lambda leak: np.stack([leak, leak]),
    "a Node": lambda leak: ad.Node(leak) * 1.0,
    "a Dual": lambda leak: ad.Dual(leak, 1.0) * 1.0,
    "in grad": lambda leak: ad.grad(lambda x: x * leak)(1.0),
    "in derivative": lambda leak: ad.derivative(lambda x: x * leak)(1.0),
    "as the result of grad": lambda leak: ad.grad(lambda x: leak)(1.0),
    "as the result of jvp": lambda leak: ad.jvp(lambda x: leak, (1.0,), (1.0,)),
    "as the result of vjp": lambda leak: ad.vjp(lambda x: leak, 1.0),
    "as a result among others": lambda leak: ad.jacfwd(lambda x: (x, leak))(1.0),
    "as an argument": lambda leak: ad.grad(lambda x: x * x)(leak),
    "as a tangent": lambda leak: ad.jvp(lambda x: x * x, (1.0,), (leak,)),
    "as a cotangent": lambda leak: ad.vjp(lambda x: x * x, 1.0)[1](leak),
}


@pytest.mark.parametrize("transform", [ad.grad, ad.derivative, ad.jacfwd, ad.jacrev])
@pytest.mark.parametrize("use", USES.values(), ids=list(USES))
def test_a_value_used_after_its_transform_has_ended(transform, use):
    leak = leaked_by(transform)
    with pytest.raises(errors.LeakedTraceError, match="after the transform") as caught:
        use(leak)
    assert isinstance(caught.value, RuntimeError)
    assert "test_leaks.py:" in str(caught.value)
    assert "has_aux=True" in str(caught.value)


@pytest.mark.parametrize("transform", [ad.grad, ad.derivative])
def test_the_numbers_of_a_leaked_value_can_be_had(transform):
    leak = leaked_by(transform)
    assert ad.value(leak) == 4.0
    assert type(ad.value(leak)) is np.float64
    assert f"{leak:.1f}" == "4.0"
    assert leak.shape == ()
    assert leak > 3
    assert "4.0" in repr(leak)


def test_a_leaked_value_of_an_outer_transform_that_still_runs_is_none():
    def outer(x):
        kept = []
        ad.grad(lambda y: kept.append(x * y) or y)(3.0)  # kept: belongs to the inner transform
        kept_outer = []
        ad.grad(lambda y: kept_outer.append(x * x) or y)(3.0)
        with pytest.raises(errors.LeakedTraceError):
            kept[0] * 1.0
        return kept_outer[0] * 1.0

    assert ad.grad(outer)(2.0) == 4.0
    assert ad.derivative(outer)(2.0) == 4.0
