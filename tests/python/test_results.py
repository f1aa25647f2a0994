"""Tables: to the last bit those of the program."""

import csv
import io
import json
import sqlite3
import warnings

import numpy as np
import pandas as pd
import pytest
import syncache as sc


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def agree(frame, text):
    """Whether a frame is the table that the program printed: names, order, and each value to the last bit."""
    rows = rows_of(text)
    assert list(frame.columns) == list(rows[0]) and len(frame) == len(rows) > 0
    for name in frame.columns:
        shown = [row[name] for row in rows]
        column = frame[name]
        if column.dtype == bool:
            assert [str(int(value)) for value in column] == shown, name
        elif column.dtype.kind in "iu":
            assert [str(value) for value in column] == shown, name
        elif column.dtype.kind == "f":
            numbers = np.array([float(value) if value else np.nan for value in shown])
            assert column.to_numpy().tobytes() == numbers.tobytes() or np.array_equal(column.to_numpy(), numbers, equal_nan=True), name
            assert np.array_equal(np.signbit(column.to_numpy()[~np.isnan(numbers)]), np.signbit(numbers[~np.isnan(numbers)])), name
        else:
            assert list(column) == shown, name
    return True


@pytest.mark.parametrize("table", ["outcomes", "epochs", "traces", "distribution"])
def test_tables_are_those_of_the_program(results, syncache, table):
    assert agree(results.table(table), syncache("export", results.path, "--table", table))


def test_tables_of_multilayer_perceptrons_are_those_of_the_program(multilayer, syncache):
    assert agree(multilayer.outcomes(), syncache("export", multilayer.path))
    assert agree(multilayer.table("checkpoints"), syncache("export", multilayer.path, "--table", "checkpoints"))
    accuracy = [0.5, 0.9, 1]
    assert agree(multilayer.reach(accuracy), syncache("reach", multilayer.path, "--accuracy", "0.5,0.9,1"))
    assert agree(multilayer.reach(0.9, by="variant", confirm=2), syncache("reach", multilayer.path, "--accuracy", "0.9", "--by", "variant", "--confirm", 2))


def test_tables_of_spiking_neurons_are_those_of_the_program(tmp_path, syncache):
    experiment = sc.Experiment("spiking", fixed=dict(max_runs=3, auditory_inputs=20), axes=dict(seed=[1, 2]), record=["presentations", "epochs"])
    results = experiment.run(tmp_path / "s.sqlite", progress=False)
    for table in ["outcomes", "presentations", "epochs"]:
        assert agree(results.table(table), syncache("export", results.path, "--table", table))
    assert results.outcomes().successful.dtype == bool
    assert results.table("presentations").output_spikes.dtype.kind == "i"


def test_texts_that_csv_puts_in_quotes(tmp_path, syncache):
    draw = np.random.default_rng(2)
    for name in ['a, "b" and\nc.npy', '"', "plain.npy"]:
        np.save(open(tmp_path / name, "wb"), draw.choice([-1, 1], (4, 10)))
    np.save(tmp_path / "t.npy", np.array([1, -1, 1, 1]))
    axes = dict(patterns_file=['a, "b" and\nc.npy', '"', "plain.npy"])
    results = sc.Experiment("perceptron", fixed=dict(targets_file="t.npy"), axes=axes, folder=tmp_path).run(tmp_path / "r.sqlite", progress=False)
    assert list(results.outcomes().patterns_file) == axes["patterns_file"]
    assert agree(results.outcomes(), syncache("export", results.path))


def test_a_part_of_a_table(results, syncache):
    condition = "threshold >= 4 AND exponent = 1"
    assert agree(
        results.outcomes(["seed", "total"], where=condition), syncache("export", results.path, "--columns", "seed,total", "--where", condition)
    )
    assert agree(results.outcomes(mean="seed"), syncache("export", results.path, "--mean", "seed"))
    varying = results.outcomes(varying=True)
    assert agree(varying, "".join(line for line in syncache("export", results.path, "--varying").splitlines(True) if line[0] != "#"))
    constants = varying.attrs["constants"]
    assert constants["tau"] == 500.0 and constants["inputs"] == 60 and constants["variant"] == "local-global" and constants["potentiation_only"] is False
    assert results.outcomes(where="0").empty


@pytest.mark.parametrize("odd", ["a", None, 10**400, [], [[1, 2]], np.zeros(()), b"a", 1j, {"a": 1}])
@pytest.mark.parametrize("name", ["seed", "threshold"])
def test_weights_of_odd_values_are_those_of_no_trial(results, name, odd):
    with pytest.raises(ValueError, match=f"^{name} = .*: no trial has it; allowed: "):
        results.weights(**{name: odd})


def test_weights_of_numbers_of_any_type(results):
    for seed in (1, 1.0, np.int8(1), np.array([[1]]), np.array(1), True, np.True_):
        assert len(results.weights(seed=seed)) == len(results.weights(seed=1)) == 10
    assert len(results.weights(tau=500)) == len(results.weights(tau=np.float32(500))) == 30


@pytest.mark.parametrize(
    "ask",
    [
        lambda results: results.outcomes("\ud800"),
        lambda results: results.outcomes(where="\ud800"),
        lambda results: results.outcomes(mean="\ud800"),
        lambda results: results.table("\ud800"),
        lambda results: results.optimum(over="\ud800"),
        lambda results: results.theory("\ud800"),
        lambda results: results.weights(**{"\ud800": 1}),
    ],
)
def test_what_is_no_text_is_refused(results, ask):
    with pytest.raises(ValueError, match="holds half of a surrogate pair"):
        ask(results)


def test_the_same_as_arrays(results):
    arrays, frame = results.arrays(), results.outcomes()
    assert list(arrays) == list(frame.columns)
    assert arrays["total"].dtype == np.float64 and arrays["trial"].dtype == np.int64 and arrays["converged"].dtype == bool
    assert arrays["threshold_time"].dtype == np.float64 and np.isinf(arrays["threshold_time"]).all()
    assert set(arrays["variant"]) == {"local-global"}


def test_other_prices(results, syncache, tmp_path):
    repriced = results.reprice(maintenance_cost=[0.1, 0.2], exponent=0.5)
    prices = ["--price", "maintenance_cost=[0.1, 0.2]", "--price", "exponent=0.5"]
    assert agree(repriced.outcomes(), syncache("export", results.path, *prices))
    assert agree(repriced.optimum(), syncache("optimum", results.path, *prices))
    assert set(repriced.reprice(maintenance_cost=3).outcomes().maintenance_cost) == {3.0}
    assert set(repriced.reprice(maintenance_cost=3).outcomes().exponent) == {0.5}
    assert set(results.outcomes().maintenance_cost) == {0.0, 0.01}
    with pytest.raises(ValueError, match=r"^price maintenance=1; did you mean maintenance_cost\?"):
        results.reprice(maintenance=1)
    with pytest.raises(ValueError, match="30 trials are stored without exponent 0.7"):
        results.reprice(exponent=0.7)
    with pytest.raises(ValueError, match="not repriced"):
        repriced.theory()


def test_optimum_and_theory(results, syncache):
    assert agree(results.optimum(), syncache("optimum", results.path))
    assert agree(results.optimum("patterns", seeds="all"), syncache("optimum", results.path, "--over", "patterns", "--seeds", "all"))
    for table in ["outcomes", "epochs", "distribution"]:
        assert agree(results.theory(table), syncache("theory", results.path, "--table", table))


def test_weights(results, multilayer, syncache, tmp_path):
    syncache("export", results.path, "--weights", tmp_path)
    index = pd.read_csv(tmp_path / "index.csv")
    chosen = results.weights(seed=2, threshold=[4, 8])
    assert len(chosen) == 4
    assert list(chosen) == list(index[(index.seed == 2) & index.threshold.round(9).isin([4, 8])].trial)
    for trial, arrays in chosen.items():
        assert np.array_equal(arrays["weights"], np.load(tmp_path / f"{trial}-weights.npy")) and arrays["weights"].shape == (61,)
    assert results.weights(seed=2, threshold=4, patterns=30).only()["weights"].flags.writeable
    assert len(results.weights()) == 30
    layers = multilayer.weights(seed=1, variant="none").only()
    assert {name: array.shape for name, array in layers.items() if name.startswith("weights_layer")} == {
        "weights_layer1": (5, 36),
        "weights_layer2": (4, 5),
        "weights_layer3": (10, 4),
    }
    assert len(multilayer.weights(hidden="5,4")) == 6
    with pytest.raises(ValueError, match=r"^30 trials; allowed: one"):
        results.weights().only()
    with pytest.raises(KeyError):
        chosen[1]


def test_traces(results):
    traces = results.traces([7], seed=1, patterns=30, threshold=4)
    assert set(traces.synapse) == {7} and set(traces.trial) == set(results.weights(seed=1, patterns=30, threshold=4))
    assert np.allclose(traces.transient + traces.persistent, traces.weight)
    assert len(results.traces()) == len(results.table("traces"))


def test_xarray(results):
    dataset = results.xarray()
    assert dict(dataset.sizes) == {"seed": 3, "threshold": 5, "patterns": 2, "maintenance_cost": 2, "exponent": 2}
    frame = results.outcomes(where="seed = 2 AND patterns = 60 AND maintenance_cost = 0.01 AND exponent = 0.5")
    found = dataset.total.sel(seed=2, patterns=60, maintenance_cost=0.01, exponent=0.5)
    assert found.values.tolist() == frame.sort_values("threshold").total.tolist()
    assert dataset.threshold.attrs["units"] == "weight" and dataset.attrs["tau"] == 500.0
    assert dataset.converged.dtype == bool
    assert set(results.xarray("total").data_vars) == {"total"}


def test_a_grid_with_holes(tmp_path):
    experiment = sc.Experiment("perceptron", axes=dict(zip=["inputs", "patterns"], inputs=[10, 20, 30], patterns=[5, 10, 15], seed=[1, 2]))
    dataset = experiment.run(tmp_path / "r.sqlite", progress=False).xarray()
    assert dict(dataset.sizes) == {"seed": 2, "inputs": 3, "patterns": 3}
    assert int(dataset.total.notnull().sum()) == 6 and np.isnan(dataset.total.sel(inputs=10, patterns=10)).all()


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda r: r.outcomes(["treshold"]), r"^columns treshold: no such column; did you mean threshold\? "),
        (lambda r: r.outcomes(where="treshold = 1"), r"^where treshold = 1: no such column: treshold; did you mean threshold\? "),
        (lambda r: r.outcomes(mean="sed"), r"^mean sed; did you mean seed\? "),
        (lambda r: r.table("trace"), r"table 'trace' was not recorded; did you mean traces\? "),
        (lambda r: r.optimum("treshold"), r"optimum over 'treshold'; did you mean threshold\? "),
        (lambda r: r.optimum(seeds="comon"), r"^seeds = 'comon'; did you mean common\? "),
        (lambda r: r.theory("epoch"), r"no theory for table 'epoch'; allowed: "),
        (lambda r: r.weights(sed=1), r"^columns sed: no such column; did you mean seed\? "),
        (lambda r: r.weights(seed=17), r"^seed = 17: no trial has it; allowed: 1, 2, 3$"),
        (lambda r: r.reach(0.5), r"holds no checkpoints"),
        (lambda r: r.reach(1.5), r"^accuracy = 1.5; allowed: above 0, at most 1$"),
    ],
)
def test_mistakes_are_named(results, ask, message):
    with pytest.raises(ValueError, match=message):
        ask(results)


def test_rows_of_reach_are_told_by_parameters(multilayer):
    with pytest.raises(ValueError, match=r"^by varient; did you mean variant\? "):
        multilayer.reach(0.9, by=["varient"])


def test_files_that_are_none(tmp_path):
    with pytest.raises(FileNotFoundError):
        sc.Results(tmp_path / "none.sqlite")
    (tmp_path / "text").write_text("some text")
    with pytest.raises(ValueError, match="not a results file"):
        sc.Results(tmp_path / "text")
    sqlite3.connect(tmp_path / "other.sqlite").execute("CREATE TABLE mine(a)")
    with pytest.raises(ValueError, match="a database of another program"):
        sc.Results(tmp_path / "other.sqlite")


def test_status(results, syncache):
    status = results.status()
    assert status == json.loads(syncache("status", results.path, "--json"))
    assert (status["planned"], status["done"], status["missing"], status["failed"], status["model"]) == (30, 30, 0, 0, "perceptron")
    assert status["runs"][0]["state"] == "finished" and status["runs"][0]["commit"] == sc.__commit__
    assert results.complete and results.missing == 0 and results.failed == 0
    assert "30 of 30 trials" in repr(results)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        results.outcomes()
