"""The explorer: results as one page of HTML that needs neither a server nor a network."""

from __future__ import annotations

import base64
import gzip
import html
import importlib
import itertools
import json
import os
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

import numpy as np
import numpy.typing as npt

from syncache import _core
from syncache._errors import PartialResults, words_of_python
from syncache._models import _models
from syncache._tables import Columns

if TYPE_CHECKING:
    from syncache._results import Results

PathLike = Union[str, "os.PathLike[str]"]

PRICES = ("maintenance_cost", "transient_change_cost", "persistent_cost", "exponent", "potentiation_only")
# What a price list changes, and what follows from it: the page computes the latter.
OF_A_PRICING = ("uncached", "minimal", "consolidation", "transient_change_sum")
DERIVED = ("maintenance", "transient_change", "persistent", "total", "inefficiency")
CHECKPOINT_COLUMNS = ("presentations", "accuracy", "uncached", "minimal", "consolidation", "maintenance_sum", "transient_change_sum")

LARGEST_PAGE = 100_000_000
"""bytes; browsers open larger ones slowly or not at all"""

PROGRAM = ("data.js", "numbers.js", "scales.js", "figures.js", "controls.js", "texts.js", "page.js")
"""of the page; each uses those before it"""

_folder = Path(__file__).parent / "explorer"


@dataclass
class Data:
    """What the page shows of a results file: a description, and pieces of bytes that it unpacks when it needs them."""

    description: dict[str, Any]
    pieces: dict[str, Callable[[], bytes]] = field(default_factory=dict)
    """each packed by gzip when it is asked for"""


class Page:
    """A results file to explore in a browser; shows itself in a notebook.

    >>> results.explore().save("thresholds.html")
    """

    def __init__(self, data: Data) -> None:
        self._data = data

    @property
    def html(self) -> str:
        """The page: data, program and plotting library in one, with nothing to load."""
        return _page(self._data, {name: base64.b64encode(piece()).decode() for name, piece in self._data.pieces.items()})

    def save(self, path: PathLike) -> Path:
        """Writes the page to a file whose name ends in .html, and returns the file's path. Raises ValueError, OSError."""
        written = Path(path)
        if written.suffix != ".html":
            raise ValueError(f"{written}: allowed: a file whose name ends in .html")
        unfinished = written.with_name(written.name + ".part")
        try:
            unfinished.unlink(missing_ok=True)  # a link is not followed
            with open(unfinished, "x", encoding="utf-8") as out:
                out.write(self.html)
            os.replace(unfinished, written)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise OSError(error.errno, error.strerror, str(written)) from None
        return written

    def _repr_html_(self) -> str:
        return f'<iframe title="syncache explore" style="width: 100%; height: 820px; border: 0" srcdoc="{html.escape(self.html)}"></iframe>'


def page_of(results: Results, where: str, command: str) -> Page:
    """The page of these results. Raises ValueError where it would be larger than browsers like."""
    data = data_of(results, where, command)
    about = sum(data.description["sizes"].values())
    if about > LARGEST_PAGE:
        raise ValueError(
            f"{results.path}: a page of about {about // 1_000_000} MB; allowed: up to {LARGEST_PAGE // 1_000_000} MB; "
            "explore --serve shows it without a file, and where= chooses trials"
        )
    return Page(data)


def served_page(data: Data) -> str:
    """The page for a server, which has the pieces."""
    return _page(data, {})


def data_of(results: Results, where: str, command: str) -> Data:
    """Reads what the page needs. where: a condition in SQL on outcomes, which chooses trials."""
    plotting_library()
    status, counts = results.status(), results._counts()
    with warnings.catch_warnings():  # said once, before
        warnings.simplefilter("ignore", PartialResults)
        settings = results.arrays(columns=PRICES, where="trial = 1")
        if not len(settings["exponent"]):
            raise ValueError(f"{results.path}: holds no trials yet")
        chosen = results.arrays(columns="trial", where=where)["trial"] if where else None
        if chosen is not None and not len(chosen):
            raise ValueError(f"where {where}: no trial meets it")
        outcomes, n_pricings = _sums(results, settings, chosen)
        description, rows = _describe(outcomes, n_pricings, status["model"])
        data = Data(description, {"outcomes": lambda: _packed(rows)})
        sizes = {"outcomes": _size(rows)}
        if status["model"] == "mlp":
            trials = outcomes["trial"][::n_pricings]
            _add_checkpoints(results, trials, data, sizes)
            _add_pictures(results, trials, data, sizes)
        _check_counts(results, counts)
    description.update(
        file=results.path.name,
        path=str(results.path),
        title=status["experiment"],
        model=status["model"],
        where=where,
        command=command,
        planned=status["planned_in_all_shards"],
        missing=results.missing,
        version=_core.build()[0],
        runs=[{name: run[name] for name in ("started", "commit", "build", "backend", "device")} for run in status["runs"]],
        prices={name: _distinct(settings[name]) for name in PRICES},
        sizes=sizes,
    )
    return data


def _check_counts(results: Results, counts: tuple[int, int]) -> None:
    """Trials are known by their numbers, which change when others come between. Raises RuntimeError if some came."""
    if results._counts() != counts:
        raise RuntimeError(f"{results.path}: more trials came while it was read; allowed: a copy of it (syncache copy), or when the run has ended")


def plotting_library() -> str:
    """Plotly's program for browsers. Raises ImportError that says how to get it."""
    try:
        return str(importlib.import_module("plotly.offline").get_plotlyjs())
    except ImportError:
        raise ImportError("explore needs plotly: pip install plotly") from None


def _sums(results: Results, settings: Columns, chosen: npt.NDArray[Any] | None) -> tuple[Columns, int]:
    """Outcomes of each trial at each pricing (exponent, sign) that the experiment asks for, before prices; and how many pricings."""
    exponents, signs = _distinct(settings["exponent"]), _distinct(settings["potentiation_only"])
    free = results.reprice(maintenance_cost=0, transient_change_cost=0, persistent_cost=0, exponent=exponents, potentiation_only=signs)
    with words_of_python():
        names = list(_core.table(str(results.path), [], "outcomes", [], "0", "", False)[0])
    outcomes = free.arrays(columns=[name for name in names if name not in DERIVED and name not in PRICES[:3]])
    if chosen is not None:
        keep = np.isin(outcomes["trial"], chosen)
        outcomes = {name: column[keep] for name, column in outcomes.items()}
    return outcomes, len(exponents) * len(signs)


def _describe(outcomes: Columns, n_pricings: int, model_name: str) -> tuple[dict[str, Any], list[npt.NDArray[Any]]]:
    """The description of the columns, and the columns themselves: reals, then codes of parameters, row by row of trials."""
    model = _models().get(model_name)
    names = list(outcomes)
    first_outcome = names.index("converged")
    parameters, constants, codes = [], {}, []
    for name in names[1:first_outcome]:
        if name in PRICES:
            continue
        values, places = _codes(outcomes[name][::n_pricings])
        unit = model.parameters[name].unit if model and name in model.parameters else ""
        if len(values) == 1:
            constants[name] = values[0]
        else:
            parameters.append({"name": name, "unit": unit, "values": values})
            codes.append(places)
    _add_what_varies_together(parameters, codes)
    columns, reals = [], []
    for name in ["trial", *names[first_outcome:]]:
        priced = name in OF_A_PRICING
        column = outcomes[name].astype(np.float64).reshape(-1, n_pricings)
        if not np.isnan(column).all():
            columns.append({"name": name, "priced": priced})
            reals += [column[:, k] for k in range(n_pricings if priced else 1)]
    pricings = [
        {"exponent": _number(e), "potentiation_only": bool(p)}
        for e, p in zip(outcomes["exponent"][:n_pricings], outcomes["potentiation_only"][:n_pricings])
    ]
    n_trials = len(outcomes["trial"]) // n_pricings
    description = {"n": n_trials, "parameters": parameters, "constants": constants, "columns": columns, "pricings": pricings}
    return description, reals + codes


def _add_what_varies_together(parameters: list[dict[str, Any]], codes: list[npt.NDArray[np.uint32]]) -> None:
    """For parameters that run together, or have explicit settings, one more that has their combinations, to show as one."""
    groups: list[set[int]] = []
    for a, b in itertools.combinations(range(len(parameters)), 2):
        n_a, n_b = len(parameters[a]["values"]), len(parameters[b]["values"])
        n_pairs = len(np.unique(codes[a].astype(np.uint64) * n_b + codes[b]))
        if "seed" in (parameters[a]["name"], parameters[b]["name"]) or n_pairs > 0.75 * n_a * n_b:
            continue
        joined = {a, b}.union(*(group for group in groups if group & {a, b}))
        groups = [*(group for group in groups if not group & joined), joined]
    for group in map(sorted, groups):
        parts = [parameters[k] for k in group]
        names = [part["name"] for part in parts]
        combinations, first, places = np.unique(np.stack([codes[k] for k in group]), axis=1, return_index=True, return_inverse=True)
        order = np.argsort(first)
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        texts = [", ".join(_text_of(part["values"][code]) for part, code in zip(parts, combinations[:, k])) for k in order]
        parameters.append({"name": ", ".join(names), "unit": "", "values": texts, "parts": names})
        codes.append(rank[places.reshape(-1)].astype(np.uint32))


def _add_checkpoints(results: Results, trials: npt.NDArray[np.int64], data: Data, sizes: dict[str, int]) -> None:
    """Learning curves of multilayer perceptrons: how many checkpoints each trial has, then their columns one after the other."""
    one = results.reprice(maintenance_cost=0, transient_change_cost=0, persistent_cost=0)
    table = one.arrays("checkpoints", columns=["trial", "exponent", "potentiation_only", *CHECKPOINT_COLUMNS])
    same = (table["exponent"] == table["exponent"][0]) & (table["potentiation_only"] == table["potentiation_only"][0])
    keep = same & np.isin(table["trial"], trials)
    places, counts = np.unique(table["trial"][keep], return_counts=True)
    n_of_trial = np.zeros(len(trials))
    n_of_trial[np.searchsorted(trials, places)] = counts
    columns = [n_of_trial, *(table[name][keep].astype(np.float64) for name in CHECKPOINT_COLUMNS)]
    data.description["checkpoints"] = {"n": int(keep.sum()), "columns": CHECKPOINT_COLUMNS}
    data.pieces["checkpoints"] = lambda: _packed(columns)
    sizes["checkpoints"] = _size(columns)


def _add_pictures(results: Results, trials: npt.NDArray[np.int64], data: Data, sizes: dict[str, int]) -> None:
    """The energy that the changes of weights onto each pixel cost, of each trial, where weights were recorded."""
    counts = results._counts()

    def picture(trial: int) -> npt.NDArray[np.float64] | None:
        with words_of_python():
            return _core.weights(str(results.path), trial).get("input_consolidation")

    def piece(trial: int) -> Callable[[], bytes]:
        def read() -> bytes:
            found = picture(trial)
            _check_counts(results, counts)
            return _packed([] if found is None else [found])

        return read

    first = picture(int(trials[0]))
    if first is None:
        return
    data.description["picture"] = list(first.shape)
    for trial in trials.tolist():
        data.pieces[f"picture-{trial}"] = piece(trial)
    sizes["pictures"] = _size([first]) * len(trials)


def _page(data: Data, pieces: Mapping[str, str]) -> str:
    """The template with everything in its place."""
    stored = "".join(f'<script type="text/plain" id="piece-{name}">{text}</script>\n' for name, text in pieces.items())
    parts = {
        "title": html.escape(str(data.description["title"])),
        "connect": "'none'" if pieces else "'self'",
        "style": _text("style.css"),
        "plotly": plotting_library().replace("</script", r"<\/script"),
        "data": json.dumps({**data.description, "embedded": bool(pieces)}, allow_nan=False).replace("<", r"\u003c"),
        "pieces": stored,
        "program": "\n".join(_text(name) for name in PROGRAM),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], _text("page.html"))


def _text(name: str) -> str:
    return (_folder / name).read_text(encoding="utf-8")


def _packed(columns: list[npt.NDArray[Any]]) -> bytes:
    """Little-endian bytes of the columns, one after the other, packed."""
    together = b"".join(np.ascontiguousarray(one).astype(one.dtype.newbyteorder("<"), copy=False).tobytes() for one in columns)
    return gzip.compress(together, compresslevel=5, mtime=0)


def _size(columns: list[npt.NDArray[Any]]) -> int:
    """About how many bytes they take in a page; packing saves about as much as Base64 adds, mostly more."""
    return sum(one.nbytes for one in columns)


def _codes(column: npt.NDArray[Any]) -> tuple[list[Any], npt.NDArray[np.uint32]]:
    """The distinct values, and of each row the place of its value among them; texts in the order in which they come."""
    values, first, places = np.unique(column, return_index=True, return_inverse=True)
    if column.dtype == object:
        order = np.argsort(first)
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        values, places = values[order], rank[places]
    return [_number(one) for one in values.tolist()], places.reshape(-1).astype(np.uint32)


def _distinct(column: npt.NDArray[Any]) -> list[Any]:
    """The distinct values in the order in which they come."""
    return list(dict.fromkeys(_number(one) for one in column.tolist()))


def _text_of(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _number(value: Any) -> Any:
    """As JSON may have it: infinities as texts."""
    if isinstance(value, float) and not np.isfinite(value):
        return "nan" if np.isnan(value) else "inf" if value > 0 else "-inf"
    return value
