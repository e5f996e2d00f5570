"""Memory that was freed but not given back to the system."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache


def trim() -> None:
    """Give free pages within the C library's heap back to the system, where it can (glibc).

    A step's tensors are of other sizes each time, for lines are of all widths. What they leave
    free among others grew by 5 GB an hour.
    """
    _trimmer()(0)


@cache
def _trimmer() -> Callable[[int], object]:
    try:
        function = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # another C library; on Windows None is no name
        return lambda _: 0
    function.argtypes, function.restype = [ctypes.c_size_t], ctypes.c_int
    return function
