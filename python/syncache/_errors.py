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


def in_words_of_python(message: str) -> str:
    """A message of the library, which knows the options of the program, and lines of an experiment file that is none."""
    message = re.sub(r"^(experiment:\d+|--set [^:;]+): ", "", message)
    message = re.sub(r"--(add|retrain)\b", r"\1=True", message)
    return re.sub(r"--(?=(backend|by|columns|devices|mean|memory|price|shard|threads|where)\b)", "", message)


@contextmanager
def words_of_python() -> Iterator[None]:
    """Raises what the library raises, in Python's words."""
    try:
        yield
    except ValueError as error:
        raise ValueError(in_words_of_python(str(error))) from None
    except RuntimeError as error:
        raise RuntimeError(in_words_of_python(str(error))) from None
