"""What the library says of a mistake, in Python's words."""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


class PartialResults(UserWarning):
    """A results file lacks trials of its experiment; what it was asked for is of the others."""


class Interrupted(KeyboardInterrupt):
    """A run was interrupted. What was trained is stored, and the same run goes on from there."""


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warns of the line that called the package, however deep in it this is said."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and os.path.dirname(frame.f_code.co_filename) == os.path.dirname(__file__):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def as_text(given: str) -> str:
    """The text, if the library can take it. Raises ValueError for half of a surrogate pair, which is no character."""
    try:
        given.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{given!r}: holds half of a surrogate pair; allowed: Unicode characters") from None
    return given


def in_words_of_python(message: str) -> str:
    """A message of the library, which knows the options of the program, and lines of an experiment file that is none."""
    message = re.sub(r"^(experiment:\d+|--set [^:;]+): ", "", message)
    message = re.sub(r"--(add|retrain)\b", r"\1=True", message)
    return re.sub(r"--(?=(backend|by|columns|devices|mean|memory|price|shard|threads|where)\b)", "", message)


@contextmanager
def words_of_python() -> Iterator[None]:
    """Raises what the library raises, in Python's words; what a user's function raises passes as it is."""
    try:
        yield
    except (ValueError, RuntimeError) as error:
        if type(error) not in (ValueError, RuntimeError) or not _comes_from_here(error):
            raise
        raise type(error)(in_words_of_python(str(error))) from None


def _comes_from_here(error: Exception) -> bool:
    """Whether the innermost line of Python that an error went through is the package's, which calls the library."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and os.path.dirname(trace.tb_frame.f_code.co_filename) == os.path.dirname(__file__)
