"""A first sweep: the threshold at which a perceptron with synaptic caching learns with the least energy."""

import numpy as np
import syncache as sc

experiment = sc.Experiment(
    "perceptron",
    fixed=dict(inputs=200, patterns=200, variant="local-global", tau=1000),
    axes=dict(threshold=np.geomspace(1, 32, 11), seed=range(1, 9)),
    accounting=dict(maintenance_cost=[0, 0.001, 0.01]),
)
print(experiment.plan())
results = experiment.run("first_sweep.sqlite")

best = results.optimum(over="threshold")
print(best[["maintenance_cost", "threshold", "threshold_low", "threshold_high", "edge", "total"]])

dearer = results.reprice(maintenance_cost=0.1)  # no training
print(dearer.outcomes(["threshold", "trials", "total", "total_se"], mean="seed"))
