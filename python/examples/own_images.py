"""Images of your own, as NumPy arrays: what multilayer perceptrons spend until they recognise 90 % of them."""

import numpy as np
import syncache as sc

# Stripes of four directions with noise, 12 x 12 pixels from 0 to 1. Any arrays [images][rows][columns] do.
draw = np.random.default_rng(0)
labels = draw.integers(0, 4, 1000)
rows, columns = np.mgrid[:12, :12]
angles = labels[:, None, None] * np.pi / 4
phases = draw.uniform(0, 2 * np.pi, 1000)[:, None, None]
waves = np.sin(1.5 * (rows * np.cos(angles) + columns * np.sin(angles)) + phases)
pixels = np.clip(0.5 + 0.3 * waves + draw.normal(0, 0.1, waves.shape), 0, 1)

experiment = sc.Experiment(
    "mlp",
    fixed=dict(hidden=30, learning_rate=0.5, initial_sd=0.3, tau=1000, threshold=0.04, order="shuffled", max_epochs=20, checkpoint_every=100, **sc.images(pixels, labels)),
    axes=dict(variant=["none", "local-neuron"], seed=range(1, 4)),
    accounting=dict(maintenance_cost=0.001),
)
results = experiment.run("own_images.sqlite")
print(results.outcomes(["variant", "seed", "accuracy", "total"]))
print(results.reach(accuracy=0.9, by="variant")[["variant", "total", "presentations", "reached", "not_reached"]])
