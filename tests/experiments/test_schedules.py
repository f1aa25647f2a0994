"""experiments/schedules/plot.py on outcomes made up here: which schedules are compared, and with what."""

import importlib.util
import math
import pathlib
import unittest

import pandas as pd

PLOT = pathlib.Path(__file__).resolve().parent.parent.parent / "experiments" / "schedules" / "plot.py"
spec = importlib.util.spec_from_file_location("schedules_plot", PLOT)
schedules = importlib.util.module_from_spec(spec)
spec.loader.exec_module(schedules)


def row(schedule, time, total, seed=1, threshold=5.0, tau=math.inf, converged=1):
    return {"tau": tau, "maintenance_cost": 0.001, "threshold_schedule": schedule, "threshold_time": time, "threshold": threshold,
            "seed": seed, "converged": converged, "total": total, "epochs": 20}


class Schedules(unittest.TestCase):
    def test_the_best_time_constant_stands_for_its_schedule(self):
        choice = schedules.best(pd.DataFrame([row("constant", math.inf, 100.0), row("exponential", 10.0, 90.0), row("exponential", 20.0, 80.0),
                                              row("exponential", 10.0, 70.0, tau=1000.0)]))
        found = {(tau, schedule): time for tau, schedule, time in zip(choice["tau"], choice["threshold_schedule"], choice["threshold_time"])}
        self.assertEqual(found, {(math.inf, "constant"): math.inf, (math.inf, "exponential"): 20.0, (1000.0, "exponential"): 10.0})

    def test_savings_are_pattern_set_by_pattern_set(self):
        outcomes = pd.DataFrame([row("constant", math.inf, 100.0), row("constant", math.inf, 200.0, seed=2), row("constant", math.inf, 1.0, threshold=7.0),
                                 row("exponential", 20.0, 50.0), row("exponential", 20.0, 150.0, seed=2), row("exponential", 30.0, 1.0),
                                 row("constant", math.inf, 1.0, seed=3, converged=0), row("exponential", 20.0, 1.0, seed=3)])
        choice = pd.DataFrame([row("constant", math.inf, 0.0), row("exponential", 20.0, 0.0)])
        rows = schedules.savings(outcomes, choice)
        ratios = rows[rows["threshold_schedule"] == "exponential"].set_index("seed")["ratio"].to_dict()
        self.assertEqual(ratios, {1: 0.5, 2: 0.75})


if __name__ == "__main__":
    unittest.main()
