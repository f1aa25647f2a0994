"""Random experiments: [(experiment as a dict of TOML, files)] far outside what anybody would run, all options in combination."""

import csv
import json
import math

import numpy as np

PERCEPTRON, MLP, SPIKING = "perceptron", "mlp", "spiking"


def toml(value):
    if isinstance(value, float):
        return "inf" if math.isinf(value) else repr(value)
    return "[" + ", ".join(map(toml, value)) + "]" if isinstance(value, list) else json.dumps(value)


def write_experiment(path, model, record, fixed, points, accounting):
    def table(head, values):
        return [head, *(f"{key} = {toml(value)}" for key, value in values.items()), ""]
    lines = [f"name = {json.dumps(path.stem)}", f"model = {json.dumps(model)}", f"record = {toml(record)}", ""]
    lines += table("[fixed]", fixed) + table("[accounting]", accounting)
    for point in points:
        lines += table("[[points]]", point)
    path.write_text("\n".join(lines))


def some(rng, *values):
    return values[rng.integers(len(values))]


def log_uniform(rng, low, high):
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def accounting(rng, scale=1.0):
    """Price lists; scale: the size of a weight."""
    prices = {"maintenance_cost": [0.0, log_uniform(rng, 1e-4, 1.0)], "exponent": [1.0]}
    if rng.random() < 0.5:
        prices["transient_change_cost"] = [float(rng.uniform(0.0, 2.0))]
    if rng.random() < 0.5:
        prices["exponent"] = [1.0, some(rng, 0.0, 0.5, 2.0, 3.0, float(rng.uniform(0.1, 3.0)))]
    if rng.random() < 0.4:
        prices["potentiation_only"] = [False, True]
    if rng.random() < 0.4:
        prices["persistent_cost"] = [0.0, log_uniform(rng, 1e-4, 1.0)]
    return prices


def schedule(rng, theta):
    kind = some(rng, "constant", "constant", "exponential", "error-rate")
    if kind == "constant":
        return {}
    point = {"threshold_schedule": kind, "threshold_time": log_uniform(rng, 1.0, 300.0)}
    return {**point, "threshold_end": float(theta * rng.uniform(0.0, 2.0))} if kind == "exponential" else point


def decay(rng):
    point = {"tau": some(rng, math.inf, log_uniform(rng, 1.0, 1000.0), log_uniform(rng, 5.0, 100.0))}
    if rng.random() < 0.5:
        point["decay_form"] = some(rng, "linear", "exponential")
    return point


def perceptron(rng, folder, n_points):
    n, p = int(rng.integers(1, 33)), int(rng.integers(1, 41))
    if p >= 2 * n:
        p = max(1, int(1.6 * n))
    np.save(folder / "patterns.npy", np.where(rng.random((p, n)) < rng.uniform(0.2, 0.8), 1, -1).astype(np.int8))
    np.save(folder / "targets.npy", np.where(rng.random(p) < rng.uniform(0.2, 0.8), 1, -1).astype(np.int8))
    points = []
    for _ in range(n_points):
        eta = some(rng, 1.0, 1.0, 0.5, 2.0, 3.0, log_uniform(rng, 0.01, 100.0))
        variant = some(rng, "none", "local-local", "local-local", "local-global", "local-global", "global-global", "l1")
        theta = some(rng, 0.0, float(eta * rng.integers(0, 8)), float(eta * rng.uniform(0.0, 8.0)))
        point = {"variant": variant, "learning_rate": eta, "threshold": theta * (n + 1) if variant == "global-global" else theta,
                 "max_epochs": int(rng.integers(1, 120)), **decay(rng)}
        if variant == "l1":
            point.update(threshold=some(rng, float(rng.integers(0, 3)), float(eta * rng.uniform(0.0, 1.0))))
        elif variant != "none":
            point.update(schedule(rng, point["threshold"]))
            if variant == "global-global" and rng.random() < 0.1:
                point["threshold"] = math.inf
                point.pop("threshold_schedule", None), point.pop("threshold_end", None), point.pop("threshold_time", None)
        if variant in ("local-local", "local-global") and n > 1 and rng.random() < 0.4:
            first = int(rng.integers(1, n))
            point["pathway_sizes"] = [first, n - first]
            point["pathway_threshold_factors"] = [some(rng, 1.0, 0.5, float(rng.uniform(0.1, 4.0))), float(rng.uniform(0.1, 4.0))]
        if rng.random() < 0.3:
            point["offset"] = float(rng.uniform(-1.0, 1.0))
        # Without a margin outputs are often 0 on paper, and where weights are rounded, rounding decides.
        if rng.random() < (0.3 if math.isinf(point["tau"]) and "offset" not in point else 0.8):
            point["margin"] = float(eta * rng.uniform(0.0, 2.0))
        if math.isinf(point["tau"]) and "offset" not in point and variant != "l1" and rng.random() < 0.3:
            point["precision"] = "single"    # whole numbers are exact in both
        if rng.random() < 0.3:
            point["distribution_width"] = some(rng, 0.5, 2.0, float(rng.uniform(0.05, 3.0)))
        if rng.random() < 0.3:
            point["traced"] = [int(i) for i in rng.choice(n + 1, size=min(n + 1, 3), replace=False)]
        points.append(point)
    files = {"patterns_file": "patterns.npy", "targets_file": "targets.npy"}
    return ["epochs", "traces", "distribution", "weights"], files, points, accounting(rng)


def other_units(rng, point):
    """Changes a point of the MLP: other units, and learning rates with which they do not diverge."""
    if rng.random() < 0.3:
        point["bias_unit"] = some(rng, True, False)
    if rng.random() < 0.4:
        return
    output, cost = some(rng, ("logistic", "mse"), ("logistic", "cross-entropy"), ("linear", "mse"), ("softmax", "cross-entropy"))
    point.update(activation=some(rng, "logistic", "relu", "leaky-relu", "elu"), output=output, cost=cost, backprop="exact")
    if (point["activation"], output) != ("logistic", "logistic"):
        point["learning_rate"] = log_uniform(rng, 1e-3, 0.05)


def competitive(rng, point, n_layers, has_equal_inputs):
    """Changes a point of the MLP: which synapses may change, and when."""
    if rng.random() < 0.7:
        rules = ["largest-error", "smallest-error", "largest-change", "smallest-change", "largest-weight", "smallest-weight",
                 "largest-weight-unit", "static-input"]
        # Which of two equal changes a unit's rule chooses is open.
        rules += [] if has_equal_inputs else ["largest-change-unit"] * 2
        rules += ["first-units"] * 2 if n_layers == 2 else []
        fractions = [some(rng, 1.0, 0.5, 0.25, 0.1, 1e-3, float(1.0 - rng.random()), float(1.0 - rng.random())) for _ in range(n_layers)]
        point["competition"] = some(rng, *rules)
        if point["competition"] != "static-input":
            point["fraction"] = some(rng, fractions, fractions, fractions[0])
    if rng.random() < 0.5:
        point["gate"] = some(rng, "mistakes", "memorised-mistakes", "low-confidence")
        if point["gate"] == "low-confidence":
            point["confidence"] = some(rng, 1.0, float(1.0 - rng.random()), log_uniform(rng, 0.05, 0.5))


def mlp(rng, folder, n_points):
    # Half of the experiments leave all that section 3 of docs/model.md does not have.
    is_extended = rng.random() < 0.5
    is_continuous = is_extended and rng.random() < 0.5
    rows, columns, n_train, n_test = (int(k) for k in rng.integers((2, 2, 4, 5), (6, 7, 50, 40)))
    for part, count in (("train", n_train), ("test", n_test)):
        images = rng.integers(0, 256, (count, rows, columns)) * (rng.random((count, rows, columns)) < rng.uniform(0.2, 0.9))
        floats = is_continuous or rng.random() < 0.3
        if is_continuous:
            images = np.where(images > 0, 255.0 * rng.random(images.shape), 0.0)    # no two pixels but those of 0 are equal
        np.save(folder / f"{part}_images.npy", images / 255.0 if floats else images.astype(np.uint8))
        np.save(folder / f"{part}_labels.npy", rng.integers(0, some(rng, 3, 10), count).astype(np.uint8))
    files = {f"{part}_{what}": f"{part}_{what}.npy" for part in ("train", "test") for what in ("images", "labels")}
    hidden = [int(k) for k in rng.integers(1, 13, rng.integers(1, 5))]
    input_bias = {"input_bias": some(rng, True, False)} if is_extended and rng.random() < 0.6 else {}
    sizes = [rows * columns + input_bias.get("input_bias", False), *hidden, 10]
    names = [f"layer{k}.npy" for k in range(1, len(sizes))]
    for name, inputs, units in zip(names, sizes, sizes[1:]):
        np.save(folder / name, rng.normal(0.0, 0.3, (units, inputs)))
    n_synapses = sum(a * b for a, b in zip(sizes, sizes[1:]))
    points = []
    for _ in range(n_points):
        variant = some(rng, "none", "local-local", "local-neuron", "local-layer", "global-global")
        eta = log_uniform(rng, 0.01, 2.0)
        point = {"variant": variant, "learning_rate": eta,
                 "backprop": some(rng, "published", "exact"), "cost": some(rng, "mse", "cross-entropy"),
                 "checkpoint_every": int(rng.integers(1, 2 * n_train)), "max_epochs": int(rng.integers(1, 12)),
                 "target_accuracy": some(rng, 1.0, float(rng.uniform(0.0, 0.6))), "stop_at": some(rng, "epoch", "checkpoint"),
                 "patience": int(rng.integers(1, 5)), "train_offset": int(rng.integers(0, n_train)), **decay(rng)}
        point["train_count"] = int(rng.integers(0, n_train - point["train_offset"] + 1))
        if is_extended:
            other_units(rng, point)
            point.update({"input_centring": some(rng, "none", "mean")} if rng.random() < 0.5 else {})
            competitive(rng, point, len(sizes) - 1, not is_continuous or point.get("input_centring") == "mean")
        eta = point["learning_rate"]
        theta = some(rng, 0.0, log_uniform(rng, 1e-4, 0.3)) * (eta / 0.1)
        point["threshold"] = theta * n_synapses / 10 if variant == "global-global" else theta
        if variant == "none":
            if rng.random() < 0.5:
                point["momentum"] = float(rng.uniform(0.0, 0.99))
                if is_extended:    # units without a largest output diverge with steps that are too large in sum
                    point["learning_rate"] *= 1.0 - point["momentum"]
        else:
            point.update(schedule(rng, point["threshold"]))
            if variant != "global-global" and rng.random() < 0.4:
                point["layer_threshold_factors"] = [float(f) for f in rng.uniform(0.2, 4.0, len(sizes) - 1)]
        if rng.random() < 0.3:
            point.update(target_low=float(rng.uniform(0.0, 0.4)), target_high=float(rng.uniform(0.6, 1.0)))
        if is_extended and rng.random() < 0.5:
            rate = point.pop("learning_rate")
            point["layer_learning_rates"] = [float(rate * rng.uniform(0.2, 1.0)) for _ in sizes[1:]]
        point["traced"] = [int(i) for i in rng.choice(n_synapses, size=4, replace=False)]
        points.append(point)
    fixed = {"data": "files", **files, "hidden": hidden, "initial_weights": names, **input_bias}
    return ["traces", "weights", "checkpoint_weights"], fixed, points, accounting(rng)


def spiking(rng, folder, n_points):
    n, n_patterns, n_runs, n_steps = int(rng.integers(2, 9)), int(rng.integers(1, 5)), int(rng.integers(2, 16)), 149
    active = [sorted(int(i) for i in rng.choice(n, size=2, replace=False)) for _ in range(n_patterns)]
    ratios = [some(rng, 1.0, 0.5) for _ in active]
    with open(folder / "patterns.csv", "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["pattern", "active_auditory_inputs", "visual_rate_ratio"])
        rows.writerows([k, " ".join(map(str, inputs)), ratio] for k, (inputs, ratio) in enumerate(zip(active, ratios)))
    with open(folder / "spikes.csv", "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["run", "pattern", "step", "source", "count"])
        for run in range(n_runs):
            for pattern, inputs in enumerate(active):
                for step in range(n_steps):
                    for source in (*(f"a{i}" for i in inputs), "v0", "b0"):
                        is_on = step == 0 if source == "b0" else (step < 50) == (source[0] == "a")    # something in every presentation
                        if is_on and (source == "b0" or rng.random() < 0.5):
                            rows.writerow([run, pattern, step, source, int(rng.integers(1, 6))])
    points = []
    for _ in range(n_points):
        size = log_uniform(rng, 1e-10, 3e-9)
        variant = some(rng, "none", "local-local", "local-global", "global-global")
        point = {"variant": variant, "threshold": some(rng, 0.0, size * log_uniform(rng, 1e-3, 1.0)), "stdp_size": size,
                 "initial_conductance": some(rng, 0.0, 1.1e-9, 2.5e-9), "max_runs": int(rng.integers(1, n_runs + 1)),
                 "convergence_runs": int(rng.integers(1, 6)), "convergence_tolerance": float(rng.uniform(0.0, 0.3)), **decay(rng)}
        for key, low, high in (("membrane_capacitance", 2e-10, 1e-9), ("adaptation_increment", 1e-9, 1e-7), ("synaptic_time", 2e-3, 3e-2),
                               ("potentiation_time", 5e-3, 1e-1), ("depression_time", 5e-3, 1e-1), ("visual_conductance", 1e-9, 6e-9),
                               ("leak_conductance", 5e-9, 3e-8), ("adaptation_time", 2e-2, 2e-1), ("depression_ratio", 0.5, 2.0),
                               ("potentiation_amplitude", 1e-3, 1e-2), ("success_within", 0.5, 3.0), ("success_apart", 0.1, 5.0)):
            if rng.random() < 0.3:
                point[key] = log_uniform(rng, low, high)
        points.append(point)
    fixed = {"patterns_file": "patterns.csv", "input_spikes_file": "spikes.csv", "auditory_inputs": n, "time_step": 1e-3}
    return ["epochs", "presentations", "weights"], fixed, points, accounting(rng)


DRAWS = {PERCEPTRON: perceptron, MLP: mlp, SPIKING: spiking}


def experiment(model, seed, folder, n_points):
    """Writes an experiment and its files to the folder, and gives the experiment's path."""
    rng = np.random.default_rng([sorted(DRAWS).index(model), seed])
    record, fixed, points, prices = DRAWS[model](rng, folder, n_points)
    path = folder / f"{model}_{seed}.toml"
    write_experiment(path, model, record, fixed, points, prices)
    return path
