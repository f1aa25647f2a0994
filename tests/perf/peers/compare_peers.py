"""Trains multilayer perceptrons by the engine and by its peers on the same work and compares speed and energies.

usage: compare_peers.py BUILD [--networks 1,16,64] [--images 1000]     BUILD: the folder of the built programs

784-100-10, local-neuron caching, single precision, all processors of this machine. Prints presentations per second, and the
largest relative difference of an energy from the engine's. Exit status: 0, or 1 if a peer's energies are not the engine's.
"""
import argparse
import importlib
import importlib.util
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import check_peers
import problems

PEERS = {"numpy": "NumPy", "torch": "PyTorch", "jax": "JAX"}
PRESENTATIONS = 200_000  # of all networks, at least: the longer of the engine's two runs takes a second


def energies_of(result):
    return {name: [float(value) for value in result[name]] for name in check_peers.ENERGIES}


def train_peer(peer, networks, images):
    """One peer in a process of its own: prints rate and energies."""
    trainer = importlib.import_module(f"mlp_{peer}").Trainer(problems.random_mlps(networks, images), "single")
    result = trainer.train()  # compiles
    seconds = []
    while len(seconds) < 3 or (len(seconds) < 20 and sum(seconds) < 5.0):
        start = time.perf_counter()
        result = trainer.train()
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"rate": networks * images / statistics.median(seconds), "energies": energies_of(result)}))


def experiment(problem, folder, epochs):
    n = len(problem.images)
    text = f"""name = "peers"
        model = "mlp"
        [fixed]
        data = "files"
        train_images = "images.idx3"
        train_labels = "labels.idx1"
        test_images = "images.idx3"
        test_labels = "labels.idx1"
        test_count = 1
        hidden = {problem.hidden.shape[1]}
        variant = "local-neuron"
        threshold = {problem.threshold}
        tau = 1000
        checkpoint_every = {n * epochs}
        patience = {epochs + 1}
        max_epochs = {epochs}
        precision = "single"\n"""
    for k in range(len(problem.hidden)):
        text += f'[[points]]\ninitial_weights = ["hidden{k}.idx2", "output{k}.idx2"]\n'
    (folder / f"epochs{epochs}.toml").write_text(text)
    return folder / f"epochs{epochs}.toml"


def run_engine(program, file):
    results = file.with_suffix(".sqlite")
    results.unlink(missing_ok=True)
    start = time.perf_counter()
    subprocess.run([program, "run", file, "-o", results, "--backend", "cpu", "--quiet"], check=True)
    return time.perf_counter() - start


def train_engine(program, networks, images, folder):
    digits, labels = problems.random_digits(images)
    problem = problems.random_mlps(networks, images)
    problems.write_idx(folder / "images.idx3", digits)
    problems.write_idx(folder / "labels.idx1", labels)
    for k, weights in enumerate(zip(problem.hidden, problem.output)):
        for layer, values in zip(("hidden", "output"), weights):
            problems.write_idx(folder / f"{layer}{k}.idx2", values)
    # The difference of two runs leaves out starting and reading.
    more = max(20, PRESENTATIONS // (networks * images))
    short, long = (experiment(problem, folder, epochs) for epochs in (1, 1 + more))
    seconds = statistics.median(run_engine(program, long) - run_engine(program, short) for _ in range(3))
    rows = check_peers.engine(program, folder, short.read_text())
    return {"rate": networks * images * more / seconds,
            "energies": {name: [float(row[name]) for row in rows] for name in check_peers.ENERGIES}}


def time_plain_loops(build, networks):
    """The plain reference of the tests, as many at once as there are networks and processors; tests compare its energies."""
    command = [build / "tests/perf/perf_mlp", "--benchmark_filter=train_reference_network/local_neuron",
               "--benchmark_format=json"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
               for _ in range(min(networks, os.cpu_count()))]
    seconds = [json.loads(process.communicate()[0])["benchmarks"][0]["each"] for process in running]
    return {"rate": sum(1.0 / each for each in seconds)}


def difference(got, want):
    return max(abs(a - b) / abs(b) for name in want for a, b in zip(got[name], want[name], strict=True))


def rows_of(build, networks, images):
    with tempfile.TemporaryDirectory() as folder:
        engine = train_engine(build / "syncache", networks, images, pathlib.Path(folder))
    yield "syncache", engine, engine
    yield "plain loops (C++)", time_plain_loops(build, networks), engine
    for peer, name in PEERS.items():
        if importlib.util.find_spec(peer) is None:
            yield name, None, engine
            continue
        command = [sys.executable, __file__, "--peer", peer, "--networks", str(networks), "--images", str(images)]
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True,
                                env=os.environ | {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""}).stdout
        yield name, json.loads(output.splitlines()[-1]), engine


def show(name, networks, row, engine):
    """Prints a row; returns whether its energies are the engine's."""
    if row is None:
        print(f"| {name} | {networks} | not installed: tools/setup --peers | | |")
        return True
    found = difference(row["energies"], engine["energies"]) if "energies" in row else None
    print(f"| {name} | {networks} | {row['rate']:.3g} | {engine['rate'] / row['rate']:.3g} | "
          f"{'compared by the tests' if found is None else f'{found:.1g}'} |", flush=True)
    return found is None or found <= check_peers.PARTED


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", type=pathlib.Path)
    parser.add_argument("--networks", default="1,16,64", help="of one batch; several: a table of all (1,16,64)")
    parser.add_argument("--images", type=int, default=1000, help="presentations of each network (1000)")
    parser.add_argument("--peer", choices=PEERS, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    numbers = [int(word) for word in options.networks.split(",")]
    if options.peer:
        train_peer(options.peer, numbers[0], options.images)
        return 0
    if options.build is None:
        parser.error("BUILD: missing")
    print("| | networks | presentations per second | syncache is faster by | largest difference of an energy |\n|---|---|---|---|---|")
    right = [show(name, networks, row, engine) for networks in numbers
             for name, row, engine in rows_of(options.build.resolve(), networks, options.images)]
    return 0 if all(right) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
