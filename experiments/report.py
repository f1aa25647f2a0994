#!/usr/bin/env python3
"""Makes the paper's figures from their experiments, checks its claims on them, and writes one self-contained HTML report.

Every folder of experiments/ with an experiment.toml is a figure. For each: runs what its results lack, plots, verifies. What is done is kept, so
that the same command goes on where it stopped. The exit code is 0 if every figure was made and every claim passes or deviates as known; figures
whose data are not here are skipped, which counts as a failure with --require-all only.
"""

import argparse
import json
import pathlib
import re
import sqlite3
import subprocess
import sys
import time
import types

import report_page

EXPERIMENTS = pathlib.Path(__file__).absolute().parent
REPOSITORY = EXPERIMENTS.parent
DEFAULT_OUT = REPOSITORY / "out" / "figures"
DEFAULT_PROGRAM = REPOSITORY / "build" / "release" / "syncache"


def all_figures():
    """The folders that are figures, in the order of their numbers."""
    def place(folder):
        number = re.match(r"fig(\d+)(.*)", folder.name)
        return (int(number[1]), number[2]) if number else (sys.maxsize, folder.name)
    return sorted((file.parent for file in EXPERIMENTS.glob("*/experiment.toml")), key=place)


def arguments():
    parser = argparse.ArgumentParser(prog="tools/figures", description=__doc__.splitlines()[0])
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help="which (default: all): " + " ".join(f.name for f in all_figures()))
    parser.add_argument("--quick", action="store_true", help="the quick forms: all of them in a minute or two, on any machine")
    parser.add_argument("--require-all", action="store_true", help="fail, too, if a figure is skipped because its data are not here")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="replaces a setting in every experiment")
    parser.add_argument("--seeds", type=int, metavar="N", help="seeds 1 to N in every experiment")
    parser.add_argument("--out", type=pathlib.Path, default=DEFAULT_OUT, metavar="DIR",
                        help="results, pictures and report.html (default: out/figures in the repository)")
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIR",
                        help="train nothing, but write from the results in --out, full where they are complete and quick elsewhere, a report for "
                        "the repository: README.md and pictures at screen size; figures that are not named, and full forms for which there is only "
                        "a quick one now, stay as they are")
    parser.add_argument("--program", type=pathlib.Path, default=DEFAULT_PROGRAM,
                        help="the program (default: build/release/syncache in the repository)")
    options = parser.parse_args()
    known = {folder.name: folder for folder in all_figures()}
    for name in options.figures:
        if name not in known:
            parser.error(f"{name}: no such figure; there are {', '.join(known)}")
    if options.seeds is not None and options.seeds < 1:
        parser.error(f"--seeds {options.seeds}; allowed: 1 or more")
    if options.keep is not None and (options.quick or options.set or options.seeds):
        parser.error("--keep takes results as they are; allowed: without --quick, --set, --seeds")
    options.folders = [known[name] for name in options.figures] or list(known.values())
    options.out, options.program = options.out.absolute(), options.program.absolute()
    options.keep = options.keep.absolute() if options.keep is not None else None
    if not options.program.exists():
        sys.exit(f"{options.program}: not there; tools/quickstart or tools/test builds it")
    return options


def call(*command):
    """Runs a program in the repository, below which it looks for data; returns what it printed, its exit code and the seconds it took.
    Interrupted, it waits for the program, which is interrupted as well and ends cleanly, and then ends, too."""
    begin = time.monotonic()
    interrupted = False
    with subprocess.Popen([str(word) for word in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=REPOSITORY) as process:
        while True:
            try:
                out, err = process.communicate()
                break
            except KeyboardInterrupt:
                interrupted = True
    if interrupted:
        sys.exit(130)
    return types.SimpleNamespace(code=process.returncode, out=out, err=err.strip(), seconds=time.monotonic() - begin)


def missing_data(program):
    """The collections of images that are not here."""
    lines = call(program, "data").out.splitlines()
    return {line.split()[0] for line in lines if line.endswith("not here")}


class Figure:
    """One figure on its way: results, picture, verdicts; `problem` says what stopped it, `skipped` which data it lacks."""

    def __init__(self, folder, options, quick):
        self.folder, self.options, self.quick = folder, options, quick
        self.name = folder.name + ("-quick" if quick else "")
        self.experiment = folder / ("quick.toml" if quick else "experiment.toml")
        self.results = options.out / f"{self.name}.sqlite"
        self.problem, self.skipped, self.verdict = "", "", None
        self.settings = list(options.set)
        if options.seeds is not None:
            self.settings.append(f"seed={{ from = 1, to = {options.seeds}, step = 1 }}")

    def make(self, missing=()):
        """Runs what is missing, plots, verifies; `missing`: collections that are not here."""
        data = re.search(r'^data\s*=\s*"([^"]+)"', self.experiment.read_text(), re.MULTILINE)
        if data and data[1] in missing and not any(setting.startswith("data=") for setting in self.settings):
            self.skipped = data[1]
            return
        for step in (self.run, self.plot, self.verify):
            if not step():
                return

    def command(self):
        """What trains it, as one types it in the repository."""
        words = ["syncache", "run", f"experiments/{self.folder.name}/{self.experiment.name}", "-o", self.results.name]
        return " ".join(words + [f"--set '{setting}'" for setting in self.settings])

    def run(self):
        settings = [word for setting in self.settings for word in ("--set", setting)]
        done = call(self.options.program, "run", self.experiment, "-o", self.results, "--quiet", *settings)
        if done.code == 130:
            sys.exit(130)
        return self.succeeded(done, "not run")

    def plot(self, *more):
        done = call(sys.executable, self.folder / "plot.py", self.results, "-o", self.options.out, "--name", self.name,
                    "--program", self.options.program, *more)
        return self.succeeded(done, "not drawn")

    def verify(self):
        done = call(self.options.program, "verify", self.folder, "--results", self.results, "--json")
        if done.out:
            self.verdict = json.loads(done.out)
            return True
        return self.succeeded(done, "not verified")

    def succeeded(self, done, what):
        if done.code != 0:
            self.problem = f"{what}: {done.err.splitlines()[-1] if done.err else f'exit code {done.code}'}"
        return done.code == 0

    def is_complete(self):
        """Whether the results file holds every trial of the experiment as it is now."""
        if not self.results.exists() or not self.verify():
            return False
        text = self.ask("SELECT text FROM experiments JOIN current_experiment ON id = experiment")
        return text == [(self.experiment.read_text(),)] and self.verdict["done"] == self.verdict["planned"]

    def ask(self, query):
        """The rows of a query to the results file; none if there is no file."""
        if not self.results.exists():
            return []
        database = sqlite3.connect(f"file:{self.results}?mode=ro", uri=True)
        try:
            return database.execute(query).fetchall()
        finally:
            database.close()

    def runs(self):
        """A line for each run that stored something: when, how long, what of, on what."""
        return self.ask("""SELECT substr(started, 1, 10), CAST(round(86400 * (julianday(ended) - julianday(started))) AS INTEGER), "commit",
                           backend, device FROM runs WHERE id IN (SELECT run FROM trials) AND ended IS NOT NULL ORDER BY id""")

    def checksums(self):
        """Name and SHA-256 of each data file that the runs read."""
        rows = self.ask("SELECT DISTINCT file, sha256 FROM checksums ORDER BY file")
        return [(pathlib.PurePath(file).name, total) for file, total in rows]

    def picture(self, suffix):
        return self.options.out / (self.name + suffix)

    def caption(self):
        """What the picture shows, as its script says it."""
        file = self.picture("-caption.txt")
        return file.read_text().strip() if file.exists() and not self.problem else ""

    def claims(self):
        """The claims, also those that need the other form; none before there is a verdict."""
        return self.verdict["claims"] if self.verdict is not None else []

    def tested(self):
        return [claim for claim in self.claims() if claim["verdict"] != "SKIP"]

    def state(self):
        """passed, skipped or failed."""
        if self.skipped:
            return "skipped"
        return "passed" if not self.problem and self.verdict is not None and self.verdict["passed"] else "failed"

    def notes(self):
        """What went wrong, or what deviates, in a few words."""
        if self.state() == "skipped":
            return f"{self.skipped} is not here; get it with `syncache data fetch {self.skipped}`"
        bad = [claim["id"] for claim in self.claims() if claim["verdict"] == "FAIL"]
        if self.problem or bad:
            return self.problem or ", ".join(bad)
        known = [claim["id"] for claim in self.claims() if claim["verdict"] == "DEVIATES"]
        if not self.tested():
            return "no claim applies"
        return f"{len(self.tested())} claims" + (f", deviates as known: {', '.join(known)}" if known else "")

    def summary(self):
        """One line for the terminal."""
        state = self.state()
        return f"{self.name:16} {state.upper() if state == 'failed' else state}  {self.notes()}"


def write(file, text):
    """Writes all of the file, or nothing."""
    new = file.with_name(file.name + ".new")
    new.write_text(text)
    new.replace(file)


def folder_to_write(name, folder):
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        sys.exit(f"{name} {folder}: {error.strerror}; allowed: a folder that can be written")


def make_all(options):
    """Makes the figures, and the report anew after each; returns them."""
    figures = []
    missing = missing_data(options.program)
    version = call(options.program, "--version").out.strip().replace("\n", ", ")
    for folder in options.folders:
        figure = Figure(folder, options, options.quick)
        if sys.stdout.isatty():
            print(f"{figure.name} ...", end="\r", flush=True)
        figure.make(missing)
        print(figure.summary(), flush=True)
        figures.append(figure)
        write(options.out / "report.html", report_page.html_page(figures, version))
    print(f"\nThe report: {options.out / 'report.html'}")
    return figures


def keep(options):
    """The figures of --keep, drawn into its folder with their captions and claims; returns them. What the folder's report holds of other
    figures stays, and so does a full form where there is only a quick one now: full forms take hours, and need not be made on one day."""
    folder_to_write("--keep", options.keep)
    report = options.keep / "README.md"
    kept = report_page.kept_figures(report.read_text()) if report.exists() else {}
    figures, parts = [], []
    for folder in all_figures():
        title = report_page.title_and_text(folder)[0]
        forms = [Figure(folder, options, quick) for quick in (False, True)]
        figure = next((form for form in forms if form.is_complete()), None) if folder in options.folders else None
        if title in kept and (figure is None or (figure.quick and report_page.is_full(kept[title][0]))):
            print(f"{folder.name:16} stays as it is, {'full' if report_page.is_full(kept[title][0]) else 'quick'}")
            parts.append(kept[title])
        elif figure is not None:
            figure.plot("--keep", options.keep / f"{folder.name}.png")
            print(figure.summary(), flush=True)
            figures.append(figure)
            parts.append((report_page.markdown_row(figure), report_page.markdown_section(figure)))
        elif folder in options.folders:
            sys.exit(f"{folder.name}: {options.out} has complete results of neither form; tools/figures --quick {folder.name} makes them")
    write(report, report_page.markdown_page(parts))
    print(f"\nThe report: {report}")
    return figures


def main():
    options = arguments()
    folder_to_write("--out", options.out)
    figures = make_all(options) if options.keep is None else keep(options)
    accepted = {"passed"} if options.require_all else {"passed", "skipped"}
    sys.exit(0 if all(figure.state() in accepted for figure in figures) else 1)


if __name__ == "__main__":
    main()
