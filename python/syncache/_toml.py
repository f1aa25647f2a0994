"""Writes experiments as TOML."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from syncache._errors import as_text


def value(given: Any) -> str:
    """A value as TOML: numbers, strings, paths, lists, NumPy's arrays and scalars, ranges, and dictionaries as inline tables."""
    if isinstance(given, (np.generic, np.ndarray)):
        given = given.tolist()
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, (int, float)):
        return repr(given)  # Python's infinities, NaN and exponents are TOML's
    if isinstance(given, os.PathLike):
        given = os.fspath(given)
    if isinstance(given, str):
        return json.dumps(as_text(given), ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(given, range) and len(given) > 1:
        return f"{{ from = {given[0]}, to = {given[-1]}, step = {given.step} }}"
    if isinstance(given, Mapping):
        return "{ " + ", ".join(f"{key(name)} = {value(item)}" for name, item in given.items()) + " }"
    if isinstance(given, Iterable):
        return "[" + ", ".join(value(item) for item in given) + "]"
    raise ValueError(f"{given!r}: a {type(given).__name__}; allowed: numbers, texts, True, False, paths, and lists of them")


def key(name: str) -> str:
    """A key: bare where TOML allows it."""
    is_bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if is_bare else json.dumps(as_text(name))


def table(header: str, entries: Mapping[str, Any]) -> str:
    """A table with its header, as "[fixed]"."""
    return "\n".join([header, *(f"{key(name)} = {value(item)}" for name, item in entries.items())]) + "\n"
