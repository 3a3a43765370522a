"""Questions about an array."""

from adkit.testing.sampling import sample

sample("numpy.shape", "numpy.ndim", "numpy.size", "numpy.iscomplexobj", "numpy.isrealobj")(
    lambda d: d.call(d.array())
)
sample("numpy.iscomplex", "numpy.isreal")(lambda d: d.call(d.array()))
sample("numpy.result_type", "numpy.common_type")(lambda d: d.call(d.array(), d.array()))
sample("numpy.result_type")(lambda d: d.call(d.array(), "f"))
sample("numpy.can_cast")(lambda d: d.call(d.array(), d.choose(*"fdD")))
sample("numpy.min_scalar_type")(lambda d: d.call(d.array()))
sample("numpy.array_repr", "numpy.array_str", "numpy.array2string")(
    lambda d: d.call(d.array(ndim=(1, 3)))  # NumPy refuses scalars
)
sample("numpy.diag_indices_from")(lambda d: d.call(d.array((3, 3))))
sample("numpy.tril_indices_from", "numpy.triu_indices_from")(
    lambda d: d.call(d.array(ndim=2), **d.some(k=[1]))
)
sample("numpy.array_equal", "numpy.array_equiv", "numpy.allclose", "numpy.isclose")(
    lambda d: d.call(x := d.array(), d.choose(x, d.array(x.shape)))
)
