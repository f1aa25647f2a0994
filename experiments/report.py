#!/usr/bin/env python3
"""Makes the paper's figures from their experiments, checks its claims on them, and writes one self-contained HTML report.

Every folder of experiments/ with an experiment.toml is a figure. For each: runs what its results lack, plots, verifies. What is done is kept, so
that the same command goes on where it stopped. The exit code is 0 if every figure was made and every claim holds.
"""

import argparse
import base64
import html
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import types

EXPERIMENTS = pathlib.Path(__file__).absolute().parent
REPOSITORY = EXPERIMENTS.parent


def all_figures():
    """The folders that are figures, in the order of their numbers."""
    def place(folder):
        number = re.match(r"fig(\d+)(.*)", folder.name)
        return (int(number[1]), number[2]) if number else (sys.maxsize, folder.name)
    return sorted((file.parent for file in EXPERIMENTS.glob("*/experiment.toml")), key=place)


def arguments():
    parser = argparse.ArgumentParser(prog="tools/figures", description=__doc__.splitlines()[0])
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help="which (default: all): " + " ".join(f.name for f in all_figures()))
    parser.add_argument("--quick", action="store_true", help="the quick forms: all of them in minutes, on any machine")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="replaces a setting in every experiment")
    parser.add_argument("--seeds", type=int, metavar="N", help="seeds 1 to N in every experiment")
    parser.add_argument("--out", type=pathlib.Path, default=REPOSITORY / "out" / "figures", metavar="DIR",
                        help="results, pictures and report.html (default: out/figures in the repository)")
    parser.add_argument("--program", type=pathlib.Path, default=REPOSITORY / "build" / "release" / "syncache",
                        help="the program (default: build/release/syncache in the repository)")
    options = parser.parse_args()
    known = {folder.name: folder for folder in all_figures()}
    for name in options.figures:
        if name not in known:
            parser.error(f"{name}: no such figure; there are {', '.join(known)}")
    if options.seeds is not None and options.seeds < 1:
        parser.error(f"--seeds {options.seeds}; allowed: 1 or more")
    options.folders = [known[name] for name in options.figures] or list(known.values())
    options.out, options.program = options.out.absolute(), options.program.absolute()
    if not options.program.exists():
        sys.exit(f"{options.program}: not there; tools/quickstart or tools/test builds it")
    return options


def call(command, **more):
    """Runs a program; returns what it printed, its exit code and the seconds it took. Interrupted, it waits for the program, which is
    interrupted as well and ends in good order, and then ends, too."""
    begin = time.monotonic()
    interrupted = False
    with subprocess.Popen([str(word) for word in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more) as process:
        while True:
            try:
                out, err = process.communicate()
                break
            except KeyboardInterrupt:
                interrupted = True
    if interrupted:
        sys.exit(130)
    return types.SimpleNamespace(code=process.returncode, out=out, err=err.strip(), seconds=time.monotonic() - begin)


class Figure:
    """One figure on its way: results, picture, verdicts; `problem` says what stopped it."""

    def __init__(self, folder, options):
        self.folder, self.options = folder, options
        self.name = folder.name + ("-quick" if options.quick else "")
        self.experiment = folder / ("quick.toml" if options.quick else "experiment.toml")
        self.results = options.out / f"{self.name}.sqlite"
        self.problem, self.verdict, self.status, self.seconds = "", None, "", 0.0

    def make(self):
        for step in (self.run, self.plot, self.verify):
            if not step():
                return

    def run(self):
        settings = list(self.options.set)
        if self.options.seeds is not None:
            settings.append(f"seed={{ from = 1, to = {self.options.seeds}, step = 1 }}")
        command = [self.options.program, "run", self.experiment, "-o", self.results, "--quiet"]
        for setting in settings:
            command += ["--set", setting]
        done = call(command)
        self.seconds = done.seconds
        if done.code == 130:
            sys.exit(130)
        self.status = call([self.options.program, "status", self.results]).out.strip() if self.results.exists() else ""
        return self.succeeded(done, "not run")

    def plot(self):
        done = call([sys.executable, self.folder / "plot.py", self.results, "-o", self.options.out, "--name", self.name,
                     "--program", self.options.program])
        return self.succeeded(done, "not drawn")

    def verify(self):
        done = call([self.options.program, "verify", self.folder, "--results", self.results, "--json"])
        if done.out:
            self.verdict = json.loads(done.out)
            return True
        return self.succeeded(done, "not verified")

    def succeeded(self, done, what):
        if done.code != 0:
            self.problem = f"{what}: {done.err.splitlines()[-1] if done.err else f'exit code {done.code}'}"
        return done.code == 0

    def passed(self):
        return not self.problem and self.verdict is not None and self.verdict["passed"]

    def claims(self):
        """The claims that apply; none before there is a verdict."""
        return [claim for claim in self.verdict["claims"] if claim["verdict"] != "SKIP"] if self.verdict is not None else []

    def failures(self):
        """What went wrong, in a few words; empty if nothing did."""
        bad = [claim["id"] for claim in self.claims() if claim["verdict"] != "PASS"]
        return self.problem or ", ".join(bad) or ("" if self.passed() else "no claim applies")

    def summary(self):
        """One line for the terminal."""
        state = "passed" if self.passed() else f"FAILED  {self.failures()}"
        return f"{self.name:16} {state}" + ("" if self.problem else f"  ({len(self.claims())} claims, {self.seconds:.0f} s)")


def band(claim):
    low, high = claim.get("low"), claim.get("high")
    if low is None:
        return f"at most {high:g}"
    if high is None:
        return f"at least {low:g}"
    return f"{low:g} to {high:g}" if f"{low:g}" != f"{high:g}" else f"{low:g}"


def why(claim):
    """Why this band; and where the claim fails, the likely reason if one is known."""
    failed = claim["if_failed"] if claim["verdict"] == "FAIL" else ""
    return html.escape(claim["reason"]) + (f"<p><b>Why it fails:</b> {html.escape(failed)}</p>" if failed else "")


def claims_table(figure):
    rows = []
    for claim in figure.claims():
        measured = claim.get("problem") or ("none" if claim.get("measured") is None else f"{claim['measured']:.4g}")
        rows.append(f"<tr class='{claim['verdict'].lower()}'><td>{html.escape(claim['claim'])}<br><span>{html.escape(claim['where'])}</span></td>"
                    f"<td class='number'>{html.escape(measured)}</td><td class='number'>{band(claim)}</td>"
                    f"<td class='verdict'>{claim['verdict']}</td><td>{why(claim)}</td></tr>")
    return ("<table class='claims'><thead><tr><th>Claim</th><th>Measured</th><th>Expected</th><th></th><th>Why this band</th></tr></thead>"
            f"<tbody>{''.join(rows)}</tbody></table>")


def title_and_text(folder):
    """The heading and the first paragraph of a figure's README, as plain text."""
    lines = (folder / "README.md").read_text().splitlines() if (folder / "README.md").exists() else [f"# {folder.name}"]
    text = "\n".join(lines[1:]).strip().split("\n\n")[0].replace("\n", " ")
    return lines[0].lstrip("# "), re.sub(r"[`*]|\[([^]]*)\]\([^)]*\)", lambda m: m[1] or "", text)


def section(figure):
    title, text = title_and_text(figure.folder)
    parts = [f"<section id='{figure.name}'><h2>{html.escape(title)}</h2><p>{html.escape(text)}</p>"]
    if figure.problem:
        parts.append(f"<p class='problem'>{html.escape(figure.problem)}</p>")
    picture = figure.options.out / f"{figure.name}.svg"
    if not figure.problem and picture.exists():
        data = base64.b64encode(picture.read_bytes()).decode()
        parts.append(f"<img alt='{html.escape(title)}' src='data:image/svg+xml;base64,{data}'>")
    if figure.verdict is not None:
        parts.append(claims_table(figure))
    parts.append(f"<details><summary>Experiment, runs, commit</summary><pre>{html.escape(figure.experiment.read_text())}</pre>")
    for setting in figure.options.set + ([f"seeds 1 to {figure.options.seeds}"] if figure.options.seeds else []):
        parts.append(f"<p>with <code>{html.escape(setting)}</code></p>")
    parts.append(f"<pre>{html.escape(figure.status.replace(str(figure.options.out) + os.sep, ''))}</pre></details></section>")
    return "".join(parts)


STYLE = """
body { font: 15px/1.5 Georgia, 'DejaVu Serif', serif; color: #222; max-width: 60rem; margin: 2rem auto; padding: 0 1.5rem; }
h1, h2, th, nav, .verdict { font-family: Helvetica, Arial, 'DejaVu Sans', sans-serif; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.2rem; margin-top: 3rem; border-top: 1px solid #ccc; padding-top: 1rem; }
img { display: block; max-width: 100%; margin: 1rem auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; line-height: 1.35; margin: 1rem 0; }
th { text-align: left; font-weight: 600; border-bottom: 1.5px solid #222; padding: 4px 8px; }
td { vertical-align: top; border-bottom: 1px solid #ddd; padding: 5px 8px; } td span { color: #666; }
table.claims { table-layout: fixed; } .claims th:nth-child(1) { width: 31%; } .claims th:nth-child(2) { width: 8%; }
.claims th:nth-child(3) { width: 12%; } .claims th:nth-child(4) { width: 6%; } td p { margin: 0.4em 0 0; }
a { color: inherit; } .number { white-space: nowrap; } .verdict { font-weight: 700; }
.pass .verdict { color: #00694a; } .fail .verdict, .problem { color: #b03a00; font-weight: 700; }
pre { background: #f5f5f3; padding: 0.7rem; font-size: 12px; overflow-x: auto; } summary { cursor: pointer; color: #555; }
@page { margin: 15mm 12mm; }
@media print {
  section { break-before: page; } tr, img { break-inside: avoid; } details { display: none; } h2 { border: 0; margin: 0; padding: 0; }
  body { margin: 0; max-width: none; font-size: 12px; } table { font-size: 10.5px; }
}
"""


def report(figures, options):
    """The whole page."""
    version = call([options.program, "--version"]).out.strip().replace("\n", ", ")
    lines = "".join(f"<tr class='{'pass' if f.passed() else 'fail'}'><td><a href='#{f.name}'>{html.escape(title_and_text(f.folder)[0])}</a></td>"
                    f"<td class='verdict'>{'PASS' if f.passed() else 'FAIL'}</td>"
                    f"<td>{html.escape(f.failures()) or f'{len(f.claims())} claims'}</td></tr>" for f in figures)
    form = "Quick forms: fewer trials, and synthetic digits in place of MNIST. " if options.quick else ""
    return (f"<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>syncache: figures</title><style>{STYLE}</style></head><body>"
            "<h1>The metabolic cost of learning, measured</h1>"
            "<p>The figures of Li &amp; van Rossum, <i>Energy efficient synaptic plasticity</i> (eLife 2020;9:e50804), simulated anew, and what the "
            f"paper says about them, checked; after them, what lies beyond the paper. {form}A failed claim stays failed; the last column says what the band rests on, and why a claim fails where that is known.</p>"
            f"<p>{html.escape(version)}; {time.strftime('%Y-%m-%d')}</p><table><tbody>{lines}</tbody></table>"
            f"{''.join(section(figure) for figure in figures)}</body></html>\n")


def main():
    options = arguments()
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        sys.exit(f"--out {options.out}: {error.strerror}; allowed: a folder that can be written")
    figures = []
    for folder in options.folders:
        figure = Figure(folder, options)
        if sys.stdout.isatty():
            print(f"{figure.name} ...", end="\r", flush=True)
        figure.make()
        print(figure.summary(), flush=True)
        figures.append(figure)
        page = options.out / "report.html.new"
        page.write_text(report(figures, options))
        page.replace(options.out / "report.html")
    print(f"\nThe report: {options.out / 'report.html'}")
    sys.exit(0 if all(figure.passed() for figure in figures) else 1)


if __name__ == "__main__":
    main()
