"""plot.py of experiments/competition, hidden-size and gates on tables made up here: means over seeds, how many units learn, and the least energy of each gate."""

import importlib.util
import pathlib
import unittest

import pandas as pd

EXPERIMENTS = pathlib.Path(__file__).resolve().parent.parent.parent / "experiments"


def plot_of(name):
    spec = importlib.util.spec_from_file_location(f"{name}_plot", EXPERIMENTS / name / "plot.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Competition(unittest.TestCase):
    def test_means_by_rule_and_fraction_of_the_first_layer(self):
        rows = [{"competition": "largest-change", "fraction": "0.1,1", "converged": 1, "uncached": energy, "changes": 2 * energy, "presentations": 1000} for energy in (3.0, 5.0)]
        rows.append({"competition": "random-units", "fraction": "0.1,1", "converged": 0, "uncached": 9.0, "changes": 9.0, "presentations": 9000})
        panel = plot_of("competition").summarise(pd.DataFrame(rows))["rules"].set_index("competition")
        self.assertEqual(panel.loc["largest-change", "uncached_mean"], 4.0)
        self.assertEqual(panel.loc["largest-change", "changes_high"], 10.0)
        self.assertEqual(panel.loc["largest-change", "fraction"], 0.1)
        self.assertEqual(panel.loc["random-units", "not_converged"], 1)


class HiddenSize(unittest.TestCase):
    def test_means_by_size_and_the_units_that_learn(self):
        rows = [{"competition": "first-units", "hidden": 200, "fraction": 0.5, "converged": 1, "uncached": energy, "changes": 2 * energy, "presentations": 1000} for energy in (3.0, 5.0)]
        rows.append({"competition": "first-units", "hidden": 10000, "fraction": 0.01, "converged": 1, "uncached": 4.0, "changes": 4.0, "presentations": 900})
        rows.append({"competition": "none", "hidden": 10000, "fraction": 1.0, "converged": 0, "uncached": 9.0, "changes": 9.0, "presentations": 9000})
        panel = plot_of("hidden-size").summarise(pd.DataFrame(rows))["sizes"].set_index(["competition", "hidden"])
        self.assertEqual(panel.loc[("first-units", 200), "uncached_mean"], 4.0)
        self.assertEqual(panel.loc[("first-units", 200), "changes_high"], 10.0)
        self.assertEqual(list(panel["units"]), [100, 100, 10000])
        self.assertEqual(panel.loc[("none", 10000), "not_converged"], 1)


class Gates(unittest.TestCase):
    def test_the_least_energy_of_each_gate_and_price(self):
        def row(gate, variant, threshold, price, total, converged=1):
            return {"gate": gate, "variant": variant, "threshold": threshold, "maintenance_cost": price, "total": total, "minimal": 1.0, "presentations": 10, "converged": converged}
        rows = []
        for gate, plain in (("none", 40.0), ("mistakes", 20.0)):
            for price, extra in ((0.0, 0.0), (1e-4, 2.0)):
                rows += [row(gate, "none", 0.0, price, plain), row(gate, "local-neuron", 0.1, price, plain / 4 + extra),
                         row(gate, "local-neuron", 0.2, price, plain / 5 + 4 * extra), row(gate, "local-neuron", 0.3, price, 1.0, converged=0)]
        least = plot_of("gates").summarise(pd.DataFrame(rows))["least"]
        found = [(r["gate"], r["variant"], r["maintenance_cost"], r["total_mean"]) for _, r in least.iterrows()]
        self.assertEqual(found, [("none", "none", 0.0, 40.0), ("none", "local-neuron", 0.0, 8.0), ("none", "local-neuron", 1e-4, 12.0),
                                 ("mistakes", "none", 0.0, 20.0), ("mistakes", "local-neuron", 0.0, 4.0), ("mistakes", "local-neuron", 1e-4, 7.0)])


if __name__ == "__main__":
    unittest.main()
