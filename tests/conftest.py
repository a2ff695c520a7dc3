"""Strict numerics for every test, and one hypothesis profile for the whole suite."""

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")


@pytest.fixture(autouse=True)
def numpy_warnings_are_errors():
    """A value that overflows or divides by zero fails the test, unless the engine lets it on purpose."""
    before = np.seterr(all="raise")
    yield
    np.seterr(**before)
