"""What the rows of the fault table share."""

import pytest

import adkit as ad


@pytest.fixture(params=["reverse", "forward"])
def gradient(request):
    """Return a transform that gives gradients, by one of the modes."""
    return ad.grad if request.param == "reverse" else ad.jacfwd
