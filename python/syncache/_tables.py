"""Columns as NumPy arrays, pandas' DataFrames and xarray's Datasets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas
    import xarray

Columns = dict[str, npt.NDArray[Any]]


def arrays_of(columns: Mapping[str, Any]) -> Columns:
    """The library's columns as arrays: numbers as they are, texts, which come as codes and words, as Python's."""
    return {name: _texts(*given) if isinstance(given, tuple) else given for name, given in columns.items()}


def _texts(codes: npt.NDArray[np.int32], words: Sequence[str]) -> npt.NDArray[Any]:
    return np.array(list(words), dtype=object)[codes] if words else np.array([], dtype=object)


def frame_of(columns: Columns) -> pandas.DataFrame:
    """The columns as a DataFrame. Raises ImportError that says how to get pandas."""
    try:
        import pandas
    except ImportError:
        raise ImportError("tables as DataFrames need pandas: pip install pandas; Results.arrays() needs NumPy only") from None
    return pandas.DataFrame(columns, copy=False)


def dataset_of(columns: Columns, dims: Sequence[str], units: Mapping[str, str]) -> xarray.Dataset:
    """The columns over the grid of `dims`, those of them that vary; NaN, or None of texts, where the grid has holes.

    Columns of `dims` that are the same in all rows become attributes. Raises ImportError without xarray, and ValueError
    for columns that would be mostly holes.
    """
    try:
        import xarray
    except ImportError:
        raise ImportError("xarray() needs xarray: pip install xarray") from None
    n_rows = len(columns[dims[0]])
    values, places, attributes = {}, [], {}
    for name in dims:
        distinct, place = np.unique(columns[name], return_inverse=True)
        if len(distinct) == 1:
            attributes[name] = distinct[0].item() if isinstance(distinct[0], np.generic) else distinct[0]
        elif len(distinct) > 1:
            values[name] = distinct
            places.append(place.reshape(-1))
    shape = tuple(len(one) for one in values.values())
    size = int(np.prod(shape, dtype=float))
    if size > max(100 * n_rows, 1_000_000):
        raise ValueError(f"xarray: {n_rows} rows in a grid of {size} over {', '.join(values)}; allowed: outcomes(), for axes that run together")
    place = np.ravel_multi_index(places, shape) if places else np.zeros(n_rows, dtype=int)
    data = {
        name: (tuple(values), _on_grid(column, place, shape), {"units": units[name]} if units.get(name) else {})
        for name, column in columns.items()
        if name not in dims
    }
    coordinates = {name: (name, one, {"units": units[name]} if units.get(name) else {}) for name, one in values.items()}
    return xarray.Dataset(data, coordinates, attributes)


def _on_grid(column: npt.NDArray[Any], place: npt.NDArray[np.intp], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    size = int(np.prod(shape))
    if len(column) == size:
        grid = np.empty(size, dtype=column.dtype)
    elif column.dtype == object:
        grid = np.full(size, None, dtype=object)
    else:
        grid = np.full(size, np.nan)
    grid[place] = column
    return grid.reshape(shape)
