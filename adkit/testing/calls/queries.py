"""Questions about an array."""

from adkit.testing.sampling import sample

sample("numpy.shape", "numpy.ndim", "numpy.size", "numpy.iscomplexobj", "numpy.isrealobj")(
    lambda d: d.call(d.array())
)
sample("numpy.iscomplex", "numpy.isreal")(lambda d: d.call(d.array()))
sample("numpy.result_type", "numpy.common_type")(lambda d: d.call(d.array(), d.array()))
sample("numpy.result_type")(lambda d: d.call(d.array(), "f"))
sample("numpy.can_cast")(lambda d: d.call(d.array(), d.choose(*"fdD")))
sample("numpy.array_equal", "numpy.allclose", "numpy.isclose")(
    lambda d: d.call(x := d.array(), d.choose(x, d.array(x.shape)))
)
