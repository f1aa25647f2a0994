"""tools/figures says so when a figure no longer shows what the paper says: on copies of experiments/ with a band moved, and with copies of
the program that leave out an energy (forgetful.cmake)."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = os.environ.get("SYNCACHE_PROGRAM")
FORGETFUL = json.loads(os.environ.get("SYNCACHE_FORGETFUL", "{}"))


@unittest.skipUnless(PROGRAM, "SYNCACHE_PROGRAM is not set")
class Gate(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        shutil.copytree(REPOSITORY / "experiments", self.folder / "experiments", ignore=shutil.ignore_patterns("__pycache__"))

    def figures(self, *names, program=PROGRAM):
        """Makes the figures in their quick forms; returns the exit code, and what was printed."""
        command = [sys.executable, self.folder / "experiments" / "report.py", "--quick", *names, "--out", self.folder / "out", "--program", program]
        environment = os.environ | {"SYNCACHE_ISA": "baseline"}  # that of the forgetful copies
        done = subprocess.run(command, text=True, capture_output=True, check=False, env=environment)
        return done.returncode, done.stdout + done.stderr

    def move_band(self, figure, claim):
        """Moves the band of a claim to where the result was not: to its other side, at ten times its upper end and beyond."""
        file = self.folder / "experiments" / figure / "claims.toml"
        before, mark, claims = file.read_text().partition(f'id = "{claim}"')
        self.assertTrue(mark, f"{figure} has no claim {claim}")
        high = float(re.search(r"^high = (.*)$", claims, re.MULTILINE)[1])
        for end, factor in (("low", 10), ("high", 20)):
            claims = re.sub(f"^{end} = .*$", f"{end} = {factor * high}", claims, count=1, flags=re.MULTILINE)
        file.write_text(before + mark + claims)

    def test_a_moved_band_fails_its_figure_alone(self):
        code, printed = self.figures("fig4b", "fig6")
        self.assertEqual(code, 0, printed)
        self.move_band("fig6", "consolidation")
        code, printed = self.figures("fig4b", "fig6")
        self.assertEqual(code, 1, printed)
        self.assertRegex(printed, r"(?m)^fig4b-quick +passed")
        self.assertRegex(printed, r"(?m)^fig6-quick +FAILED  consolidation$")

    def test_an_energy_that_is_left_out_fails_the_figures_that_show_it(self):
        self.assertEqual(sorted(FORGETFUL), ["final_consolidation", "maintenance"])
        for energy, figure, claims in (("final_consolidation", "fig4b", "same-at-no-cost"), ("maintenance", "fig6", "maintenance")):
            with self.subTest(energy):
                code, printed = self.figures(figure, program=FORGETFUL[energy])
                self.assertEqual(code, 1, printed)
                self.assertRegex(printed, rf"(?m)^{figure}-quick +FAILED  .*{claims}")
                shutil.rmtree(self.folder / "out")


if __name__ == "__main__":
    unittest.main()
