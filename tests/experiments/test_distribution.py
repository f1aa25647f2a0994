"""experiments/distribution/plot.py on shares made up here: which epochs are taken together, and which apart."""

import importlib.util
import math
import pathlib
import unittest

import pandas as pd

PLOT = pathlib.Path(__file__).resolve().parent.parent.parent / "experiments" / "distribution" / "plot.py"
spec = importlib.util.spec_from_file_location("distribution_plot", PLOT)
distribution = importlib.util.module_from_spec(spec)
spec.loader.exec_module(distribution)


def row(tau, epoch, share, predicted, seed=1, low=-0.5):
    return {"variant": "local-local", "inputs": 10, "patterns": 10, "learning_rate": 1.0, "distribution_width": 1.0, "threshold": 5.0, "tau": tau,
            "seed": seed, "epoch": epoch, "low": low, "high": low + 1.0, "share": share, "predicted_share": predicted}


class Distribution(unittest.TestCase):
    def setUp(self):
        self.rows = [row(math.inf, 0, 0.9, 0.9), row(math.inf, 1, 0.2, 0.3), row(math.inf, 11, 0.4, 0.5), row(math.inf, 11, 0.6, 0.5, seed=2),
                     row(math.inf, 12, 0.9, 0.9), row(math.inf, 5, 0.9, math.nan), row(500.0, 1, 0.1, 0.2), row(500.0, 1, 0.3, 0.4, seed=2),
                     row(500.0, 1, 0.05, 0.1, low=0.5), row(500.0, 3, 0.9, 0.9)]

    def test_epochs_are_taken_together_without_decay_and_apart_with_it(self):
        panels = distribution.summarise(pd.DataFrame(self.rows))
        triangle, decay = panels["triangle"], panels["decay"]
        self.assertEqual(len(triangle), 1)
        self.assertEqual(triangle["seeds"].iloc[0], 2)
        self.assertAlmostEqual(triangle["share_mean"].iloc[0], (0.3 + 0.6) / 2)  # over seeds of means over epochs 2 to 12
        self.assertAlmostEqual(triangle["share_theory"].iloc[0], (0.4 + 0.5) / 2)
        self.assertEqual(list(decay["epoch"]), [2, 2])
        self.assertEqual(list(decay["transient"]), [0.0, 1.0])
        self.assertAlmostEqual(decay["share_mean"].iloc[0], 0.2)
        self.assertAlmostEqual(decay["share_high"].iloc[0], 0.3)

    def test_results_without_one_of_the_two_are_refused(self):
        with self.assertRaisesRegex(SystemExit, "^tau: no results with decay; this figure needs both"):
            distribution.summarise(pd.DataFrame(self.rows[:5]))


if __name__ == "__main__":
    unittest.main()
