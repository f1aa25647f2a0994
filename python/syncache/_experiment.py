"""Experiments: what is to be trained."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from syncache import _core, _toml
from syncache._arrays import ArrayFile
from syncache._errors import as_text, words_of_python
from syncache._models import _models
from syncache._running import Plan, ProgressChoice, plan_of, request, train
from syncache._tables import arrays_of, frame_of

if TYPE_CHECKING:
    import pandas

    from syncache._results import Results

PathLike = Union[str, "os.PathLike[str]"]
Settings = Mapping[str, Any]


class Experiment:
    """What is to be trained, priced and recorded: an experiment file as an object, with the same words.

    >>> exp = Experiment("perceptron",
    ...     fixed=dict(inputs=200, variant="local-global", tau=1000),
    ...     axes=dict(patterns=[100, 200], threshold=np.geomspace(1, 16, 5), seed=range(1, 4)),
    ...     accounting=dict(maintenance_cost=[0, 0.01]), record=["weights"])

    model: "perceptron", "mlp" or "spiking"; `models()` tells their parameters, units and ranges (docs/parameters.md).
    fixed: parameters that are the same in every trial.
    axes: parameters with their values; every combination is a trial, and the first axis varies slowest. A list, a
    range, an array, or a dictionary such as {"from": 1, "to": 16, "count": 5, "scale": "log"}.
    zip: names of axes that run together, step by step, instead of crossed; or several such groups.
    points: explicit settings instead of, or crossed with, axes.
    accounting: price lists (docs/model.md, section 1): maintenance_cost c, energy per unit of abs(transient weight) and
    presentation; transient_change_cost b; persistent_cost; exponent alpha, so that a change of a persistent weight
    costs abs(change)**alpha; potentiation_only. Every combination is evaluated on every trial, at no further training.
    record: what is kept beside outcomes: "epochs", "traces", "distribution", "weights", ... as the model has it.
    name: of the experiment. folder: where relative paths of data files start; by default the current folder.

    A parameter that is a data file (patterns_file, targets_file, train_images, ..., initial_weights) takes a path, or a
    NumPy array [patterns][inputs] and so on (docs/data.md). Arrays are written beside the results when the experiment
    runs, in files named by their checksums, so that results say what they were trained on and a run resumes. Where
    there are arrays, relative paths become absolute.

    Raises ValueError that names the key, what was found, what is allowed, and the nearest key.
    """

    def __init__(
        self,
        model: str,
        fixed: Settings | None = None,
        axes: Settings | None = None,
        zip: Sequence[str] | Sequence[Sequence[str]] | None = None,
        points: Iterable[Settings] | None = None,
        accounting: Settings | None = None,
        record: Sequence[str] | str | None = None,
        *,
        name: str = "experiment",
        folder: PathLike | None = None,
    ) -> None:
        self._arrays: dict[str, ArrayFile] = {}
        self._folder = Path(folder if folder is not None else ".").absolute()
        points = list(points or [])
        data = _DataFiles(model, self._arrays, self._folder, [fixed or {}, axes or {}, *points])
        axes = data.axes(axes or {})
        if zip is not None:
            axes = {"zip": zip if all(isinstance(one, str) for one in zip) else [list(group) for group in zip], **axes}
        text = f"name = {_toml.value(name)}\nmodel = {_toml.value(model)}\n"
        if record is not None:
            text += f"record = {_toml.value([record] if isinstance(record, str) else record)}\n"
        for header, table in [("[fixed]", data.settings(fixed or {})), ("[axes]", axes)]:
            text += "\n" + _toml.table(header, table) if table else ""
        for point in points:
            text += "\n" + _toml.table("[[points]]", data.settings(point))
        text += "\n" + _toml.table("[accounting]", accounting) if accounting else ""
        self._read(text, "experiment", [])

    def _read(self, text: str, origin: str, overrides: Sequence[str]) -> None:
        with words_of_python():
            read = _core.parse(text, self._folder, origin, overrides)
        self._text: str = read["text"]
        self.name: str = read["name"]
        """the experiment's name"""
        self.model: str = read["model"]
        """the model's name"""
        self._trials: int = read["trials"]
        self._files: set[str] = read["files"]

    @property
    def text(self) -> str:
        """The experiment as TOML: what `save` writes, and what results record."""
        return self._text

    def __len__(self) -> int:
        """How many trials it has."""
        return self._trials

    def __repr__(self) -> str:
        return f"<Experiment {self.name!r}: {self.model}, {self._trials} trial{'' if self._trials == 1 else 's'}>"

    def save(self, path: PathLike) -> Path:
        """Writes the experiment file, which `load` and the program read, and its arrays beside it. Returns the path.

        Raises ValueError where it names data files relative to another folder than the file's.
        """
        file = Path(path)
        with self._located(file.absolute().parent) as folder:
            if folder != file.absolute().parent and self._files:
                raise ValueError(f"{file}: the experiment names {min(self._files)}, relative to {folder}; allowed: a file there")
            file.write_text(self._text, encoding="utf-8")
        return file

    def plan(
        self,
        path: PathLike | None = None,
        *,
        threads: int | None = None,
        backend: str = "auto",
        devices: Iterable[int] | None = None,
        memory: int | str | None = None,
        shard: str | tuple[int, int] | None = None,
    ) -> Plan:
        """What `run` would do, with the same options: trials, batches, memory, expected time. Changes nothing.

        path: a results file, there or not, whose trials count as done. Raises as `run` does.
        """
        results = "" if path is None else str(Path(path).absolute())
        asked = request(self._text, results, threads, backend, devices, memory, shard)
        with tempfile.TemporaryDirectory() as scratch, self._located(Path(scratch)) as folder:
            return plan_of(asked, folder)

    def run(
        self,
        path: PathLike,
        *,
        threads: int | None = None,
        backend: str = "auto",
        devices: Iterable[int] | None = None,
        memory: int | str | None = None,
        shard: str | tuple[int, int] | None = None,
        progress: ProgressChoice = None,
        add: bool = False,
        retrain: bool = False,
    ) -> Results:
        """Trains what the results file lacks, stores it there, and returns the results.

        The same call again goes on where the last one ended, and trains nothing twice. What a trial gives does not
        depend on threads, backend or shard, to the last bit. Other threads of Python run meanwhile.

        path: the results file (SQLite), made or added to.
        threads: CPU threads; all cores by default. backend: "auto" (every GPU and every core), "cpu" or "cuda".
        devices: GPUs by number. memory: host memory that the run may hold, in bytes or as "8GB".
        shard: part i of n, as "i/n" or (i, n); "auto": the task of an array job that this is (docs/sweeps.md).
        progress: None: a bar on a terminal and in a notebook (tqdm, where it is installed); True or False: always, or
        never; or a function that is called with a Progress, five times a second.
        add: also into the results file of an experiment of another name, whose trials stay in it.
        retrain: also train stored trials again that lack prices (exponents) or records that are asked for.

        Ctrl-C, or the stop button of a notebook, lets the trials in hand end, a second one gives them up; then
        Interrupted, a KeyboardInterrupt, is raised. An exception of `progress` ends the run as Ctrl-C does.
        Raises ValueError for what is wrong with experiment, data or options, before anything but arrays is written, and
        RuntimeError where something fails: a full disk, or memory that does not suffice for a trial.
        """
        from syncache._results import Results

        results = Path(path).absolute()
        asked = request(self._text, str(results), threads, backend, devices, memory, shard)
        asked.add, asked.retrain = add, retrain
        with self._located(results.parent) as folder:
            train(asked, folder, progress, self.name)
        return Results(path)

    def theory(self) -> pandas.DataFrame:
        """What the theory says of each trial and price list, before any training: as of Results.theory.

        Raises ValueError for a model without closed forms.
        """
        with tempfile.TemporaryDirectory() as scratch, self._located(Path(scratch)) as folder:
            with words_of_python():
                return frame_of(arrays_of(_core.theory_of_experiment(self._text, str(folder))))

    @contextmanager
    def _located(self, beside: Path) -> Iterator[Path]:
        """The folder where paths start: that of the experiment; with arrays `beside`, where they are written now."""
        if not self._arrays:
            yield self._folder
            return
        if not beside.is_dir():
            raise FileNotFoundError(errno.ENOENT, "no such folder for the arrays", str(beside))
        for array in self._arrays.values():
            array.write(beside)
        yield beside


def load(path: PathLike, **settings: Any) -> Experiment:
    """Reads an experiment file (TOML; docs/experiment_files.md describes it).

    settings: parameters, prices or `record` in place of what the file has, or more axes, as the program's --set:
    load("fig3.toml", seed=range(1, 21)). Relative paths of data files start in the file's folder.
    Raises ValueError that names file, line and key, and OSError for a file that cannot be read.
    """
    file = Path(path)
    loaded = Experiment.__new__(Experiment)
    loaded._arrays = {}
    loaded._folder = file.absolute().parent
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"{file}: is no text; allowed: an experiment file (TOML); syncache.Results opens results") from None
    loaded._read(text, str(file), [f"{as_text(name)}={_toml.value(item)}" for name, item in settings.items()])
    return loaded


class _DataFiles:
    """Replaces arrays, where a parameter is a data file, by the names of the files that they will be written to."""

    def __init__(self, model: str, arrays: dict[str, ArrayFile], folder: Path, tables: Sequence[Settings]) -> None:
        known = _models().get(model)
        self._types = {name: one.type for name, one in known.parameters.items()} if known else {}
        self._arrays = arrays
        self._folder = folder
        self._has_arrays = any(
            self._types.get(name) in ("file", "files") and _holds_array(given) for table in tables for name, given in table.items()
        )

    def settings(self, table: Settings) -> dict[str, Any]:
        """One value for each parameter."""
        return {name: self._value(name, given) for name, given in table.items()}

    def axes(self, table: Settings) -> dict[str, Any]:
        """Several values for each parameter."""
        return {name: self._values(name, given) for name, given in table.items()}

    def _values(self, name: str, given: Any) -> Any:
        is_data = self._types.get(name) in ("file", "files")
        return [self._value(name, one) for one in given] if is_data and _is_list(given) else given

    def _value(self, name: str, given: Any) -> Any:
        kind = self._types.get(name)
        if kind == "files" and _is_list(given):
            return [self._file(name, one) for one in given]
        return self._file(name, given) if kind in ("file", "files") else given

    def _file(self, name: str, given: Any) -> Any:
        if isinstance(given, np.ndarray):
            array = ArrayFile(name, given)
            return self._arrays.setdefault(array.name, array).name
        if self._has_arrays and isinstance(given, (str, os.PathLike)) and os.fspath(given):
            return str(self._folder / given)
        return given


def _is_list(given: Any) -> bool:
    return isinstance(given, (list, tuple))


def _holds_array(given: Any) -> bool:
    return isinstance(given, np.ndarray) or (_is_list(given) and any(map(_holds_array, given)))
