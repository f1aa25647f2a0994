"""syncache: the metabolic energy of learning, with and without synaptic caching.

    import syncache as sc

    exp = sc.Experiment("perceptron", fixed=dict(inputs=200, patterns=200), axes=dict(threshold=[2, 4, 8], seed=range(1, 9)))
    results = exp.run("thresholds.sqlite")
    print(results.optimum(over="threshold"))

docs/python.md is the guide, docs/model.md what is computed: Li & van Rossum, Energy efficient synaptic plasticity, eLife
2020;9:e50804.
"""

from syncache import _core
from syncache._arrays import images
from syncache._core import Progress
from syncache._errors import Interrupted, PartialResults
from syncache._experiment import Experiment, load
from syncache._explore import Page
from syncache._models import Model, Parameter, models
from syncache._results import Results, Weights, merge
from syncache._running import Plan

__version__, __commit__, __build__ = _core.build()

__all__ = [
    "Experiment",
    "Interrupted",
    "Model",
    "Page",
    "Parameter",
    "PartialResults",
    "Plan",
    "Progress",
    "Results",
    "Weights",
    "images",
    "load",
    "merge",
    "models",
]
