"""The seam to pyarrow's kernels.

pyarrow's stubs type each kernel by overloads over scalars, arrays and expressions that code for "a column"
cannot satisfy, so columns are untyped behind this seam; tables, and every door, are typed.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow
import pyarrow.compute

#: A pyarrow array.
Column: TypeAlias = Any
#: pyarrow, for making and reading columns.
arrow: Any = pyarrow
#: pyarrow.compute
pc: Any = pyarrow.compute


def boolean(column: Column) -> npt.NDArray[np.bool_]:
    """Return a boolean column as NumPy, null as false."""
    flags: npt.NDArray[np.bool_] = column.fill_null(False).to_numpy(zero_copy_only=False)
    return flags
