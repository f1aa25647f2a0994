"""experiments/fig2s1/plot.py on outcomes made up here: what is compared, units, and what is refused."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import pandas as pd

PLOT = pathlib.Path(__file__).resolve().parent.parent.parent / "experiments" / "fig2s1" / "plot.py"
COMMON = {"exponent": 1.0, "potentiation_only": 0, "maintenance_cost": 0.0}


def outcome(variant, seed, total, converged=1, successful=1, patterns=4):
    return COMMON | {"variant": variant, "seed": seed, "patterns": patterns, "converged": converged,
                     "successful": successful, "total": total}


class Fig2s1(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def plot(self, rows):
        pd.DataFrame(rows).to_csv(self.folder / "outcomes.csv", index=False)
        return subprocess.run([sys.executable, PLOT, self.folder / "outcomes.csv", "-o", self.folder], capture_output=True, text=True)

    def test_compares_successful_trainings_and_leaves_out_what_did_not_converge(self):
        done = self.plot([outcome("none", 1, 10e-9), outcome("local-global", 1, 2e-9),
                          outcome("none", 2, 20e-9), outcome("local-global", 2, 8e-9),
                          outcome("none", 4, 90e-9, successful=0), outcome("local-global", 4, 80e-9, successful=0),
                          outcome("none", 3, 1.0, converged=0), outcome("local-global", 3, 1.0, converged=0)])
        self.assertEqual(done.returncode, 0, done.stderr)
        energies, savings, success = (pd.read_csv(self.folder / f"fig2s1-{panel}.csv").iloc[0] for panel in "abc")
        self.assertAlmostEqual(energies.uncached_energy_mean, 15e-9, delta=1e-18)
        self.assertAlmostEqual(energies.cached_energy_mean, 5e-9, delta=1e-18)
        self.assertAlmostEqual(savings.saving_mean, 0.7)
        self.assertEqual([savings.trials, savings.not_converged], [3, 1])
        self.assertAlmostEqual(energies.uncached_energy_sd, 50 ** 0.5 * 1e-9, delta=1e-18)
        self.assertEqual([success.trials, success.successful], [4, 3])

    def test_needs_both_variants(self):
        alone = self.plot([outcome("none", 1, 10e-9)])
        self.assertEqual(alone.returncode, 1)
        self.assertRegex(alone.stderr, r"\Avariant: [^\n]*\n\Z")


if __name__ == "__main__":
    unittest.main()
