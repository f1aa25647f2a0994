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
            self.assertEqual(len(paths), 2 + len(panels))
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
        return table(*({"seed": seed, "presentation": time, "synapse": synapse, "transient": seed * time + synapse, "weight": 10.0 * time}
                       for seed in (1, 2) for time in (1, 4) for synapse in (0, 1, 2)), **({"decay_form": "linear"} | common))

    def test_fig2a_takes_the_weight_of_the_lowest_seed_apart(self):
        plot = script("fig2a")
        traces = self.traces()
        panels = plot.summarise(traces)
        self.assertEqual(sorted(panels["traces"]["synapse"].unique()), [0, 1])
        row = self.row(panels["traces"], presentation=4, synapse=1, moment="after")
        self.assertEqual([row.transient, row.persistent, row.weight], [5.0, 35.0, 40.0])
        self.draws(plot.draw(panels["traces"], 5.0, 500), panels)
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

    def test_fig2b_has_a_panel_for_each_variant_with_its_theory(self):
        plot = script("fig2b")
        outcomes = table(*({"variant": variant, "consolidation": 2.0 * seed, "maintenance": seed, "total": 3.0 * seed}
                           for variant in ("local-global", "local-local") for seed in (1, 3)))
        predictions = table(*({"variant": variant, "consolidation": energy, "maintenance": energy, "total": 2 * energy}
                              for variant, energy in (("local-global", 7.0), ("local-local", 8.0))))
        panels = plot.summarise(outcomes, predictions)
        self.assertEqual(list(panels), ["local-global", "local-local"])
        row = self.row(panels["local-local"], threshold=5.0)
        self.assertEqual([row.total_mean, row.total_low, row.total_high, row.total_theory], [6.0, 3.0, 9.0, 16.0])
        self.assertEqual(self.row(panels["local-global"], threshold=5.0).consolidation_theory, 7.0)
        self.draws(plot.draw(panels, 0.01), panels)
        self.refuses("^variant: found l1;", plot.summarise, outcomes.assign(variant="l1"), predictions)

    def optimum(self, *rows):
        known = {"edge": "no", "seeds": 4, "trials": 60, "not_converged": 1, "uncached": 50.0, "minimal": 1.0, "epochs": 30.0}
        ends = {f"{quantity}_{end}": rows[0][quantity] for quantity in ("total", "threshold") for end in ("low", "high")}
        return table(*rows, **(known | ends))

    def test_fig2c_puts_theory_beside_each_variant(self):
        plot = script("fig2c")
        optimum = self.optimum(*({"variant": variant, "maintenance_cost": price, "total": 10.0, "threshold": 6.0}
                                 for variant in ("local-global", "local-local") for price in (0.0, 0.1)))
        predictions = table({"maintenance_cost": 0.1, "optimal_total": 7.0, "optimal_threshold": 3.0},
                            {"maintenance_cost": 0.1, "optimal_total": 9.0, "optimal_threshold": 5.0},
                            {"maintenance_cost": 0.0, "optimal_total": 1.0, "optimal_threshold": 9.0}, uncached=20.0)
        panels = plot.summarise(optimum, predictions)
        self.assertEqual(len(panels["c"]), 4)
        dear = plot.summarise(optimum, predictions.assign(uncached=8.0))["c"]
        self.assertTrue(math.isnan(self.row(dear, maintenance_cost=0.1, variant="local-local").threshold_theory))  # no cache is best
        self.assertEqual(self.row(dear, maintenance_cost=0.0, variant="local-local").threshold_theory, 9.0)
        row = self.row(panels["c"], maintenance_cost=0.1, variant="local-local")
        self.assertEqual([row.total_theory, row.threshold_theory], [8.0, 4.0])
        self.draws(plot.draw(panels["c"]), panels)

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
        self.draws(plot.draw(panels["time-energy"], 1000.0), panels)

    def test_fig3s1b_has_means_and_standard_errors_of_converged_trials(self):
        plot = script("fig3s1b")
        outcomes = table(*({"total": total, "presentations": 1000 * total, "converged": converged, "threshold": threshold}
                           for threshold in (0.01, 0.02) for total, converged in ((1.0, 1), (3.0, 1), (100.0, 0))))
        panels = plot.summarise(outcomes)
        row = self.row(panels["b"], threshold=0.02)
        self.assertEqual([row.total_mean, row.presentations_mean, row.not_converged], [2.0, 2000.0, 1])
        self.assertAlmostEqual(row.presentations_error, 1000.0)
        self.draws(plot.draw(panels, "MNIST", 0.93), panels)

    def test_fig4b_takes_the_theory_of_the_local_variant(self):
        plot = script("fig4b")
        optimum = self.optimum(*({"variant": variant, "total": 10.0, "threshold": 6.0} for variant in plot.LOOKS))
        predictions = table({"variant": "local-local", "optimal_total": 7.0}, {"variant": "global-global", "optimal_total": 1e9})
        panels = plot.summarise(optimum, predictions)
        self.assertEqual(list(panels["b"]["total_theory"]), [7.0, 7.0, 7.0])
        self.draws(plot.draw(panels["b"]), panels)
        self.refuses("^variant: found none;", plot.summarise, optimum.assign(variant="none"), predictions)

    def checkpoints(self, **common):
        """One training each of two seeds: accuracy rises by steps, energy with it."""
        return table(*({"seed": seed, "presentations": time, "accuracy": accuracy, "uncached": seed * time, "minimal": time / 10,
                        "consolidation": seed * time / 2, "maintenance_sum": 100.0 * time}
                       for seed, accuracies in ((1, (0.75, 0.86, 0.91)), (2, (0.8, 0.8, 0.92)))
                       for time, accuracy in zip((1000.0, 2000.0, 3000.0), accuracies)), **common)

    def test_fig5a_reads_energies_where_an_accuracy_is_first_reached(self):
        plot = script("fig5a")
        checkpoints = self.checkpoints(variant="none", learning_rate=0.1)
        panels = plot.summarise(checkpoints)
        low, high = (self.row(panels["a"], accuracy=accuracy) for accuracy in (0.8, 0.9))
        self.assertEqual([low.uncached_low, low.uncached_mean, low.uncached_high], [2000.0, 2000.0, 2000.0])
        self.assertEqual([high.uncached_low, high.uncached_mean, high.uncached_high], [3000.0, 4500.0, 6000.0])
        self.assertEqual(self.row(panels["a"], accuracy=0.915).seeds, 1)  # one of two: no mean
        self.assertTrue(math.isnan(self.row(panels["a"], accuracy=0.915).uncached_mean))
        self.draws(plot.draw(panels, "MNIST"), panels)
        self.refuses("^variant: ", plot.summarise, pd.concat([checkpoints, checkpoints.assign(variant="local-neuron")]))

    def test_fig5b_adds_maintenance_at_its_price_and_keeps_gradients_apart(self):
        plot = script("fig5b")
        checkpoints = pd.concat([self.checkpoints(variant=variant, backprop=gradient)
                                 for variant in ("none", "local-neuron") for gradient in ("published", "exact")])
        panels = plot.summarise(checkpoints, 0.001)
        self.assertEqual(list(panels), ["published", "exact"])
        row = self.row(panels["exact"], variant="local-neuron", accuracy=0.9)
        self.assertEqual([row.total_low, row.total_high], [1500.0 + 300.0, 3000.0 + 300.0])
        self.assertEqual([row.ratio_low, row.ratio_high], [10.0, 20.0])
        self.draws(plot.draw(panels, "MNIST", "made up"), panels)

    def test_fig5c_breaks_lines_where_sizes_do_not_reach_the_accuracy(self):
        plot = script("fig5c")
        optimum = self.optimum({"total": 10.0, "threshold": 0.1}, {"total": 20.0, "threshold": 0.1, "hidden": 10},
                               {"total": math.nan, "threshold": math.nan, "hidden": 15}).assign(target_accuracy=0.9, variant="none")
        optimum["hidden"] = [5, 15, 10]
        panels = plot.summarise(optimum, 4)
        self.assertEqual(list(panels["c"]["hidden"]), [5, 10, 15])
        self.assertTrue(math.isnan(self.row(panels["c"], hidden=10).total))
        self.assertEqual(plot.plotting.open_note(panels["c"]), "")
        figure = plot.draw(panels, "MNIST")
        self.assertEqual(figure._supxlabel.get_text(), "Bands: 95 % interval of the mean over seeds\n3 of 180 trials did not converge and are left out")
        self.draws(figure, panels)
        self.assertEqual(list(plot.plotting.partial(plot.summarise(optimum, 5)["c"])), [True, False, True])

    def test_fig6_gives_powers_per_presentation_of_epochs_that_half_of_the_seeds_reach(self):
        plot = script("fig6")
        epochs = table(*({"seed": seed, "epoch": epoch, "updates": 100 * seed, "maintenance_sum": 1000.0 * seed, "consolidation": 500.0}
                         for seed, last in ((1, 2), (2, 1), (3, 1)) for epoch in range(last + 1)))
        predictions = table({"epoch": 0, "maintenance_power": 3.0, "consolidation_power": 2.0},
                            {"epoch": 0, "maintenance_power": 5.0, "consolidation_power": 2.0})
        panels = plot.summarise(epochs, predictions)
        self.assertEqual(list(panels["power"]["epoch"]), [1, 2])  # counted from 1; the third has one seed of three
        row = self.row(panels["power"], epoch=1)
        self.assertAlmostEqual(row.maintenance_power_mean, 0.01 * 2000 / 500)
        self.assertEqual([row.consolidation_power_mean, row.update_probability, row.maintenance_power_theory], [1.0, 0.4, 4.0])
        self.assertEqual(plot.who_learns(panels["power"]), "")  # all three are there until the second, the last shown
        fewer = pd.DataFrame({"epoch": [1, 2, 3], "seeds": [4, 4, 2]})
        self.assertIn("4 until epoch 2, 2 in epoch 3;", plot.who_learns(fewer))
        self.draws(plot.draw(panels["power"]), panels)

    def test_single_seeds_have_no_bars(self):
        plot = script("fig3s1a")
        panels = plot.summarise(table({"total": 1.0, "epochs": 10.0}, {"total": 2.0, "epochs": 20.0, "threshold": 6.0}, tau=1000.0))
        figure = plot.draw(panels["time-energy"], 1000.0)
        self.assertNotIn("bars", figure._supxlabel.get_text())
        self.draws(figure, panels)


if __name__ == "__main__":
    unittest.main()
