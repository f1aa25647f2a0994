"""Times a peer on a workload of perf_gpu and prints one JSON object.

usage: time_peers.py PEER WORKLOAD     PEER: jax or torch
       WORKLOAD: perceptron/{none,local-global}/patterns:<P>/networks:<n> or mlp/local-neuron/networks:<n>

`seconds` is the median wall time of `repeats` calls that end with results on the host, after one call for warm-up and
compilation (`first_call`); data and initial weights are on the device before. Perceptrons make 2 epochs: a peer's
presentation costs the same at any time, and a whole training takes minutes. MLPs see 1,000 images.
"""
import importlib
import json
import re
import statistics
import sys
import time

import check_peers

MOST_REPEATS, LEAST_REPEATS, SECONDS_OF_REPEATS = 20, 3, 5.0
DISTINCT = 64  # networks that differ; the others repeat their data at places of their own
INPUTS, EPOCHS, IMAGES = 1000, 2, 1000


def repeated(array, networks):
    import numpy
    return numpy.tile(array, (-(-networks // len(array)), *[1] * (array.ndim - 1)))[:networks]


def perceptron(peer, variant, patterns, networks):
    import problems
    problem = problems.random_perceptrons(min(networks, DISTINCT), patterns, INPUTS, variant == "local-global", 1.0, 10.0)
    for name in ("patterns", "targets", "thresholds"):
        setattr(problem, name, repeated(getattr(problem, name), networks))
    trainer = check_peers.trainer(peer, "perceptron")(problem, "single")
    return trainer.mode, lambda: int(trainer.train(EPOCHS)["presentations"].sum())


def mlp(peer, networks):
    import problems
    problem = problems.random_mlps(min(networks, DISTINCT), IMAGES)
    problem.hidden, problem.output = repeated(problem.hidden, networks), repeated(problem.output, networks)
    trainer = check_peers.trainer(peer, "mlp")(problem, "single")

    def train():
        trainer.train()
        return networks * IMAGES
    return trainer.mode, train


def prepare(peer, workload):
    found = re.fullmatch(r"perceptron/(none|local-global)/patterns:(\d+)/networks:(\d+)", workload)
    if found:
        return perceptron(peer, found[1], int(found[2]), int(found[3]))
    found = re.fullmatch(r"mlp/local-neuron/networks:(\d+)", workload)
    if found:
        return mlp(peer, int(found[1]))
    raise SystemExit(f"time_peers.py: {workload}: no such workload")


def time_calls(call):
    def timed():
        start = time.perf_counter()
        presentations = call()
        return time.perf_counter() - start, presentations
    first_call, presentations = timed()
    seconds = []
    while len(seconds) < LEAST_REPEATS or (len(seconds) < MOST_REPEATS and sum(seconds) < SECONDS_OF_REPEATS):
        seconds.append(timed()[0])
    median = statistics.median(seconds)
    return {"presentations": presentations, "presentations_per_second": presentations / median, "seconds": median,
            "seconds_low": min(seconds), "seconds_high": max(seconds), "repeats": len(seconds), "first_call": first_call}


def device_of(peer):
    if peer == "jax":
        import jax
        return jax.devices()[0].device_kind
    import torch
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"


def main(arguments):
    if len(arguments) != 2 or arguments[0] not in check_peers.PEERS:
        print(__doc__, file=sys.stderr)
        return 2
    peer, workload = arguments
    mode, call = prepare(peer, workload)
    result = {"mode": mode, "version": importlib.import_module(peer).__version__, "device": device_of(peer)}
    print(json.dumps(result | time_calls(call)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
