"""Checks that a peer gives the engine's energies on the same patterns, images and initial weights.

usage: check_peers.py PEER PROGRAM     PEER: jax, torch or numpy (multilayer perceptrons only); PROGRAM: syncache
Exit status: 0 the energies agree, 1 they do not, 77 the peer is not installed here. $SYNCACHE_DATA: MNIST for the
multilayer perceptrons, otherwise digits made here.
"""
import csv
import importlib
import importlib.util
import io
import os
import pathlib
import subprocess
import sys
import tempfile

PEERS = ("jax", "torch")
ALL_PEERS = (*PEERS, "numpy")  # also those that only processors know
MAX_EPOCHS = 100  # with decay one of the networks goes on for longer than that
ENERGIES = ("uncached", "minimal", "consolidation", "maintenance_sum")

# Without decay all weights are whole numbers below 2^24, and so are all sums within a presentation: exact in both
# precisions. With decay, double precision: sums of 1e4 presentations in another order.
ROUNDING = 1e-9
# Single precision, multilayer perceptron: rounding decides now and then in which presentation a neuron consolidates.
# Measured on 40 networks each with MNIST and with digits made here: 5e-5 at most; ten times that is allowed.
PARTED = 5e-4


def have(peer):
    return importlib.util.find_spec("numpy") is not None and importlib.util.find_spec(peer) is not None


def trainer(peer, model):
    return importlib.import_module(f"{model}_{peer}").Trainer


def engine(program, folder, text):
    """Trains an experiment; returns its outcomes as rows of text, in the order of the points."""
    (folder / "check.toml").write_text(text)
    (folder / "check.sqlite").unlink(missing_ok=True)
    subprocess.run([program, "run", folder / "check.toml", "--backend", "cpu", "--quiet"], check=True)
    table = subprocess.run([program, "export", folder / "check.sqlite"], check=True, capture_output=True, text=True)
    return list(csv.DictReader(io.StringIO(table.stdout)))


class Check:
    def __init__(self):
        self.n_wrong = 0

    def compare(self, what, got, rows, columns, bound):
        for column in columns:
            largest = 0.0
            for value, row in zip(got[column], rows, strict=True):
                want = float(row[column])
                difference = abs(float(value) - want) / abs(want) if want else abs(float(value))
                largest = max(largest, difference) if difference == difference else float("inf")  # a NaN is wrong
            right = largest <= bound
            self.n_wrong += not right
            print(f"{'ok   ' if right else 'WRONG'} {what:60} {column:15} differs by {largest:.2g}, allowed {bound:g}")


def perceptron_points(problem, folder, tau):
    from problems import write_idx
    points = ""
    for n, (patterns, targets) in enumerate(zip(problem.patterns, problem.targets)):
        write_idx(folder / f"patterns{n}.idx2", patterns[:, :-1])
        write_idx(folder / f"targets{n}.idx1", targets)
        points += f"""[[points]]
            patterns_file = "patterns{n}.idx2"
            targets_file = "targets{n}.idx1"
            variant = "{'local-global' if problem.caching else 'none'}"
            threshold = {problem.thresholds[n] if problem.caching else 0.0}
            tau = {tau}\n"""
    return f'name = "check"\nmodel = "perceptron"\n[fixed]\nmax_epochs = {MAX_EPOCHS}\n' + points


def check_perceptrons(check, peer, program, folder):
    import problems
    cases = [(False, "inf", "single"), (False, "inf", "double"), (True, "inf", "single"), (True, "inf", "double"),
             (True, "300.0", "double")]
    for caching, tau, precision in cases:
        problem = problems.random_perceptrons(4, 60, 50, caching, 1.0 - 1.0 / float(tau), 4.0)
        problem.thresholds += [0.0, 1.0, 2.5, 1e9]
        rows = engine(program, folder, perceptron_points(problem, folder, tau))
        got = trainer(peer, "perceptron")(problem, precision).train(MAX_EPOCHS)
        what = f"perceptron, {'local-global' if caching else 'none'}, tau {tau}, {precision}"
        check.compare(what, got, rows, ("converged", "updates", "presentations"), 0.0)
        check.compare(what, got, rows, ENERGIES, 0.0 if tau == "inf" else ROUNDING)


def check_mlps(check, peer, program, folder):
    import problems
    data = os.environ.get("SYNCACHE_DATA")
    found = sorted(pathlib.Path(data).rglob("train-images-idx3-ubyte*")) if data else []
    n = 2000
    if found:
        labels = str(found[0]).replace("images-idx3", "labels-idx1")
        images, labels, name = problems.read_idx(found[0])[:n], problems.read_idx(labels)[:n], "MNIST"
    else:
        (images, labels), name = problems.random_digits(n), "digits"
    problem = problems.random_mlps(3, n, 20, digits=(images, labels))
    problems.write_idx(folder / "images.idx3", images)
    problems.write_idx(folder / "labels.idx1", labels)
    for precision, bound in (("double", ROUNDING), ("single", PARTED)):
        text = f"""name = "check"
            model = "mlp"
            [fixed]
            data = "files"
            train_images = "images.idx3"
            train_labels = "labels.idx1"
            test_images = "images.idx3"
            test_labels = "labels.idx1"
            test_count = 1
            hidden = 20
            variant = "local-neuron"
            threshold = {problem.threshold}
            tau = 1000
            checkpoint_every = {n}
            max_epochs = 1
            precision = "{precision}"\n"""
        for k, weights in enumerate(zip(problem.hidden, problem.output)):
            for layer, values in zip(("hidden", "output"), weights):
                problems.write_idx(folder / f"{layer}{k}.idx2", values)
            text += f'[[points]]\ninitial_weights = ["hidden{k}.idx2", "output{k}.idx2"]\n'
        rows = engine(program, folder, text)
        got = trainer(peer, "mlp")(problem, precision).train()
        check.compare(f"multilayer perceptron, local-neuron, {name}, {precision}", got, rows, ENERGIES, bound)


def main(arguments):
    if len(arguments) != 2 or arguments[0] not in ALL_PEERS:
        print(__doc__, file=sys.stderr)
        return 2
    peer, program = arguments[0], os.path.abspath(arguments[1])
    if not have(peer):
        print(f"check_peers.py: Skipped\n{peer} is not installed for {sys.executable}")
        return 77
    check = Check()
    with tempfile.TemporaryDirectory() as folder:
        if importlib.util.find_spec(f"perceptron_{peer}") is not None:
            check_perceptrons(check, peer, program, pathlib.Path(folder))
        check_mlps(check, peer, program, pathlib.Path(folder))
    print(f"{peer}: {'the engine’s energies' if not check.n_wrong else f'{check.n_wrong} numbers differ from the engine’s'}")
    return 1 if check.n_wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
