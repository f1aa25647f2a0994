"""The models and their parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from syncache import _core


@dataclass(frozen=True)
class Parameter:
    """One parameter of a model, by the name that it has in experiments and as a column of tables."""

    name: str
    type: str
    """integer, real, boolean, text, choice, file, or a list: integers, reals, files"""
    default: Any
    """of lists and files the text that tables show, as "100,50"; empty: none"""
    unit: str
    """empty for pure numbers"""
    allowed: str
    """in words"""
    description: str
    choices: tuple[str, ...] = ()
    """the words of a choice"""


@dataclass(frozen=True)
class Model:
    """One kind of network. What it computes is in docs/model.md."""

    name: str
    description: str
    parameters: Mapping[str, Parameter]
    """by name, in the order of the columns of tables"""
    record: tuple[str, ...]
    """what an experiment's `record` may ask for"""
    columns: tuple[str, ...]
    """of the table outcomes, beyond those that all models have"""


@cache
def _models() -> dict[str, Model]:
    found = {}
    for model in _core.models():
        parameters = {entry["name"]: Parameter(**{**entry, "choices": tuple(entry["choices"])}) for entry in model["parameters"]}
        found[model["name"]] = Model(model["name"], model["description"], parameters, tuple(model["record"]), tuple(model["columns"]))
    return found


def models() -> dict[str, Model]:
    """The models by name: what they are, and their parameters with defaults, units and what is allowed.

    >>> models()["perceptron"].parameters["threshold"].unit
    'weight'

    The same as the program's `syncache models` (docs/parameters.md). Models of your own are C++ (docs/own_model.md).
    """
    return dict(_models())
