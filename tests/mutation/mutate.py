#!/usr/bin/env python3
"""Changes the sources in small wrong ways, one at a time, and looks whether a test fails.

A mutant that every test passes is a gap in the tests, or changes nothing that matters. The sources are changed in a copy, in build/mutation,
that is built without CUDA and for one instruction set; tests run where they can harm nothing but that copy.
"""

import argparse
import collections
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import operators

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
FOLDER = REPOSITORY / "build" / "mutation"
COPY, BUILD = FOLDER / "source", FOLDER / "build"
MUTATED = ("kernels", "host", "datasets", "tools/syncache")
HARMLESS = HERE / "harmless.json"
SILENCE = 60            # seconds in which a test has to come to an end
FIRST = {               # where the tests of a folder's files are, the nearest first; then all others
    "kernels/common": ["kernels/common", "kernels"], "kernels/caching": ["kernels/caching", "kernels"],
    "kernels/perceptron": ["kernels/perceptron", "host/models/perceptron"], "kernels/mlp": ["kernels/mlp", "host/models/mlp"],
    "kernels/spiking": ["kernels/spiking", "host/models/spiking", "golden"], "tools/syncache": ["tools/syncache"], "datasets": ["datasets"],
}
# Of the tests' minutes these take most, and what they see others do, too.
SLOW = ("Coverage.*", "ReferenceMlpGolden.*", "*Killed*", "*RunOfModel*", "*OneLaneEqualsPacks*", "Setup*", "*Together*")

FAILING = []            # tests that fail without a mutant, too

Mutant = collections.namedtuple("Mutant", "file line operator old new")


def sources():
    """Files that are mutated, with a slash as in git: those that a build without CUDA compiles."""
    listed = subprocess.run(["git", "ls-files", *MUTATED], cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout.split()
    return [name for name in listed if name.endswith((".hpp", ".cpp")) and "cuda" not in name and "/gpu_" not in name]


def mutants_in(name, lines=None):
    text = (REPOSITORY / name).read_text().split("\n")
    return [Mutant(name, k, operator, line, new) for k, line in enumerate(text) if lines is None or k in lines
            for operator, new in operators.mutants_of(line)]


def changed_lines(since):
    """{file: lines that differ from a commit}."""
    diff = subprocess.run(["git", "diff", "-U0", since, "--", *MUTATED], cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout
    lines, name = collections.defaultdict(set), None
    for line in diff.split("\n"):
        if line.startswith("+++ b/"):
            name = line[6:]
        elif place := re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line):
            first, count = int(place[1]), int(place[2] or 1)
            lines[name] |= set(range(first - 1, first - 1 + count))
    return lines


def draw(options):
    """Mutants of a seed: operators in turn, places at random, one a line."""
    names = [name for name in sources() if any(name == where or name.startswith(where.rstrip("/") + "/") for where in options.where)]
    changed = changed_lines(options.since) if options.since else None
    by_operator = collections.defaultdict(list)
    for name in names:
        if changed is None or name in changed:
            for mutant in mutants_in(name, changed and changed[name]):
                by_operator[mutant.operator].append(mutant)
    rng = random.Random(options.seed)
    for mutants in by_operator.values():
        rng.shuffle(mutants)
    drawn, lines = [], set()
    while any(by_operator.values()) and len(drawn) < options.mutants:
        for operator in sorted(by_operator):
            while by_operator[operator]:
                mutant = by_operator[operator].pop()
                if (mutant.file, mutant.line) not in lines:
                    lines.add((mutant.file, mutant.line))
                    drawn.append(mutant)
                    break
    return drawn[:options.mutants]


def prepare():
    """The copy as the sources are now, built; returns the hash of its tests."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout
    wanted = {name for name in listed.split("\n") if name and (REPOSITORY / name).is_file()}
    for file in [f for f in COPY.rglob("*") if f.is_file() and str(f.relative_to(COPY)) not in wanted]:
        file.unlink()
    for name in sorted(wanted):    # only what differs, so that only that is built
        source, target = REPOSITORY / name, COPY / name
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    if not (BUILD / "build.ninja").exists():
        launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
        run(["cmake", "-S", str(COPY), "-B", str(BUILD), "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
             "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -D_GLIBCXX_ASSERTIONS", "-DSYNCACHE_CUDA=OFF", "-DSYNCACHE_BENCHMARKS=OFF", "-DSYNCACHE_EMULATOR=OFF",
             *launcher], "configuring build/mutation")
    run(build_command(), "building build/mutation")
    return binary_hash()


def run(command, what):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\n{what} failed")


def build_command():
    return ["cmake", "--build", str(BUILD), "--target", "syncache_tests", "syncache_cli"]


def binary_hash():
    return hashlib.sha256((BUILD / "tests" / "syncache_tests").read_bytes() + (BUILD / "syncache").read_bytes()).hexdigest()


def suites_below(folder):
    """Google Test filters of the tests in a folder of tests/."""
    names = set()
    for file in (COPY / "tests" / folder).rglob("test_*.cpp"):
        names |= set(re.findall(r"^TEST(?:_[PF])?\((\w+),", file.read_text(), re.MULTILINE))
        names |= set(re.findall(r"^TYPED_TEST(?:_P)?\((\w+),", file.read_text(), re.MULTILINE))
    return [pattern for name in sorted(names) for pattern in (f"{name}.*", f"*/{name}.*", f"{name}/*", f"*/{name}/*")]


def failure(filters):
    """The first of these tests that fails, or does not come to an end; None if all pass."""
    return (failures(filters, ["--gtest_fail_fast"]) or [None])[0]


def failures(filters, options=()):
    """The tests among these that fail, or do not come to an end."""
    without = [*SLOW, "*Cuda*", "*Mnist*", *FAILING]
    command = [str(BUILD / "tests" / "syncache_tests"), f"--gtest_filter={':'.join(filters)}:-{':'.join(without)}", *options]
    scratch = FOLDER / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    # Processes of their own: a mutant may signal anything.
    apart = ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--pid", "--fork", "--kill-child", "--mount-proc"]
    if subprocess.run([*apart, "true"], capture_output=True).returncode == 0:
        command = apart + command
    limited = f"ulimit -v 16000000; ulimit -f 2000000; exec {' '.join(map(shell_word, command))}"
    process = subprocess.Popen(["bash", "-c", limited], cwd=COPY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
                               env={**os.environ, "TMPDIR": str(scratch), "SYNCACHE_DATA": "/nonexistent"})
    os.set_blocking(process.stdout.fileno(), False)
    last, code, said = time.monotonic(), None, b""
    while code is None:
        time.sleep(0.02)
        code = process.poll()
        if more := process.stdout.read():
            said, last = said + more, time.monotonic()
        if time.monotonic() - last > SILENCE:
            os.killpg(process.pid, signal.SIGKILL)
            code = process.wait() or 1
    if code == 0:
        return []
    named = re.findall(r"^\[  FAILED  \] (\w[\w/]*\.[\w/.]+)", said.decode(errors="replace"), re.MULTILINE)
    begun = re.findall(r"^\[ RUN      \] (\w[\w/]*\.[\w/.]+)", said.decode(errors="replace"), re.MULTILINE)
    return list(dict.fromkeys(named)) or begun[-1:] or ["before the first test"]


def shell_word(text):
    return "'" + text.replace("'", "'\\''") + "'"


def judge(mutant, hash_before):
    """("killed", "survived", "same" (the compiler sees no difference) or "invalid" (it does not compile), the test that killed it)."""
    file = COPY / mutant.file
    text = file.read_text()
    lines = text.split("\n")
    lines[mutant.line] = mutant.new
    try:
        file.write_text("\n".join(lines))
        if subprocess.run(build_command(), capture_output=True).returncode != 0:
            return "invalid", None
        if binary_hash() == hash_before:
            return "same", None
        near = next((folders for where, folders in FIRST.items() if mutant.file.startswith(where)), [str(pathlib.PurePath(mutant.file).parent)])
        for folder in near:
            if (filters := suites_below(folder)) and (killer := failure(filters)):
                return "killed", killer
        killer = failure(["*"])
        return ("killed" if killer else "survived"), killer
    finally:
        file.write_text(text)


def harmless():
    """{(file, line without blanks, new line without blanks): why}."""
    return {(entry["file"], entry["old"], entry["new"]): entry["why"] for entry in json.loads(HARMLESS.read_text())}


def arguments():
    parser = argparse.ArgumentParser(prog="tools/mutate", description=__doc__.splitlines()[0])
    parser.add_argument("where", nargs="*", metavar="PATH", help=f"files or folders to change (default: {' '.join(MUTATED)})")
    parser.add_argument("--mutants", type=int, default=20, metavar="N", help="how many to draw (default: 20)")
    parser.add_argument("--seed", type=int, default=1, help="of the draw (default: 1)")
    parser.add_argument("--since", metavar="COMMIT", help="only lines that differ from that commit")
    parser.add_argument("--output", type=pathlib.Path, metavar="FILE", help="also every verdict, one JSON object a line")
    options = parser.parse_args()
    if options.mutants < 1:
        parser.error(f"--mutants {options.mutants}; allowed: 1 or more")
    for where in options.where:
        if not any(where.rstrip("/") == name or where.startswith(name + "/") for name in MUTATED) or not (REPOSITORY / where).exists():
            parser.error(f"{where}: not there, or not mutated; allowed: what is in {', '.join(MUTATED)}")
    options.where = options.where or list(MUTATED)
    return options


def main():
    options = arguments()
    drawn = draw(options)
    if not drawn:
        sys.exit("there is nothing to mutate")
    print(f"{len(drawn)} mutants; building the sources as they are", flush=True)
    hash_before = prepare()
    FAILING.extend(failures(["*"]))
    if FAILING:
        print(f"these tests fail without a mutant, and are left out: {', '.join(FAILING)}", flush=True)
    known = harmless()
    counts = collections.defaultdict(collections.Counter)
    for k, mutant in enumerate(drawn, start=1):
        begin = time.monotonic()
        verdict, killer = judge(mutant, hash_before)
        why = known.get((mutant.file, mutant.old.strip(), mutant.new.strip()))
        if verdict == "survived" and why is not None:
            verdict = "harmless"
        counts[mutant.file.split("/")[0]][verdict] += 1
        seconds = time.monotonic() - begin
        print(f"{k:4} {verdict:9} {seconds:4.0f} s  {mutant.file}:{mutant.line + 1}  {mutant.operator}{f'  {killer}' if killer else ''}", flush=True)
        if verdict in ("survived", "harmless"):
            print(f"      - {mutant.old.strip()}\n      + {mutant.new.strip()}{f'    ({why})' if why else ''}", flush=True)
        if options.output:
            with options.output.open("a") as out:
                print(json.dumps({**mutant._asdict(), "verdict": verdict, "killer": killer, "seconds": round(seconds, 1)}), file=out)
    run(build_command(), "building without a mutant")
    total = sum(counts.values(), collections.Counter())
    for where, of_folder in [*sorted(counts.items()), ("all", total)]:
        n = of_folder["killed"] + of_folder["survived"]
        share = f"{100 * of_folder['killed'] / n:.0f} %" if n else "none"
        print(f"{where}: {of_folder['killed']} killed, {of_folder['survived']} survived ({share} killed); "
              f"{of_folder['harmless']} known to be harmless, {of_folder['same']} the same program, {of_folder['invalid']} do not compile")
    return int(total["survived"] > 0)


if __name__ == "__main__":
    sys.exit(main())
