"""experiments/fig1/plot.py on outcomes made up here: means, what is left out, theory, and the files it writes."""

import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import pandas as pd

FIG1 = pathlib.Path(__file__).resolve().parent.parent.parent / "experiments" / "fig1" / "plot.py"
COMMON = {"variant": "none", "learning_rate": 1.0, "inputs": 1000, "exponent": 1.0, "potentiation_only": 0}


def outcome(seed, patterns, uncached, minimal, converged=1):
    return COMMON | {"seed": seed, "patterns": patterns, "converged": converged, "uncached": uncached, "minimal": minimal,
                     "inefficiency": uncached / minimal}


class Fig1(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def plot(self, rows, *options):
        """Runs the script on these outcomes; returns the finished process."""
        pd.DataFrame(rows).to_csv(self.folder / "outcomes.csv", index=False)
        command = [sys.executable, FIG1, self.folder / "outcomes.csv", "-o", self.folder / "out", "--name", "made-up",
                   "--program", os.environ["SYNCACHE_PROGRAM"], *options]
        return subprocess.run(command, capture_output=True, text=True)

    def test_means_leave_out_what_did_not_converge(self):
        done = self.plot([outcome(1, 1900, 1000.0, 10.0), outcome(2, 1900, 3000.0, 10.0), outcome(3, 1900, 1e9, 1.0, converged=0)],
                         "--table")
        self.assertEqual(done.returncode, 0, done.stderr)
        panel = pd.read_csv(self.folder / "out" / "made-up-d.csv")
        self.assertEqual(len(panel), 1)
        row = panel.iloc[0]
        self.assertEqual([row.trials, row.not_converged], [3, 1])
        self.assertEqual([row.inefficiency_low, row.inefficiency_median, row.inefficiency_high], [100.0, 200.0, 300.0])
        self.assertAlmostEqual(row.learned, 2 / 3)
        self.assertIn("1 of 3 trials did not converge", done.stdout)
        self.assertIn("1 of 3 trials did not converge", (self.folder / "out" / "made-up-caption.txt").read_text())

    def test_theory_is_that_of_the_paper(self):
        self.plot([outcome(1, 1900, 1000.0, 10.0), outcome(1, 1000, 1000.0, 10.0)])
        ratios, energies = (pd.read_csv(self.folder / "out" / f"made-up-{panel}.csv") for panel in "dc")
        self.assertAlmostEqual(ratios.inefficiency_theory[1], 772.6, places=1)  # the paper: 773 at P = 1900
        self.assertAlmostEqual(energies.uncached_theory[0], 2e6, delta=1e-3)  # K = 2P at P = N
        self.assertAlmostEqual(energies.minimal_theory[0], 1000 * math.sqrt(2 * 2000 / math.pi), delta=1e-6)

    def test_writes_both_pictures_and_keeps_one_at_screen_size(self):
        done = self.plot([outcome(1, p, 1000.0, 10.0) for p in (10, 100)], "--keep", self.folder / "kept.png")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertLess((self.folder / "kept.png").stat().st_size, (self.folder / "out" / "made-up.png").stat().st_size)
        self.assertEqual((self.folder / "out" / "made-up.png").read_bytes()[:4], b"\x89PNG")
        self.assertIn("<svg", (self.folder / "out" / "made-up.svg").read_text())

    def test_refuses_mixed_results_and_missing_files_in_one_line(self):
        mixed = self.plot([outcome(1, 10, 1000.0, 10.0), outcome(1, 10, 1000.0, 10.0) | {"variant": "l1"}])
        self.assertEqual(mixed.returncode, 1)
        self.assertRegex(mixed.stderr, r"\Avariant: found l1, none; .*\n\Z")
        absent = subprocess.run([sys.executable, FIG1, self.folder / "absent.csv"], capture_output=True, text=True)
        self.assertEqual(absent.returncode, 1)
        self.assertRegex(absent.stderr, r"\A[^\n]*absent.csv[^\n]*\n\Z")

    def test_says_in_the_figure_that_trials_are_missing(self):
        program, results = os.environ["SYNCACHE_PROGRAM"], self.folder / "r.sqlite"
        run = [program, "run", FIG1.parent / "quick.toml", "-o", results, "--quiet", "--set", "patterns=[10, 20]", "--set", "seed=[1, 2]"]
        captions, pictures, columns = [], [], []
        for shard in ("1/2", "2/2"):
            subprocess.run([*run, "--shard", shard], check=True)
            done = subprocess.run([sys.executable, FIG1, results, "-o", self.folder / "out", "--name", "f", "--program", program],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual("2 of 4 trials are missing" in done.stderr, shard == "1/2")
            captions.append((self.folder / "out" / "f-caption.txt").read_text())
            pictures.append((self.folder / "out" / "f.svg").read_text())
            numbers = [pd.read_csv(file) for file in (self.folder / "out").glob("f-*.csv")]
            columns.append([set(table["missing"]) if "missing" in table else None for table in numbers])
        self.assertTrue(captions[0].startswith("Not complete: 2 of 4 trials are missing. "), captions[0])
        self.assertNotIn("Not complete", captions[1])
        self.assertEqual(["Not complete" in picture for picture in pictures], [True, False])
        self.assertEqual(columns, [[{2}] * len(columns[0]), [None] * len(columns[0])])

    def test_finds_the_program_elsewhere_or_says_how_to_name_it(self):
        copied = shutil.copytree(FIG1.parent.parent, self.folder / "elsewhere" / "experiments")
        pd.DataFrame([outcome(1, p, 1000.0, 10.0) for p in (10, 100)]).to_csv(self.folder / "outcomes.csv", index=False)
        command = [sys.executable, copied / "fig1" / "plot.py", self.folder / "outcomes.csv", "-o", self.folder / "out"]
        without = {key: value for key, value in os.environ.items() if key != "SYNCACHE"} | {"PATH": "/nowhere"}
        refused = subprocess.run(command, env=without, capture_output=True, text=True)
        self.assertEqual(refused.returncode, 1)
        self.assertRegex(refused.stderr, r"\A[^\n]*syncache: there is no such program; name syncache with --program or \$SYNCACHE[^\n]*\n\Z")
        found = subprocess.run(command, env=without | {"SYNCACHE": os.environ["SYNCACHE_PROGRAM"]}, capture_output=True, text=True)
        self.assertEqual(found.returncode, 0, found.stderr)


if __name__ == "__main__":
    unittest.main()
