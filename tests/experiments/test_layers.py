"""experiments/layers/plot.py on tables made up here: ratios of thresholds, and energies of both layers."""

import importlib.util
import pathlib
import unittest

import pandas as pd

PLOT = pathlib.Path(__file__).resolve().parent.parent.parent / "experiments" / "layers" / "plot.py"
spec = importlib.util.spec_from_file_location("layers_plot", PLOT)
layers = importlib.util.module_from_spec(spec)
spec.loader.exec_module(layers)


def optimum(factors, consolidation):
    rest = {name: 1.0 for name in ("threshold", "threshold_low", "threshold_high", "total", "total_low", "total_high", "minimal")}
    return rest | {"layer_threshold_factors": factors, "maintenance_cost": 0.5, "edge": "no", "seeds": 1, "trials": 1, "not_converged": 0,
                   "consolidation_layer1": consolidation, "maintenance_sum_layer1": 4.0, "consolidation_layer2": 1.0, "maintenance_sum_layer2": 8.0}


class Layers(unittest.TestCase):
    def test_energies_of_layers_at_the_optimum_of_each_ratio(self):
        outcomes = pd.DataFrame([{"layer_threshold_factors": "1,2", "threshold": 0.1, "converged": 1, "total": total} for total in (3.0, 5.0)])
        panels = layers.summarise(outcomes, pd.DataFrame([optimum("1,2", 10.0), optimum("1,0.5", 20.0)]))
        best = panels["best"]
        self.assertEqual(list(best["ratio"]), [0.5, 2.0])
        self.assertEqual(list(best["hidden layer"]), [22.0, 12.0])
        self.assertEqual(list(best["output layer"]), [5.0, 5.0])
        self.assertEqual(list(panels["curves"]["total_mean"]), [4.0])

    def test_other_factors_are_refused(self):
        for factors in ("2,1", "1", "1,1,2"):
            with self.assertRaisesRegex(SystemExit, "^layer_threshold_factors: [^\n]*$"):
                layers.with_ratio(pd.DataFrame([{"layer_threshold_factors": factors}]))


if __name__ == "__main__":
    unittest.main()
