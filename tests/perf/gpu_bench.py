"""Measures the engine on the GPU, on all cores of the same machine, and its peers; keeps what it measures as JSON.

Each measurement is a process of its own and is stored as soon as it is done; measurements that are stored are not made
again, so that the whole may be made in pieces. Run by tools/gpu-bench, which builds first.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
PARTS = ("ceilings", "check", "perceptron", "mlp", "variants", "figures", "ncu")
PEERS = ("jax", "torch")
# experiment, settings, backends, target in seconds
FIGURES = {"fig1": ("fig1", ["seed=1"], ("cuda", "cpu"), 10.0),
           "fig5b": ("fig5b", ["seed={ from = 1, to = 64, step = 1 }"], ("cuda",), 60.0)}
# The ways in which the GPU's executor trains the same networks, and the shapes on which they are compared, as perf_gpu has them.
PERCEPTRON_VARIANTS = ("block", "block-registers", "block-cache-ahead", "block-registers-ahead", "warp", "tensor-cores")
VARIANT_SHAPES = ((100, 100, 1024), (100, 100, 8192), (1000, 1000, 64), (1000, 1000, 1024), (1000, 1900, 64), (1000, 1900, 1024))
NEED_MNIST = ("fig5b",)
NCU_WORKLOADS = {"perceptron": "perceptron/local-global/patterns:1000/networks:1024/cuda",
                 "mlp": "mlp/local-neuron/networks:1024/cuda"}
NCU = ["--clock-control", "none", "--launch-count", "1", "--kernel-name", "regex:perceptron|train", "--section", "SpeedOfLight",
       "--section", "MemoryWorkloadAnalysis", "--section", "Occupancy", "--section", "WarpStateStats",
       "--section", "ComputeWorkloadAnalysis"]


class Failed(Exception):
    """A measurement gave no number, and this is why."""


class Missing(Failed):
    """What it needs is not on this machine."""


class Bench:
    def __init__(self, options):
        self.options = options
        self.environment = dict(os.environ, XLA_PYTHON_CLIENT_MEM_FRACTION="0.95")
        self.measurements = {}
        self.checked = set()  # peers, by this process

    def program(self, name):
        for place in (".", "tests/perf"):
            path = pathlib.Path(self.options.programs).absolute() / place / name
            if os.access(path, os.X_OK):
                return str(path)
        raise Missing(f"there is no program {name} in {self.options.programs}")

    def run(self, command, **more):
        try:
            done = run_with_limit(command, self.options.timeout, env=self.environment, cwd=REPOSITORY, **more)
        except subprocess.TimeoutExpired as expired:
            raise Failed(f"took more than {self.options.timeout:g} s") from expired
        except OSError as error:
            raise Missing(str(error)) from error
        if done.returncode == 77:
            raise Missing(done.stdout.strip().splitlines()[-1])
        if done.returncode != 0:
            lines = (done.stderr.strip() or done.stdout.strip() or "no word").splitlines()
            raise Failed(f"exit status {done.returncode}: {lines[-1][:300]}")
        return done.stdout

    def google_benchmark(self, program, name):
        text = self.run([self.program(program), f"--benchmark_filter=^{name}/iterations:1/manual_time$",
                         "--benchmark_format=json"])
        found = json.loads(text)["benchmarks"]
        if len(found) != 1:
            raise Failed(f"{program} has {len(found)} benchmarks of this name")
        if found[0].get("error_occurred"):
            raise Failed(found[0]["error_message"])
        counters = ("networks", "presentations", "presentations_per_second", "bytes_per_second", "operations_per_second",
                    "seconds", "seconds_low", "seconds_high", "repeats", "first_call")
        return {key: found[0][key] for key in counters if key in found[0]}

    def check(self, peer):
        text = self.run([self.options.python, HERE / "peers/check_peers.py", peer, self.program("syncache")])
        return {"compared": text.count("ok   "), "right": True}

    def peer(self, peer, workload):
        checked = self.measurements[f"check/{peer}"]
        if "missing" in checked:
            raise Missing(checked["missing"])
        if "failed" in checked:
            raise Failed("not timed, since the check of its energies failed")
        text = self.run([self.options.python, HERE / "peers/time_peers.py", peer, workload])
        result = json.loads(text.strip().splitlines()[-1])
        if result["device"] == "cpu":
            raise Missing(f"{peer} here has no GPU")
        return result

    def figure(self, name, backend):
        experiment, settings, _, target = FIGURES[name]
        if experiment in NEED_MNIST and digits(self) != "mnist":
            raise Missing("MNIST is not here: syncache data fetch mnist, or SYNCACHE_DATA")
        command = [self.program("syncache"), "run", REPOSITORY / "experiments" / experiment / "experiment.toml",
                   "--backend", backend, "--quiet", *[word for setting in settings for word in ("--set", setting)]]
        seconds = []
        while len(seconds) < 3 and sum(seconds) < 60.0:
            with tempfile.TemporaryDirectory() as folder:
                start = time.perf_counter()
                self.run([*command, "-o", pathlib.Path(folder) / "results.sqlite"])
                seconds.append(time.perf_counter() - start)
        return {"seconds": statistics.median(seconds), "seconds_low": min(seconds), "seconds_high": max(seconds),
                "repeats": len(seconds), "target": target}

    def ncu(self, name):
        program = shutil.which("ncu") or shutil.which("ncu", path="/usr/local/cuda/bin")
        if program is None:
            raise Missing("there is no ncu on the PATH or in /usr/local/cuda/bin")
        text = self.run([program, *NCU, self.program("perf_gpu"),
                         f"--benchmark_filter=^{NCU_WORKLOADS[name]}/"])
        report = pathlib.Path(self.options.output).with_name(f"ncu-{name}.txt")
        report.write_text(text)
        return {"report": report.name}

    def measure(self, key):
        part, _, rest = key.partition("/")
        workload, _, by = key.rpartition("/")
        if part == "check":
            self.checked.add(by)
        elif by in PEERS and by not in self.checked and not self.measurements.get(f"check/{by}", {}).get("right"):
            self.measure(f"check/{by}")
        print(f"{key} ... ", end="", flush=True)
        try:
            result = (self.google_benchmark("perf_ceilings", rest) if part == "ceilings"
                      else self.check(by) if part == "check"
                      else self.figure(*rest.split("/")) if part == "figures"
                      else self.ncu(rest) if part == "ncu"
                      else self.peer(by, workload) if by in PEERS
                      else self.google_benchmark("perf_gpu", key))
        except Missing as reason:
            result = {"missing": str(reason)}
        except Failed as reason:
            result = {"failed": str(reason)}
        print(verdict(result), flush=True)
        self.measurements[key] = result
        return result


def verdict(result):
    for trouble in ("missing", "failed"):
        if trouble in result:
            return f"{trouble}: {result[trouble]}"
    for rate, unit in (("presentations_per_second", "presentations/s"), ("bytes_per_second", "bytes/s"),
                       ("operations_per_second", "operations/s")):
        if rate in result:
            return f"{result[rate]:.4g} {unit}"
    return f"{result['seconds']:.4g} s" if "seconds" in result else "done"


def all_keys():
    keys = [f"ceilings/{name}" for name in ("copy", "l2", "shared", "fma", "int32")]
    keys += [f"check/{peer}" for peer in PEERS]
    for networks in (1, 64, 1024, 8192):
        workloads = [f"perceptron/{variant}/patterns:{patterns}" for patterns in (500, 1000, 1500, 1900)
                     for variant in ("none", "local-global")] + ["mlp/local-neuron"]
        for workload in workloads:
            by = ("cuda", "cpu", *PEERS) if networks <= 1024 else ("cuda", *PEERS)  # as perf_gpu has it
            keys += [f"{workload}/networks:{networks}/{name}" for name in by]
    keys += [f"{workload}/{name}" for workload, names in variant_keys() for name in names]
    keys += [f"figures/{name}/{backend}" for name, figure in FIGURES.items() for backend in figure[2]]
    return keys + [f"ncu/{name}" for name in NCU_WORKLOADS]


def variant_keys():
    """(workload, variants) of each comparison; the first variant is the default."""
    for inputs, patterns, networks in VARIANT_SHAPES:
        names = PERCEPTRON_VARIANTS + (("warp-registers",) if patterns <= 256 else ())
        for variant in ("none", "local-global"):
            yield f"variants/perceptron/{variant}/inputs:{inputs}/patterns:{patterns}/networks:{networks}", names
    for networks in (1, 64, 1024):
        yield f"variants/mlp/local-neuron/networks:{networks}", ("block", "cluster")


def run_with_limit(command, seconds, **more):
    """As subprocess.run, but what the command has started ends with it."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
                          **more) as process:
        try:
            out, err = process.communicate(timeout=seconds)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def digits(bench):
    """What the MLP is measured on: MNIST, or where that is not here, digits drawn by procedure."""
    mnist = [line for line in bench.run([bench.program("syncache"), "data"]).splitlines() if line.startswith("mnist ")]
    return "synthetic" if not mnist or mnist[0].endswith("not here") else "mnist"


def machine(bench):
    devices = bench.run([bench.program("syncache"), "devices"]).splitlines()
    gpus = [line for line in devices if re.match(r"cuda \d", line)]
    if not gpus:
        sys.exit(f"tools/gpu-bench: nothing is measured: {devices[-1].partition(': ')[2] or 'no GPU'}")
    version = bench.run([bench.program("syncache"), "--version"]).splitlines()
    try:
        driver = bench.run(["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]).splitlines()[0]
    except Failed:
        driver = "unknown: no nvidia-smi"
    return {"gpu": gpus[0], "cpu": devices[0], "driver": driver, "version": " ".join(version), "digits": digits(bench),
            "flags": "g++ -O3 -ffp-contract=off, nvcc -O3 -fmad=false, single precision"}


def rate_cell(result):
    if result is None:
        return "not measured"
    if "seconds" not in result:
        return "missing" if "missing" in result else "failed"
    spread = (result["seconds_high"] - result["seconds_low"]) / result["seconds"]
    return f"{result['presentations_per_second']:.3g} ({spread:.0%}, {result['repeats']:.0f})"


def ratio_cell(ours, theirs):
    if not ours or not theirs or "seconds" not in ours or "seconds" not in theirs:
        return "-"
    return f"{ours['presentations_per_second'] / theirs['presentations_per_second']:.3g}"


def tables(stored):
    """Markdown, from what was measured alone."""
    found = stored["measurements"]
    lines = [f"{name}: {text}  " for name, text in stored["machine"].items()]
    lines += ["", "| ceiling | measured |", "|---|---|"]
    lines += [f"| {key[9:]} | {verdict(found[key])} |" for key in found if key.startswith("ceilings/")]
    lines += ["", "Networks x presentations per second: median (spread of times over median, repeats).", "",
              "| workload | networks | GPU | CPU | JAX | PyTorch | GPU / CPU | GPU / JAX | GPU / PyTorch |",
              "|---|---|---|---|---|---|---|---|---|"]
    for key in all_keys():
        workload, _, by = key.rpartition("/")
        if by != "cuda" or not key.startswith(("perceptron/", "mlp/")):
            continue
        row = {name: found.get(f"{workload}/{name}") for name in ("cuda", "cpu", *PEERS)}
        if any(row.values()):
            name, _, networks = workload.rpartition("/networks:")
            cells = [name, networks, *map(rate_cell, row.values())]
            cells += [ratio_cell(row["cuda"], row[other]) for other in ("cpu", *PEERS)]
            lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "| workload | variant | GPU | over the default | first call, s |", "|---|---|---|---|---|"]
    for workload, names in variant_keys():
        default = found.get(f"{workload}/{names[0]}")
        for name in names:
            result = found.get(f"{workload}/{name}")
            if result is not None:
                first = f"{result['first_call']:.3g}" if "first_call" in result else "-"
                lines.append(f"| {workload[9:]} | {name} | {rate_cell(result)} | {ratio_cell(result, default)} | {first} |")
    lines += ["", "| whole figure | seconds | asked for |", "|---|---|---|"]
    lines += [f"| {key[8:]} | {verdict(found[key])} | {found[key].get('target', '')} |"
              for key in found if key.startswith("figures/")]
    return "\n".join(lines)


def load(path, here):
    if not path.exists():
        return {"machine": here, "measurements": {}}
    stored = json.loads(path.read_text())
    for name in ("gpu", "driver", "version", "digits") if here else ():
        if stored["machine"].get(name) != here[name]:
            sys.exit(f"tools/gpu-bench: {path} was measured with {name} {stored['machine'].get(name)!r}, and here is "
                     f"{here[name]!r}; name another file with -o")
    return stored


def save(path, stored):
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(stored, indent=1) + "\n")
    draft.replace(path)


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tools/gpu-bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", metavar="DIR", help="programs built elsewhere (cmake --build --preset carry), or build/release")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this part; may be repeated")
    parser.add_argument("--only", metavar="REGEX", default="", help="only measurements whose name it finds, e.g. 'networks:64/cuda'")
    parser.add_argument("--again", action="store_true", help="measure also what is stored already")
    parser.add_argument("--list", action="store_true", help="print the measurements' names and stop")
    parser.add_argument("--table", action="store_true", help="print the tables of what is stored and stop")
    parser.add_argument("--timeout", type=float, default=540.0, metavar="SECONDS", help="of each measurement (540)")
    parser.add_argument("--python", default=os.environ.get("SYNCACHE_PEERS_PYTHON", "python3"),
                        help="the Python that has jax and torch ($SYNCACHE_PEERS_PYTHON, python3)")
    parser.add_argument("-o", dest="output", default=REPOSITORY / "out/gpu-bench/results.json", metavar="FILE",
                        help="where results are kept (out/gpu-bench/results.json)")
    options = parser.parse_args(arguments)
    try:
        re.compile(options.only)
    except re.error as error:
        parser.error(f"--only {options.only}: {error}")
    return options


def main(arguments):
    options = parse(arguments)
    path = pathlib.Path(options.output).absolute()
    keys = [key for key in all_keys()
            if (not options.part or key.partition("/")[0] in options.part) and re.search(options.only, key)]
    if not keys:
        sys.exit("tools/gpu-bench: no measurement has such a name; --list prints them")
    if options.list:
        print("\n".join(keys))
        return 0
    if options.table:
        if not path.exists():
            sys.exit(f"tools/gpu-bench: there is no {path}")
        print(tables(load(path, None)))
        return 0
    bench = Bench(options)
    try:
        here = machine(bench)
    except Failed as reason:
        sys.exit(f"tools/gpu-bench: {reason}")
    stored = load(path, here)
    bench.measurements = stored["measurements"]
    for key in keys:
        result = stored["measurements"].get(key, {"missing": ""})
        if options.again or "missing" in result or "failed" in result:
            bench.measure(key)
            save(path, stored)
    print("", tables(stored), "", f"{path}", sep="\n")
    wrong = [key for key in keys if "failed" in stored["measurements"][key] or "missing" in stored["measurements"][key]]
    if wrong:
        print(f"{len(wrong)} of {len(keys)} measurements gave no number: {', '.join(wrong[:5])}{' ...' if len(wrong) > 5 else ''}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
