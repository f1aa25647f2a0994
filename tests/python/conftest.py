"""What the tests of the Python package share."""

import os
import subprocess

import numpy as np
import pytest
import syncache as sc

program = os.environ["SYNCACHE_PROGRAM"]


@pytest.fixture(scope="session")
def perceptrons():
    """A small experiment with everything in it that a table may show."""
    return sc.Experiment(
        "perceptron",
        fixed=dict(inputs=60, variant="local-global", tau=500, traced=[0, 7]),
        axes=dict(patterns=[30, 60], threshold=np.geomspace(1, 16, 5), seed=range(1, 4)),
        accounting=dict(maintenance_cost=[0, 0.01], exponent=[0.5, 1]),
        record=["epochs", "traces", "distribution", "weights"],
    )


@pytest.fixture(scope="session")
def results(perceptrons, tmp_path_factory):
    """Its results."""
    return perceptrons.run(tmp_path_factory.mktemp("perceptrons") / "r.sqlite", progress=False)


@pytest.fixture(scope="session")
def digits():
    """Images of two kinds that differ by their halves, as bytes, and their labels."""
    draw = np.random.default_rng(5)
    labels = draw.integers(0, 2, 120)
    pixels = draw.integers(0, 60, (120, 6, 6), dtype=np.uint8)
    pixels[labels == 0, :3] += 150
    pixels[labels == 1, 3:] += 150
    return pixels, labels


@pytest.fixture(scope="session")
def multilayer(digits, tmp_path_factory):
    """Results of small multilayer perceptrons on them, with checkpoints."""
    experiment = sc.Experiment(
        "mlp",
        fixed=dict(hidden=[5, 4], max_epochs=6, checkpoint_every=50, order="shuffled", initial_sd=0.3, learning_rate=0.5, **sc.images(*digits)),
        axes=dict(variant=["none", "local-neuron"], seed=[1, 2, 3]),
        accounting=dict(maintenance_cost=0.001),
        record=["weights"],
    )
    return experiment.run(tmp_path_factory.mktemp("multilayer") / "m.sqlite", progress=False)


@pytest.fixture
def syncache():
    """Runs the program, and returns what it printed."""

    def run(*words):
        return subprocess.run([program, *map(str, words)], check=True, capture_output=True, text=True).stdout

    return run
