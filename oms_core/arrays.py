"""The arrays that numbers are kept in, and the arithmetic that numpy lacks.

Belongs here: their types, quotients, running sums. Does not belong here: anything that knows what the numbers mean.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def divide(top: Floats, bottom: Floats, otherwise: float) -> Floats:
    """`top` ÷ `bottom`, and `otherwise` where the bottom is not positive."""
    quotient = np.full(top.shape, otherwise)
    np.divide(top, bottom, out=quotient, where=bottom > 0)
    return quotient


def running(values: Floats) -> Floats:
    """Sums along the rows: column d is that of the first d columns, so that there is one column more."""
    sums = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=sums[:, 1:])
    return sums
