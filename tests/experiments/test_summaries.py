"""What the plot.py of each figure makes of tables made up here: the numbers behind its panels, and what it refuses."""

import importlib.util
import math
import pathlib
import tempfile
import unittest

import pandas as pd

EXPERIMENTS = pathlib.Path(__file__).resolve().parent.parent.parent / "experiments"
PERCEPTRON = {"variant": "local-global", "inputs": 1000, "patterns": 500, "tau": math.inf, "maintenance_cost": 0.01,
              "potentiation_only": 0, "exponent": 1.0, "threshold": 5.0, "converged": 1}


def script(figure):
    """The figure's plot.py as a module."""
    spec = importlib.util.spec_from_file_location(f"{figure}_plot", EXPERIMENTS / figure / "plot.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def table(*rows, **common):
    return pd.DataFrame([PERCEPTRON | common | row for row in rows])


class Summaries(unittest.TestCase):
    def row(self, panel, **where):
        """The one row of a panel with these values."""
        for column, value in where.items():
            panel = panel[panel[column] == value]
        self.assertEqual(len(panel), 1, panel)
        return panel.iloc[0]

    def refuses(self, text, summarise, *tables):
        with self.assertRaises(SystemExit) as ended:
            summarise(*tables)
        self.assertRegex(str(ended.exception), text)

    def draws(self, figure, panels):
        """That the picture of these panels can be saved, with a file of numbers for each."""
        with tempfile.TemporaryDirectory() as folder:
            paths = script("fig1").plotting.save(figure, panels, folder, "made-up")
            self.assertEqual(len(paths), 3 + len(panels))
            for path in paths:
                self.assertGreater(path.stat().st_size, 0)

    def test_fig1s1_keeps_all_changes_and_potentiation_apart(self):
        summarise = script("fig1s1").summarise
        outcomes = table(*({"exponent": 2.0, "potentiation_only": only, "inefficiency": value, "converged": converged}
                           for only, value, converged in ((0, 2.0, 1), (0, 4.0, 1), (0, 99.0, 0), (1, 5.0, 1))))
        predictions = table({"exponent": 2.0, "uncached": 30.0, "minimal": 10.0},
                            {"exponent": 2.0, "uncached": 1.0, "minimal": 1.0, "potentiation_only": 1})
        row = self.row(summarise(outcomes, predictions)["inefficiency"], exponent=2.0)
        self.assertEqual([row.inefficiency_mean, row.inefficiency_low, row.inefficiency_high], [3.0, 2.0, 4.0])
        self.assertEqual([row.potentiation_mean, row.inefficiency_theory, row.not_converged], [5.0, 3.0, 1])
        self.refuses("^patterns: found 500, 600;", summarise, pd.concat([outcomes, outcomes.assign(patterns=600)]), predictions)

    def traces(self, **common):
        """Updates at presentations 1 and 4 of three followed synapses, for two seeds."""
        return table(*({"seed": seed, "presentation": time, "synapse": synapse, "transient": seed * time + synapse, "weight": 10.0 * time,
                        "transient_sum": 100.0 * time, "consolidation": 7.0 * (time > 1)}
                       for seed in (1, 2) for time in (1, 4) for synapse in (0, 1, 2)), **({"decay_form": "linear"} | common))

    def test_fig2a_takes_the_weight_of_the_lowest_seed_apart(self):
        plot = script("fig2a")
        traces = self.traces()
        panels = plot.summarise(traces)
        self.assertEqual(sorted(panels["traces"]["synapse"].unique()), [0, 1])
        row = self.row(panels["traces"], presentation=4, synapse=1, moment="after")
        self.assertEqual([row.transient, row.persistent, row.weight], [5.0, 35.0, 40.0])
        panels["energy"] = plot.energy(traces, 0.01, (0, 6))
        self.draws(plot.draw(panels, 5.0, (0, 6)), panels)
        self.refuses("^traced_synapses: .*at least 2", plot.summarise, traces[traces["synapse"] == 0])

    def test_fig2a_shows_decay_until_the_next_update(self):
        plot = script("fig2a")
        for form, factor in (("linear", 0.9), ("exponential", math.exp(-0.1))):
            rows = plot.summarise(self.traces(tau=10.0, decay_form=form))["traces"]
            self.assertEqual(list(rows[rows["synapse"] == 0]["moment"]), ["after", "before", "after"])
            row = self.row(rows, presentation=4, synapse=1, moment="before")
            self.assertAlmostEqual(row.transient, 2.0 * factor**3)  # three presentations, that of the update included
            self.assertEqual(row.persistent, 8.0)
            self.assertAlmostEqual(row.weight, 8.0 + 2.0 * factor**3)

    def test_fig2a_pays_for_what_is_held_before_a_change_and_for_consolidations(self):
        costs = script("fig2a").energy(self.traces(tau=10.0), 0.5, (0, 6))
        held = [0, 0, 100 * 0.9, 100 * 0.9**2, 100 * 0.9**3, 400 * 0.9]  # updates in presentations 1 and 4
        for got, want in zip(costs["maintenance"], held):
            self.assertAlmostEqual(got, 0.5 * want)
        self.assertEqual(list(costs["consolidation"]), [0, 0, 0, 0, 7, 0])

    def test_fig2b_has_a_panel_for_each_variant_and_one_for_theory(self):
        plot = script("fig2b")
        outcomes = table(*({"variant": variant, "consolidation": 2.0 * seed, "maintenance": seed, "total": 3.0 * seed, "uncached": 90.0, "minimal": 1.0}
                           for variant in ("local-global", "local-local") for seed in (1, 3)))
        theory = table({"threshold": 1.0, "consolidation": 8.0, "maintenance": 8.0, "total": 16.0})
        panels = plot.summarise(outcomes, theory)
        self.assertEqual(list(panels), ["local-global", "local-local", "theory"])
        row = self.row(panels["local-local"], threshold=5.0)
        self.assertEqual([row.total_mean, row.total_low, row.total_high], [6.0, 3.0, 9.0])
        self.assertEqual(list(panels["theory"].iloc[0]), [1.0, 8.0, 8.0, 16.0])
        self.draws(plot.draw(panels, 0.01), panels)
        self.refuses("^variant: found l1;", plot.summarise, outcomes.assign(variant="l1"), theory)

    def optimum(self, *rows):
        known = {"edge": "no", "seeds": 4, "trials": 60, "not_converged": 1, "uncached": 50.0, "minimal": 1.0, "epochs": 30.0}
        ends = {f"{quantity}_{end}": rows[0][quantity] for quantity in ("total", "threshold") for end in ("low", "high")}
        return table(*rows, **(known | ends))

    def test_fig2c_shows_multiples_of_the_minimal_energy(self):
        plot = script("fig2c")
        optimum = self.optimum(*({"variant": variant, "maintenance_cost": price, "total": 10.0, "threshold": 6.0}
                                 for variant in ("local-global", "local-local") for price in (0.0, 0.01, 0.1))).assign(minimal=2.0)
        theory = table(*({"maintenance_cost": price, "optimal_total": total, "optimal_threshold": 3.0, "minimal": 2.0}
                         for price, total in ((0.0, 3.0), (0.01, 7.0), (0.1, 20.0))), uncached=20.0)
        panels = plot.summarise(optimum, theory)
        self.assertEqual(set(panels["c"]["inefficiency"]), {5.0})
        self.assertEqual(list(panels["theory"]["inefficiency"]), [1.5, 3.5, 10.0])
        self.assertEqual(list(panels["theory"]["threshold"])[:2], [3.0, 3.0])
        self.assertTrue(math.isnan(panels["theory"]["threshold"][2]))  # no cache is best
        self.draws(plot.draw(panels), panels)

    def test_fig3_turns_time_constants_into_rates_and_takes_no_caching_from_no_decay(self):
        plot = script("fig3")
        optimum = self.optimum(*({"tau": tau, "total": 10.0, "threshold": 6.0} for tau in (math.inf, 100.0, 1000.0)))
        outcomes = table({"uncached": 40.0, "epochs": 20}, {"uncached": 60.0, "epochs": 40, "seed": 2}, {"uncached": 1e9, "converged": 0},
                         {"tau": 100.0, "uncached": 1e9, "epochs": 900}, seed=1)
        panels = plot.summarise(optimum, outcomes)
        self.assertEqual(set(panels["optimum"]["seeds_run"]), {2})
        self.assertEqual(sorted(panels["optimum"]["decay_rate"]), [0.0, 0.001, 0.01])
        self.assertEqual(list(panels["uncached"].iloc[0]), [50.0, 30.0])
        self.draws(plot.draw(panels), panels)

    def test_fig3s1a_has_means_and_standard_errors_of_converged_trials(self):
        plot = script("fig3s1a")
        outcomes = table(*({"maintenance_cost": price, "total": total, "epochs": 10 * total, "converged": converged}
                           for price in (0.0, 0.1) for total, converged in ((1.0, 1), (3.0, 1), (100.0, 0))), tau=1000.0)
        panels = plot.summarise(outcomes)
        row = self.row(panels["time-energy"], maintenance_cost=0.1)
        self.assertEqual([row.total_mean, row.epochs_mean, row.not_converged], [2.0, 20.0, 1])
        self.assertAlmostEqual(row.total_error, 1.0)  # sample deviation sqrt(2) over sqrt(2)
        self.draws(plot.draw(panels["time-energy"]), panels)

    def test_fig3s1b_has_means_and_standard_errors_of_converged_trials(self):
        plot = script("fig3s1b")
        outcomes = table(*({"total": total, "presentations": 1000 * total, "converged": converged, "threshold": threshold}
                           for threshold in (0.01, 0.02) for total, converged in ((1.0, 1), (3.0, 1), (100.0, 0))))
        panels = plot.summarise(outcomes)
        row = self.row(panels["b"], threshold=0.02)
        self.assertEqual([row.total_mean, row.presentations_mean, row.not_converged], [2.0, 2000.0, 1])
        self.assertAlmostEqual(row.presentations_error, 1000.0)
        self.draws(plot.draw(panels, "MNIST", 0.93), panels)

    def test_fig4b_shows_the_optimum_of_each_variant(self):
        plot = script("fig4b")
        optimum = self.optimum(*({"variant": variant, "total": 10.0, "threshold": 6.0, "maintenance_cost": price} for variant in plot.LOOKS for price in (0.0, 0.01)))
        panels = plot.summarise(optimum)
        self.assertEqual(len(panels["b"]), 6)
        self.draws(plot.draw(panels["b"]), panels)
        self.refuses("^variant: found none;", plot.summarise, optimum.assign(variant="none"))

    def checkpoints(self, **common):
        """One training each of two seeds: accuracy rises by steps, energy with it."""
        return table(*({"seed": seed, "presentations": time, "accuracy": accuracy, "uncached": seed * time, "minimal": time / 10,
                        "consolidation": seed * time / 2, "maintenance_sum": 100.0 * time}
                       for seed, accuracies in ((1, (0.75, 0.86, 0.91)), (2, (0.8, 0.8, 0.92)))
                       for time, accuracy in zip((1000.0, 2000.0, 3000.0), accuracies)), **common)

    def test_fig5a_shows_means_at_checkpoints_that_all_seeds_reach(self):
        plot = script("fig5a")
        checkpoints = self.checkpoints(variant="none", learning_rate=0.1)
        panels = plot.summarise(checkpoints.drop(index=checkpoints.index[-1]))  # the second seed ends a checkpoint earlier
        self.assertEqual(list(panels["a"]["presentations"]), [1000.0, 2000.0])
        row = self.row(panels["a"], presentations=2000.0)
        self.assertAlmostEqual(row.accuracy, 0.83)
        self.assertEqual(row.uncached, 3000.0)
        self.draws(plot.draw(panels, "MNIST", plot.np.zeros((28, 28))), panels)
        self.refuses("^variant: ", plot.summarise, pd.concat([checkpoints, checkpoints.assign(variant="local-neuron")]))

    def test_fig5b_adds_maintenance_at_its_price_and_keeps_gradients_apart(self):
        plot = script("fig5b")
        checkpoints = pd.concat([self.checkpoints(variant=variant, backprop=gradient)
                                 for variant in ("none", "local-neuron") for gradient in ("published", "exact")])
        panels = plot.summarise(checkpoints, 0.001)
        self.assertEqual(list(panels), ["published", "exact"])
        row = self.row(panels["exact"], variant="local-neuron", presentations=3000.0)
        self.assertAlmostEqual(row.total, (1500.0 + 3000.0) / 2 + 300.0)
        self.assertAlmostEqual(row.accuracy, 0.915)
        self.assertEqual(row.ratio, 15.0)
        self.draws(plot.draw(panels, "synthetic digits", "made up"), panels)

    def test_fig5c_takes_each_networks_own_best_threshold(self):
        plot = script("fig5c")
        rows = [{"hidden": 5, "seed": seed, "threshold": threshold, "total": total, "converged": converged}
                for seed, threshold, total, converged in ((1, 0.1, 10.0, 1), (1, 0.2, 14.0, 1), (2, 0.1, 30.0, 1), (2, 0.2, 20.0, 1), (2, 0.3, 1.0, 0))]
        rows += [{"hidden": 10, "seed": seed, "total": 40.0, "converged": seed == 1} for seed in (1, 2)]
        rows += [{"hidden": 15, "seed": seed, "total": 1.0, "converged": 0} for seed in (1, 2)]
        panels = plot.summarise(table(*rows, target_accuracy=0.9, variant="none"))
        row = self.row(panels["c"], hidden=5)
        self.assertEqual([row.total, row.seeds, row.seeds_run], [15.0, 2, 2])
        self.assertAlmostEqual(row.error, 5.0)
        self.assertAlmostEqual(row.threshold, 0.15)
        self.assertEqual(list(panels["c"]["hidden"]), [5, 10, 15])
        self.assertTrue(math.isnan(self.row(panels["c"], hidden=15).total))
        self.assertEqual(list(plot.plotting.partial(panels["c"])), [False, True, False])
        self.assertIn("Open markers: not all seeds.", plot.caption(panels["c"]))
        self.draws(plot.draw(panels, "MNIST"), panels)

    def test_fig6_gives_energies_per_epoch_of_epochs_that_half_of_the_seeds_reach(self):
        plot = script("fig6")
        epochs = table(*({"seed": seed, "epoch": epoch, "updates": 100 * seed, "maintenance_sum": 1000.0 * seed, "consolidation": 500.0}
                         for seed, last in ((1, 2), (2, 1), (3, 1)) for epoch in range(last + 1)))
        predictions = table({"epoch": 0, "maintenance_power": 3.0, "consolidation_power": 2.0},
                            {"epoch": 0, "maintenance_power": 5.0, "consolidation_power": 2.0})
        panels = plot.summarise(epochs, predictions)
        self.assertEqual(list(panels["power"]["epoch"]), [1, 2])  # counted from 1; the third has one seed of three
        row = self.row(panels["power"], epoch=1)
        self.assertAlmostEqual(row.maintenance_mean, 0.01 * 2000)
        self.assertEqual([row.consolidation_mean, row.update_probability, row.maintenance_theory], [500.0, 0.4, 4.0 * 500])
        self.assertEqual(plot.who_learns(panels["power"]), "")  # all three are there until the second, the last shown
        fewer = pd.DataFrame({"epoch": [1, 2, 3], "seeds": [4, 4, 2]})
        self.assertIn("4 until epoch 2 (dotted line), 2 in epoch 3;", plot.who_learns(fewer))
        self.draws(plot.draw(panels["power"]), panels)

    def test_single_seeds_have_no_bars(self):
        plot = script("fig3s1a")
        panels = plot.summarise(table({"total": 1.0, "epochs": 10.0}, {"total": 2.0, "epochs": 20.0, "threshold": 6.0}, tau=1000.0))
        self.draws(plot.draw(panels["time-energy"]), panels)


if __name__ == "__main__":
    unittest.main()
