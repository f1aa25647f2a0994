"""Experiments: the same as their files, and mistakes that are named."""

import pickle

import numpy as np
import pytest
import syncache as sc


def test_the_text_is_an_experiment_file(perceptrons, syncache, tmp_path):
    file = perceptrons.save(tmp_path / "e.toml")
    assert "trials:  30 (0 done, 30 to train)" in syncache("run", file, "--dry-run")
    assert len(perceptrons) == 30
    again = sc.load(file)
    assert again.text == perceptrons.text
    assert (again.name, again.model, len(again)) == ("experiment", "perceptron", 30)


def test_values_of_every_kind():
    experiment = sc.Experiment(
        "mlp",
        fixed={"data": "synthetic", "tau": np.inf, "hidden": np.array([20, 10]), "train_count": np.int64(50), "threshold": np.float32(0.5)},
        axes={"seed": range(2, 11, 4), "learning_rate": {"from": 0.1, "to": 10, "count": 3, "scale": "log"}, "momentum": (0.0, 0.5)},
        name='a "name"',
    )
    assert 'name = "a \\"name\\""' in experiment.text
    assert "hidden = [20, 10]" in experiment.text
    assert "tau = inf" in experiment.text
    assert "seed = { from = 2, to = 10, step = 4 }" in experiment.text
    assert "threshold = 0.5" in experiment.text
    assert len(experiment) == 3 * 3 * 2


def test_axes_that_run_together_and_points():
    axes = {"patterns": [10, 20], "inputs": [10, 20], "seed": [1, 2, 3]}
    assert len(sc.Experiment("perceptron", axes=axes)) == 12
    assert len(sc.Experiment("perceptron", axes=axes, zip=["patterns", "inputs"])) == 6
    assert len(sc.Experiment("perceptron", axes={**axes, "seed": [1, 2]}, zip=[["patterns", "inputs", "seed"]])) == 2
    points = [dict(patterns=5), dict(patterns=7, seed=9)]
    assert len(sc.Experiment("perceptron", axes=dict(seed=[1, 2]), points=points)) == 3


def test_the_plan_has_numbers_and_counts_what_is_done(perceptrons, results):
    plan = perceptrons.plan(threads=2)
    assert (plan.trials, plan.done, plan.threads, plan.state) == (30, 0, 2, "none yet")
    assert plan.batches > 0 and plan.seconds > 0 and plan.peak_bytes > plan.trial_bytes > 0
    assert perceptrons.plan(shard=(1, 3)).trials + perceptrons.plan(shard="2/3").trials + perceptrons.plan(shard="3/3").trials == 30
    done = perceptrons.plan(results.path)
    assert (done.trials, done.done, done.batches, done.state) == (30, 30, 0, "complete")
    assert "trials:  30 (30 done, 0 to train)" in str(done)


def test_settings_take_the_place_of_those_in_the_file(perceptrons, results, tmp_path):
    file = perceptrons.save(tmp_path / "e.toml")
    assert len(sc.load(file, seed=[1, 2], variant="none", patterns=np.array([30]))) == 10
    with pytest.raises(ValueError, match="^tresholds: unknown key.* did you mean threshold[?]"):
        sc.load(file, tresholds=1)
    file.write_text("name = 'e'\nmodel = 'perceptron'\n[fixed]\ninputs = 0\n")
    with pytest.raises(ValueError, match=r"e\.toml:4: inputs = 0; allowed: "):
        sc.load(file)
    with pytest.raises(ValueError, match="holds half of a surrogate pair"):
        sc.load(file, **{"\ud800": 1})
    with pytest.raises(FileNotFoundError):
        sc.load(tmp_path / "none.toml")
    with pytest.raises(ValueError, match="syncache.Results opens results"):
        sc.load(results.path)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (dict(model="perceptrn"), r'^model = "perceptrn"; did you mean perceptron\? allowed: one of perceptron, mlp, spiking$'),
        (dict(fixed=dict(treshold=1)), r"^treshold: unknown key in \[fixed\]; did you mean threshold\? allowed: seed, "),
        (dict(axes=dict(seeds=[1])), r"^seeds: unknown key in \[axes\]; did you mean seed\? "),
        (dict(points=[dict(pattern=[1])]), r"^pattern: unknown key in \[points\]; did you mean patterns\? "),
        (dict(accounting=dict(maintenance_cots=1)), r"^maintenance_cots: unknown key in \[accounting\]; did you mean maintenance_cost\? "),
        (dict(fixed=dict(threshold=-1)), r"^threshold = -1; allowed: a number >= 0"),
        (dict(record="weigth"), r'^record = "weigth"; allowed: one of epochs, traces, distribution, weights'),
        (dict(fixed=dict(threshold=1j)), r"^1j: a complex; allowed: "),
        (dict(zip=["seed", "tau"], axes=dict(seed=[1])), r"tau"),
        (dict(name="\ud800"), r"^'\\ud800': holds half of a surrogate pair; allowed: Unicode characters$"),
        (dict(fixed={"\ud800": 1}), r"^'\\ud800': holds half of a surrogate pair"),
    ],
)
def test_mistakes_are_named(words, message):
    with pytest.raises(ValueError, match=message):
        sc.Experiment(**{"model": "perceptron", **words})


def test_models_tell_their_parameters(syncache):
    models = sc.models()
    assert list(models) == ["perceptron", "mlp", "spiking"]
    threshold = models["perceptron"].parameters["threshold"]
    assert (threshold.type, threshold.default, threshold.unit, threshold.allowed) == ("real", 0.0, "weight", "a number >= 0")
    for name, model in models.items():
        shown = [line.split(" = ")[0] for line in syncache("models", name).splitlines() if " = " in line and line[0] != " "]
        assert shown == list(model.parameters)
        assert f"record: {', '.join(model.record)}\n" in syncache("models", name)
    assert "local-neuron" in models["mlp"].parameters["variant"].choices
    assert "accuracy" in models["mlp"].columns


def test_experiments_can_be_sent_to_other_processes(perceptrons):
    again = pickle.loads(pickle.dumps(perceptrons))
    assert again.text == perceptrons.text
    assert again.plan().trials == 30


def test_theory_needs_no_training(perceptrons):
    predicted = perceptrons.theory()
    assert len(predicted) == 30 * 4
    assert predicted.update_probability.between(0, 1).all()
    with pytest.raises(ValueError, match="mlp"):
        sc.Experiment("mlp", fixed=dict(data="synthetic")).theory()
