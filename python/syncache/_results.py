"""Results: what a run has stored."""

from __future__ import annotations

import errno
import numbers
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

import numpy as np
import numpy.typing as npt

from syncache import _core, _toml
from syncache._errors import PartialResults, as_text, warn, words_of_python
from syncache._explore import Page, page_of
from syncache._models import _models
from syncache._tables import Columns, arrays_of, dataset_of, frame_of

if TYPE_CHECKING:
    import pandas
    import xarray

PathLike = Union[str, "os.PathLike[str]"]
Names = Union[str, Iterable[str]]


class Results:
    """A results file, also while it is being written: each call reads it anew.

    Tables have a `trial` column, a number to join them by, then all parameters of the model; the columns are those of
    docs/columns.md and the values, to the last bit, those that `syncache export` writes. Energies are in units of
    |weight change|**exponent (docs/model.md, section 1).

    What evaluates the file warns with PartialResults where it lacks trials of its experiment. Raises FileNotFoundError,
    and ValueError for a file that holds no results.
    """

    def __init__(self, path: PathLike) -> None:
        self.path = Path(path)
        self._file = str(self.path)
        self._prices: dict[str, str] = {}
        if not self.path.exists():
            raise FileNotFoundError(errno.ENOENT, "no such results file", self._file)
        self._counts()

    def __repr__(self) -> str:
        planned, done = self._counts()
        return f"<Results {self._file!r}: {done} of {planned} trials>"

    @property
    def complete(self) -> bool:
        """Whether every trial of the experiment is there, those of other shards included."""
        return self.missing == 0

    @property
    def missing(self) -> int:
        """How many trials of the experiment are not there."""
        planned, done = self._counts()
        return max(0, planned - done)

    @property
    def failed(self) -> int:
        """How many trials the latest runs could not train, for want of memory; they are missing, too."""
        return int(self.status()["failed"])

    def status(self) -> dict[str, Any]:
        """What is planned (of the file's shards), done, missing, failed and not converged; rate and time left of a run that
        is going on; all runs with their commits, machines and times (UTC): as `syncache status --json` prints it."""
        with words_of_python():
            return _core.status(self._file)

    def outcomes(self, columns: Names | None = None, where: str = "", mean: str = "", varying: bool = False) -> pandas.DataFrame:
        """One row for each trial and price list.

        columns: only these, in this order. where: a condition in SQL, as "tau = 300 AND converged". mean: a parameter
        to average over, mostly "seed": means, and standard errors in columns that end in _se. varying: leave out columns
        that are the same in all rows; they are in the frame's attrs["constants"].
        Raises ValueError for an unknown column, with the nearest one.
        """
        return self.table("outcomes", columns, where, mean, varying)

    def table(self, name: str, columns: Names | None = None, where: str = "", mean: str = "", varying: bool = False) -> pandas.DataFrame:
        """A table: "outcomes", or what was recorded: "epochs", "traces", "distribution", "checkpoints", "presentations".

        The other arguments are those of `outcomes`; `mean` is for outcomes alone.
        """
        found, constants = self._table(name, columns, where, mean, varying)
        frame = frame_of(found)
        if varying:
            frame.attrs["constants"] = {name: one.tolist()[0] for name, one in constants.items()}
        return frame

    def arrays(self, name: str = "outcomes", columns: Names | None = None, where: str = "", mean: str = "") -> Columns:
        """The same as a dictionary of NumPy arrays, one for each column; without pandas."""
        return self._table(name, columns, where, mean, False)[0]

    def _table(self, name: str, columns: Names | None, where: str, mean: str, varying: bool) -> tuple[Columns, Columns]:
        self._warn_if_partial()
        with words_of_python():
            rows, constants = _core.table(
                self._file, self._price_words(), as_text(name), _names(columns), as_text(where), as_text(mean), varying
            )
        return arrays_of(rows), arrays_of(constants)

    def reprice(self, **prices: Any) -> Results:
        """The same results at other prices; nothing is written or trained.

        prices: maintenance_cost, transient_change_cost, persistent_cost, exponent, potentiation_only: a value or a list
        of each, in place of the experiment's. Raises ValueError for an unknown price, and for an exponent (or another
        price) whose sums the trainings did not tally: that needs run(..., retrain=True).
        """
        other = Results(self.path)
        other._prices = {**self._prices, **{name: _toml.value(one) for name, one in prices.items()}}
        with words_of_python():
            _core.table(self._file, other._price_words(), "outcomes", ["trial"], "0", "", False)
        return other

    def optimum(self, over: str = "threshold", seeds: str = "common") -> pandas.DataFrame:
        """Where the energy is least, for each combination of the other parameters and each price list.

        over: a parameter that is a number. seeds: "common", values are compared on the seeds that converged at all of
        them; "all", at each value on all that converged there. The columns are described in docs/optimum.md, how
        it is done in docs/model.md, section 9: low and high ends of the values that the seeds cannot tell from the best
        one, and `edge`, whether the best one lies at an end of what was tried.
        """
        if seeds not in ("common", "all"):
            raise ValueError(f"seeds = {seeds!r}; {_core.nearest(str(seeds), ['common', 'all'])}allowed: common, all")
        self._warn_if_partial()
        with words_of_python():
            return frame_of(arrays_of(_core.optimum(self._file, self._price_words(), as_text(over), seeds == "all")))

    def reach(self, accuracy: float | Iterable[float], by: Names | None = None, confirm: int = 0) -> pandas.DataFrame:
        """Energy and presentations at which accuracies are reached first, from checkpoints of multilayer perceptrons.

        accuracy: one or more, above 0, at most 1. by: parameters that tell rows apart; all but the seed by default.
        confirm: 0, interpolated between the checkpoints around the crossing; k, the first of k checkpoints in a row.
        Means with their 95 % intervals (Student's t); docs/model.md, section 10, says how much the distance of
        checkpoints matters.
        """
        levels = [float(one) for one in np.atleast_1d(np.asarray(accuracy, dtype=float))]
        if not all(0 < level <= 1 for level in levels):
            raise ValueError(f"accuracy = {accuracy}; allowed: above 0, at most 1")
        if not 0 <= confirm <= 1_000_000:
            raise ValueError(f"confirm = {confirm}; allowed: 0 to 1000000")
        self._warn_if_partial()
        with words_of_python():
            return frame_of(arrays_of(_core.reach(self._file, self._price_words(), levels, _names(by), confirm)))

    def theory(self, table: str = "outcomes") -> pandas.DataFrame:
        """What the theory of the perceptron says (docs/model.md; Li & van Rossum 2020), from the updates as measured.

        table: "outcomes", a row for each trial and price list, in the order of `outcomes`; or "epochs" or "distribution"
        where these were recorded. At the prices of the experiment. Raises ValueError for a model without closed forms.
        """
        if self._prices:
            raise ValueError("theory is at the prices of the experiment; allowed: of results that are not repriced")
        self._warn_if_partial()
        with words_of_python():
            return frame_of(arrays_of(_core.theory(self._file, as_text(table))))

    def weights(self, **where: Any) -> Weights:
        """The recorded weights of the trials that `where` chooses, as weights(seed=1, threshold=[4, 8]); all without.

        Read when they are asked for: weights(seed=1, threshold=8).only()["weights"], or weights()[trial]. Reals are equal
        that agree to 12 digits; texts, lists of numbers among them ("100,50"), are as tables show them. Needs
        record=["weights"]. Raises ValueError for an unknown parameter, and where no trial has the value.
        """
        self._warn_if_partial()
        return Weights(self._file, self._trials(where))

    def traces(self, synapses: Iterable[int] | None = None, **where: Any) -> pandas.DataFrame:
        """Recorded traces: presentation, synapse, transient, persistent, weight (their sum). Needs record=["traces"].

        synapses: only these. where: the trials, by their parameters, as traces([0, 7], seed=1).
        """
        conditions = [f"synapse IN ({', '.join(str(int(one)) for one in synapses)})"] if synapses is not None else []
        if where:
            conditions.append(f"trial IN ({', '.join(map(str, self._trials(where)))})")
        return self.table("traces", where=" AND ".join(conditions))

    def xarray(self, columns: Names | None = None) -> xarray.Dataset:
        """The outcomes as a Dataset: a dimension for each parameter and price that varies; units in attrs.

        >>> results.xarray().total.sel(tau=1000).mean("seed").plot()

        columns: only these outcomes. Parameters and prices that are the same everywhere are attributes. Raises ValueError
        where the grid would be mostly holes, as with axes that run together.
        """
        with words_of_python():
            names = list(_core.table(self._file, [], "outcomes", [], "0", "", False)[0])
        dims = names[1 : names.index("converged")]
        found = self.arrays(columns=None if columns is None else [*dims, *_names(columns)])
        model = _models().get(self.status()["model"])
        units = {name: one.unit for name, one in model.parameters.items()} if model else {}
        return dataset_of(found, dims, {**units, "maintenance_cost": "energy per unit of |transient weight| and presentation"})

    def explore(self, path: PathLike | None = None, where: str = "") -> Page:
        """The results as one page of HTML to explore in a browser, and in a notebook as what a cell shows.

        >>> results.explore("thresholds.html")

        The page chooses axes, colours and prices, and needs neither a server nor a network. It begins at the first of the
        prices. path: also writes it there. where: only trials that meet a condition in SQL. Needs plotly. Raises
        ValueError where the page would be too large (then `syncache explore --serve` shows it).
        """
        self._warn_if_partial()
        call = ", ".join([*([repr(str(path))] if path is not None else []), *([f"where={where!r}"] if where else [])])
        priced = f".reprice({', '.join(f'{name}={values}' for name, values in self._prices.items())})" if self._prices else ""
        page = page_of(self, where, f"syncache.Results({self._file!r}){priced}.explore({call})")
        if path is not None:
            page.save(path)
        return page

    def _trials(self, where: Mapping[str, Any]) -> npt.NDArray[np.int64]:
        """The numbers of the trials whose parameters have these values; of a list, one of its values."""
        with words_of_python():
            found = arrays_of(_core.table(self._file, [], "outcomes", ["trial", *_names(where)], "", "", False)[0])
        chosen = np.ones(len(found["trial"]), dtype=bool)
        for name, given in where.items():
            fits = _equal_to_one(found[name], _items(given))
            if not fits.any():
                raise ValueError(f"{name} = {given}: no trial has it; allowed: {_some(np.unique(found[name]))}")
            chosen &= fits
        if not chosen.any():
            raise ValueError(f"no trial has {' and '.join(f'{name} = {given}' for name, given in where.items())}")
        trials: npt.NDArray[np.int64] = np.unique(found["trial"][chosen])
        return trials

    def _price_words(self) -> list[str]:
        return [f"{name}={values}" for name, values in self._prices.items()]

    def _counts(self) -> tuple[int, int]:
        with words_of_python():
            return _core.complete(self._file)

    def _warn_if_partial(self) -> None:
        planned, done = self._counts()
        if done < planned:
            warn(f"{self._file}: {planned - done} of {planned} trials are missing; what follows is of the others", PartialResults)


class Weights(Mapping[int, "dict[str, npt.NDArray[np.float64]]"]):
    """Recorded weights by trial, read from the results file when they are asked for.

    Of a trial a dictionary of float64 arrays, by the names that `syncache export --weights` gives them: "weights"
    [inputs + 1] of a perceptron, the bias last; those of a multilayer perceptron [units][inputs] for each layer, at
    checkpoints [checkpoints][units][inputs].
    """

    def __init__(self, file: str, trials: npt.NDArray[np.int64]) -> None:
        self._file = file
        self._trials = trials

    def __getitem__(self, trial: int) -> dict[str, npt.NDArray[np.float64]]:
        if trial not in self._trials:
            raise KeyError(trial)
        with words_of_python():
            arrays = _core.weights(self._file, int(trial))
        if not arrays:
            raise ValueError(f'{self._file}: trial {trial} recorded no weights; allowed: an experiment with record=["weights"]')
        return arrays

    def __iter__(self) -> Iterator[int]:
        return iter(self._trials.tolist())

    def __len__(self) -> int:
        return len(self._trials)

    def only(self) -> dict[str, npt.NDArray[np.float64]]:
        """The arrays of the only trial. Raises ValueError where there are several."""
        if len(self._trials) != 1:
            raise ValueError(f"{len(self._trials)} trials; allowed: one, as weights(seed=1, threshold=8)")
        return self[int(self._trials[0])]


def merge(output: PathLike, inputs: Iterable[PathLike], force: bool = False, allow_builds: bool = False) -> Results:
    """Brings results files, such as shards, together in one, and returns it; the inputs stay as they are.

    force: also results of experiments that differ in more than their seeds (of one model). allow_builds: also results of
    other commits or compilers. Raises ValueError for files that do not go together.
    """
    with words_of_python():
        _core.merge(output, list(inputs), force, allow_builds)
    return Results(output)


def _names(given: Names | None) -> list[str]:
    return [as_text(one) for one in ([] if given is None else [given] if isinstance(given, str) else given)]


def _items(given: Any) -> list[Any]:
    """The values of a list, or the one that is none."""
    if isinstance(given, np.ndarray):
        return list(given.reshape(-1))
    return list(given) if isinstance(given, (list, tuple, range)) else [given]


def _equal_to_one(column: npt.NDArray[Any], wanted: Iterable[Any]) -> npt.NDArray[np.bool_]:
    """Where a column has one of these values; reals to 12 digits, since 10**0.5 is not what a table shows of it."""
    fits = np.zeros(len(column), dtype=bool)
    for one in wanted:
        if column.dtype == object:
            fits |= column == str(one)
        elif isinstance(one, (numbers.Real, np.bool_)):  # what is no number equals none
            fits |= np.isclose(column, _real(one), rtol=1e-12, atol=0.0) if column.dtype.kind == "f" else column == one
    return fits


def _real(number: Any) -> float:
    """The number as a real; NaN, which equals nothing, for integers beyond all reals."""
    try:
        return float(number)
    except OverflowError:
        return np.nan


def _some(values: npt.NDArray[Any]) -> str:
    shown = ", ".join(str(one) for one in values[:12].tolist())
    return shown + (", ..." if len(values) > 12 else "")
