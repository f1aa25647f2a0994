"""experiments/report.py on small figures made up here: what it runs, and that it tells failures from passes."""

import contextlib
import io
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "experiments"))
import report

EXPERIMENT = """name = "{name}"
model = "perceptron"
[fixed]
inputs = 30
variant = "none"
[axes]
patterns = [10, 20]
seed = [1, 2]
"""
PLOT = """import argparse, pathlib
parser = argparse.ArgumentParser()
for option in ("results", "-o", "--name", "--program", "--keep"):
    parser.add_argument(option)
options = parser.parse_args()
(pathlib.Path(options.o) / (options.name + ".svg")).write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
(pathlib.Path(options.o) / (options.name + "-caption.txt")).write_text("A & B.")
if options.keep:
    pathlib.Path(options.keep).write_text("a picture")
"""
CLAIMS = """[[claims]]
id = "count"
claim = "There are <four> trials."
where = "nowhere"
sql = "SELECT count(*) FROM outcomes"
low = {low}
high = {low}
reason = "counted"
"""
DEVIATION = """deviation = {{ low = {low}, high = {low}, why = "somebody <miscounted>" }}
"""


@unittest.skipUnless(os.environ.get("SYNCACHE_PROGRAM"), "SYNCACHE_PROGRAM is not set")
class Report(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.experiments = pathlib.Path(folder.name) / "experiments"
        self.out = pathlib.Path(folder.name) / "out"

    def figure(self, name, low=4, plot=PLOT):
        folder = self.experiments / name
        folder.mkdir(parents=True)
        (folder / "experiment.toml").write_text(EXPERIMENT.format(name=name))
        (folder / "quick.toml").write_text(EXPERIMENT.format(name=name + "-quick"))
        (folder / "plot.py").write_text(plot)
        (folder / "claims.toml").write_text(CLAIMS.format(low=low))
        (folder / "README.md").write_text(f"# Figure {name}\n\nWhat `it` shows.\n\nMore.\n")

    def make(self, *words):
        """Runs the program; returns its exit code, what it printed, and the report."""
        printed = io.StringIO()
        command = ["report.py", "--out", str(self.out), "--program", os.environ["SYNCACHE_PROGRAM"], *words]
        with mock.patch.object(report, "EXPERIMENTS", self.experiments), mock.patch.object(sys, "argv", command), \
                contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            with self.assertRaises(SystemExit) as ended:
                report.main()
        page = self.out / "report.html"
        return ended.exception.code, printed.getvalue(), page.read_text() if page.exists() else ""

    def test_good_figures_pass_in_the_order_of_their_numbers(self):
        self.figure("fig10")
        self.figure("fig2b")
        code, printed, page = self.make()
        self.assertEqual(code, 0, printed)
        self.assertLess(page.index("Figure fig2b"), page.index("Figure fig10"))
        self.assertIn("There are &lt;four&gt; trials.", page)
        self.assertIn("What it shows.", page)
        self.assertIn("data:image/svg+xml;base64,", page)
        self.assertIn("A &amp; B.", page)
        self.assertRegex(page, r"syncache run experiments/fig2b/experiment.toml -o fig2b.sqlite\n\d{4}-\d\d-\d\d, \d+ s, commit [0-9a-f]{12}")
        self.assertNotIn("http://", page.replace("http://www.w3.org", ""), "self-contained")

    def test_a_failed_claim_is_reported_and_counts(self):
        self.figure("fig1")
        self.figure("fig2", low=5)
        code, printed, page = self.make()
        self.assertEqual(code, 1)
        self.assertRegex(printed, r"fig1 +passed")
        self.assertRegex(printed, r"fig2 +FAILED  count")
        self.assertEqual(page.count("<tr class='fail'>"), 1)
        self.assertEqual(page.count("<span class='claim fail'"), 1)
        self.assertEqual(page.count("<span class='claim pass'"), 1)

    def deviate(self, name, low):
        claims = self.experiments / name / "claims.toml"
        claims.write_text(claims.read_text() + DEVIATION.format(low=low))

    def test_a_known_deviation_is_accepted_until_it_changes(self):
        self.figure("fig1", low=5)
        self.deviate("fig1", 4)
        code, printed, page = self.make()
        self.assertEqual(code, 0, printed)
        self.assertRegex(printed, r"fig1 +passed  1 claims, deviates as known: count")
        self.assertIn("<tr class='deviates'>", page)
        self.assertIn("Known deviation, 4: somebody &lt;miscounted&gt;", page)
        self.figure("fig2", low=5)
        self.deviate("fig2", 3)
        self.figure("fig3", low=4)
        self.deviate("fig3", 3)
        code, printed, page = self.make()
        self.assertEqual(code, 1)
        self.assertRegex(printed, r"fig2 +FAILED  count")
        self.assertRegex(printed, r"fig3 +FAILED  count")
        self.assertIn("the claim holds; its known deviation is out of date", page)

    def test_claims_of_ours_stand_apart(self):
        self.figure("fig1")
        claims = self.experiments / "fig1" / "claims.toml"
        claims.write_text(claims.read_text() + claims.read_text().replace('"count"', '"mine"') + 'origin = "ours"\n')
        code, printed, page = self.make()
        self.assertEqual(code, 0, printed)
        self.assertLess(page.index("<th>What the paper says"), page.index("<th>What we expected beyond the paper"))

    def absent_data(self, name):
        """Makes the figure learn images that are nowhere."""
        experiment = self.experiments / name / "experiment.toml"
        experiment.write_text(f'name = "{name}"\nmodel = "mlp"\n[fixed]\ndata = "fashion-mnist"\n')

    def test_figures_without_their_data_are_skipped_and_fail_only_when_all_are_required(self):
        self.figure("fig1")
        self.figure("fig5")
        self.absent_data("fig5")
        with mock.patch.object(report, "missing_data", lambda program: {"fashion-mnist"}):
            code, printed, page = self.make()
            self.assertEqual(code, 0, printed)
            self.assertRegex(printed, r"fig5 +skipped  fashion-mnist is not here; get it with `syncache data fetch fashion-mnist`")
            self.assertIn("<tr class='skipped'>", page)
            self.assertEqual(self.make("--require-all")[0], 1)
            self.assertEqual(self.make("--require-all", "fig1")[0], 0)

    def test_keeps_full_results_where_they_are_complete_and_quick_ones_elsewhere(self):
        kept = self.out.parent / "kept"
        for name in ("fig1", "fig2"):
            self.figure(name)
        code, printed, page = self.make("--keep", str(kept))
        self.assertRegex(str(code), "^fig1: .* complete results of neither form; tools/figures --quick fig1 makes them")
        self.make("--quick")
        self.make("fig1")
        self.make("fig2")
        experiment = self.experiments / "fig2" / "experiment.toml"
        experiment.write_text(experiment.read_text().replace("[1, 2]", "[1, 2, 3]"))  # not that of the results any more
        code, printed, page = self.make("--keep", str(kept))
        self.assertEqual(code, 0, printed)
        text = (kept / "README.md").read_text()
        self.assertIn("| Figure fig1 | full | `count` |", text)
        self.assertIn("| Figure fig2 | quick | `count` |", text)
        self.assertRegex(text, r"syncache run experiments/fig2/quick.toml -o fig2-quick.sqlite\n\d{4}-\d\d-\d\d, \d+ s, commit ")
        self.assertIn("*A & B.*", text)
        self.assertEqual(sorted(file.name for file in kept.iterdir()), ["README.md", "fig1.png", "fig2.png"])
        self.assertEqual(self.make("--keep", str(kept), "--quick")[0], 2)

    def test_keeps_what_other_days_have_kept(self):
        kept = self.out.parent / "kept"
        for name in ("fig1", "fig2", "fig3"):
            self.figure(name)
        self.make("fig1")
        self.make("--quick", "fig2", "fig3")
        self.assertEqual(self.make("--keep", str(kept))[0], 0)
        before = (kept / "README.md").read_text()
        for file in self.out.glob("*.sqlite"):
            file.unlink()
        self.make("--quick", "fig1")
        self.make("fig2")
        code, printed, page = self.make("--keep", str(kept), "fig1", "fig2")
        self.assertEqual(code, 0, printed)
        self.assertRegex(printed, r"fig1 +stays as it is, full\nfig2 .*\nfig3 +stays as it is, quick\n")
        text = (kept / "README.md").read_text()
        self.assertEqual(re.findall(r"^\| Figure (fig\d) \| (\w+) \|", text, re.MULTILINE), [("fig1", "full"), ("fig2", "full"), ("fig3", "quick")])
        sections = [page.split("\n## ") for page in (before, text)]
        self.assertEqual([len(part) for part in sections], [4, 4])
        self.assertEqual([old.rstrip() == new.rstrip() for old, new in zip(*sections)], [False, True, False, True])

    def test_what_cannot_be_drawn_is_reported_and_the_others_are_made(self):
        self.figure("fig1", plot="import sys; sys.exit('no ink')")
        self.figure("fig2")
        code, printed, page = self.make()
        self.assertEqual(code, 1)
        self.assertRegex(printed, r"fig1 +FAILED  not drawn: no ink")
        self.assertRegex(printed, r"fig2 +passed")
        self.assertIn("not drawn: no ink", page)

    def test_options_reach_the_experiments(self):
        self.figure("fig1", low=6)
        code, printed, page = self.make("--quick", "--seeds", "3", "fig1")
        self.assertEqual(code, 0, printed)
        self.assertTrue((self.out / "fig1-quick.sqlite").exists())
        self.assertIn("seed={ from = 1, to = 3, step = 1 }", page)
        code, printed, page = self.make("--set", "patterns=[5, 6, 7]")
        self.assertEqual(code, 0, printed)

    def test_figures_without_a_claim_that_applies_fail(self):
        self.figure("fig1")
        claims = self.experiments / "fig1" / "claims.toml"
        claims.write_text(claims.read_text() + 'form = "full"\n')
        code, printed, page = self.make("--quick")
        self.assertEqual(code, 1)
        self.assertRegex(printed, r"fig1-quick +FAILED  no claim applies")

    def test_interrupted_it_lets_the_program_end_in_good_order(self):
        self.figure("fig1")
        experiment = self.experiments / "fig1" / "experiment.toml"
        experiment.write_text(experiment.read_text().replace("inputs = 30", "inputs = 300\nmax_epochs = 3000")
                              .replace("[10, 20]", "[900]").replace("[1, 2]", "{ from = 1, to = 40, step = 1 }"))
        start = "import pathlib, report, sys; report.EXPERIMENTS = pathlib.Path(sys.argv.pop(1)); report.main()"
        with subprocess.Popen([sys.executable, "-c", start, self.experiments, "--out", self.out, "--program", os.environ["SYNCACHE_PROGRAM"]],
                              cwd=report.REPOSITORY / "experiments", start_new_session=True) as process:
            while not re.search(r" [1-9]\d* of 40 trials done, .*, being written", self.status()):
                self.assertIsNone(process.poll())
                time.sleep(0.1)
            os.killpg(process.pid, signal.SIGINT)
            self.assertEqual(process.wait(), 130)
        self.assertRegex(self.status(), r" [1-9]\d* of 40 trials done, .*, interrupted")

    def status(self):
        """What the program says of Fig. 1's results."""
        return subprocess.run([os.environ["SYNCACHE_PROGRAM"], "status", self.out / "fig1.sqlite"], text=True, capture_output=True, check=False).stdout

    def test_paths_are_those_of_the_caller(self):
        self.figure("fig1")
        here = os.getcwd()
        self.addCleanup(os.chdir, here)
        self.out.mkdir()
        os.chdir(self.out)
        (self.out / "prog").symlink_to(os.environ["SYNCACHE_PROGRAM"])
        code, printed, page = self.make("--out", "mine", "--program", "prog")
        self.assertEqual(code, 0, printed)
        self.assertTrue((self.out / "mine" / "report.html").exists())
        tools = subprocess.run([report.REPOSITORY / "tools" / "figures", "--program", "absent"], text=True, capture_output=True, check=False)
        self.assertIn(f"{self.out}/absent: not there", tools.stderr)

    def test_bad_options_are_refused(self):
        self.figure("fig1")
        self.assertEqual(self.make("fig7")[0], 2)
        self.assertEqual(self.make("--seeds", "0")[0], 2)
        code, printed, page = self.make("--set", "taw=5")
        self.assertEqual(code, 1)
        self.assertIn("taw", printed)
        code, printed, page = self.make("--out", str(self.experiments / "fig1" / "README.md" / "x"))
        self.assertRegex(str(code), "^--out .*: Not a directory; allowed: ")


if __name__ == "__main__":
    unittest.main()
