"""NumPy arrays where an experiment names a data file."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path
from typing import Any, Union

import numpy as np
import numpy.typing as npt

_format: Any = np.lib.format  # untyped in some versions of NumPy
Test = Union[float, int, "tuple[npt.ArrayLike, npt.ArrayLike]"]


class ArrayFile:
    """An array as a file of NumPy's format, with a name made of its contents' checksum: equal arrays are one file."""

    def __init__(self, parameter: str, array: npt.NDArray[Any]) -> None:
        if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8 or array.dtype == np.float16:
            raise ValueError(f"{parameter}: an array of {array.dtype}; allowed: whole numbers, float32 and float64")
        is_plain = array.flags.c_contiguous or array.flags.f_contiguous
        self._array = array if is_plain else np.ascontiguousarray(array)
        head = io.BytesIO()
        _format.write_array_header_1_0(head, _format.header_data_from_array_1_0(self._array))
        self._head = head.getvalue()
        self._parameter = parameter
        self.name = self._name()

    def _name(self) -> str:
        digest = hashlib.sha256(self._head)
        digest.update(self._bytes())
        return f"{self._parameter}-{digest.hexdigest()[:16]}.npy"

    def _bytes(self) -> memoryview:
        """The values in their order in memory; without a copy."""
        rows = self._array if self._array.flags.c_contiguous else self._array.T
        return rows.reshape(-1).view(np.uint8).data

    def write(self, folder: Path) -> None:
        """Writes the file unless it is there; through another name, so that no half of it is ever seen."""
        if self._name() != self.name:
            raise ValueError(f"{self._parameter}: the array was changed after the experiment was made of it; make it anew")
        file = folder / self.name
        body = self._bytes()
        if file.exists() and file.stat().st_size == len(self._head) + body.nbytes:
            return
        unfinished = folder / f"{self.name}.{os.getpid()}.part"
        try:
            with open(unfinished, "wb") as out:
                out.write(self._head)
                out.write(body)
            os.replace(unfinished, file)
        finally:
            unfinished.unlink(missing_ok=True)


def images(X: npt.ArrayLike, y: npt.ArrayLike, test: Test = 0.25, seed: int = 0) -> dict[str, Any]:
    """Images and labels for a multilayer perceptron: what its `fixed` takes.

    >>> exp = Experiment("mlp", fixed=dict(hidden=50, **images(X, y)), axes=dict(seed=range(1, 6)))

    X: [images][rows][columns], or [images][pixels]; bytes (uint8), which are divided by 255, or numbers from -1 to 1.
    y: [images], whole numbers from 0 to 999.
    test: what is tested on and not trained: a part of the images, 0 < test < 1, or their number, drawn with `seed`; or
    a pair (X, y) of its own, and then nothing is drawn, and no array is copied.

    The arrays are written to files beside the results when the experiment runs: see Experiment. Raises ValueError for
    arrays of other shapes and values.
    """
    pixels, labels = _checked(np.asarray(X), np.asarray(y))
    if isinstance(test, tuple):
        test_pixels, test_labels = _checked(np.asarray(test[0]), np.asarray(test[1]))
        if test_pixels.shape[1:] != pixels.shape[1:]:
            raise ValueError(f"test: images of shape {test_pixels.shape[1:]}; allowed: {pixels.shape[1:]}, as X has")
    else:
        count = round(test * len(pixels)) if 0 < test < 1 else test
        if not (0 < count < len(pixels) and count == int(count)):
            raise ValueError(f"test = {test}; allowed: a part between 0 and 1, or a number of images below {len(pixels)}")
        order = np.random.default_rng(seed).permutation(len(pixels))
        drawn, kept = order[: int(count)], order[int(count) :]
        test_pixels, test_labels = pixels[drawn], labels[drawn]
        pixels, labels = pixels[kept], labels[kept]
    return {
        "data": "files",
        "train_images": pixels,
        "train_labels": labels,
        "test_images": test_pixels,
        "test_labels": test_labels,
    }


def _checked(pixels: npt.NDArray[Any], labels: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    if pixels.ndim not in (2, 3) or pixels.size == 0:
        raise ValueError(f"X: an array of shape {pixels.shape}; allowed: [images][rows][columns], or [images][pixels]")
    if labels.shape != pixels.shape[:1]:
        raise ValueError(f"y: an array of shape {labels.shape}; allowed: ({len(pixels)},), a label for each image")
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() > 999:
        raise ValueError("y: allowed: whole numbers from 0 to 999")
    if pixels.dtype != np.uint8:
        if pixels.dtype == np.float16 or pixels.dtype.kind not in "biuf":
            raise ValueError(f"X: an array of {pixels.dtype}; allowed: uint8, or numbers from -1 to 1")
        if not (pixels.min() >= -1 and pixels.max() <= 1):
            raise ValueError(f"X: values {pixels.min()} to {pixels.max()}; allowed: -1 to 1, or bytes (uint8) from 0 to 255")
    return pixels, labels
