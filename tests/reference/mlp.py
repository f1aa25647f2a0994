"""The multilayer perceptron of docs/model.md, section 3, as it reads: every synapse in every presentation."""

import numpy as np
from account import Decisions, Threshold, all_prices, decay_factor, number, outcome_of

ENERGIES = ("uncached", "minimal", "consolidation", "maintenance_sum")


def logistic(x):
    return 1.0 / (1.0 + np.exp(-np.clip(x, -708.0, 708.0)))


class Layer:
    """Weights [units][inputs]."""

    def __init__(self, weights, factor):
        self.l, self.s, self.step = weights.copy(), np.zeros(weights.shape), np.zeros(weights.shape)
        self.initial, self.factor = weights, factor
        self.sums = dict.fromkeys(ENERGIES, 0.0)    # of exponent 1 and both signs

    def w(self):
        return self.s + self.l


class Network:
    def __init__(self, row, rows, folder):
        self.row = row
        weights = [np.load(folder / name).astype(float) for name in row["initial_weights"].split(",")]
        factors = [float(factor) for factor in row["layer_threshold_factors"].split(",")]
        self.layers = [Layer(w, factors[k if len(factors) > 1 else 0]) for k, w in enumerate(weights)]
        self.eta, self.momentum, self.variant = float(row["learning_rate"]), float(row["momentum"]), row["variant"]
        self.kept = 1.0 if self.variant == "none" else decay_factor(row)
        self.threshold = Threshold(row)
        self.prices = all_prices(rows)
        self.decisions = Decisions(exact=False)
        self.presentations = self.changes = self.consolidated_changes = 0
        self.maintenance_sum = self.persistent_sum = 0.0
        self.input_consolidation = np.zeros(weights[0].shape[1])

    def forward(self, x):
        """Activities, the input's first."""
        activities = [x]
        for layer in self.layers:
            activities.append(logistic(layer.w() @ activities[-1]))
        return activities

    def answer(self, y):
        """The first of the largest outputs."""
        largest, second = np.sort(y)[[-1, -2]]
        self.decisions.note(largest, second, largest)
        return int(np.argmax(y))

    def deltas(self, activities, label):
        """The error of each layer's units, section 3, step 2."""
        y = activities[-1]
        target = np.full(y.shape, float(self.row["target_low"]))
        target[label] = float(self.row["target_high"])
        cross_entropy, published = self.row["cost"] == "cross-entropy", self.row["backprop"] == "published"
        error = target - y
        deltas = [error if cross_entropy else error * y * (1.0 - y)]
        sent_down = error if published else deltas[0]
        for k in range(len(self.layers) - 1, 0, -1):
            h = activities[k]
            slope = h if cross_entropy and published else h * (1.0 - h)
            deltas.insert(0, (self.layers[k].w().T @ sent_down) * slope)
            sent_down = deltas[0]
        return deltas

    def consolidated(self, activities):
        """For each layer, which synapses consolidate now."""
        theta = self.threshold.now()
        if self.variant == "none":
            return [np.full(layer.s.shape, True) for layer in self.layers]
        if self.variant == "global-global":
            total = sum(np.abs(layer.s).sum() for layer in self.layers)
            self.decisions.note(total, theta, total + theta)
            return [np.full(layer.s.shape, total > theta) for layer in self.layers]
        moved = []
        for layer, x in zip(self.layers, activities):
            size, edge = np.abs(layer.s[:, x != 0.0]), layer.factor * theta
            self.decisions.note(size, edge, np.abs(layer.step[:, x != 0.0]) + edge)
            exceeds = np.zeros(layer.s.shape, dtype=bool)
            exceeds[:, x != 0.0] = size > edge
            if self.variant == "local-neuron":
                exceeds[exceeds.any(axis=1)] = True
            elif self.variant == "local-layer":
                exceeds[:] = exceeds.any()
            moved.append(exceeds)
        return moved

    def move(self, layer, which):
        change = np.where(which, layer.s, 0.0)
        for account in self.prices.values():
            account.pay("consolidation", change)
        layer.sums["consolidation"] += np.abs(change).sum()
        self.consolidated_changes += np.count_nonzero(change)
        if layer is self.layers[0]:
            self.input_consolidation += np.abs(change).sum(axis=0)
        layer.l += change
        layer.s[which] = 0.0

    def present(self, x, label):
        activities = self.forward(x)
        is_error = self.answer(activities[-1]) != label
        for layer, delta, below in zip(self.layers, self.deltas(activities, label), activities):
            layer.step = self.eta * np.outer(delta, below) + self.momentum * layer.step
            # Changes that are too small for a number are 0, or not, by the order of the products.
            self.decisions.unsafe |= bool(np.any((np.abs(layer.step) < 1e-300) & np.outer(delta != 0.0, below != 0.0)))
            layer.s += layer.step
            self.changes += np.count_nonzero(layer.step)
            layer.sums["uncached"] += np.abs(layer.step).sum()
            for account in self.prices.values():
                account.pay("uncached", layer.step)
        for layer, moved in zip(self.layers, self.consolidated(activities)):
            for account in self.prices.values():
                account.store(layer.step[~moved])
            self.move(layer, moved)
        for layer in self.layers:
            size = np.abs(layer.s).sum()
            layer.sums["maintenance_sum"] += size
            self.maintenance_sum += size
            self.persistent_sum += np.abs(layer.l).sum()
        transient = [layer.s.copy() for layer in self.layers]
        for layer in self.layers:
            layer.s *= self.kept
        self.threshold.presented(is_error)
        self.presentations += 1
        return transient

    def accuracy(self, images, labels):
        return sum(self.answer(self.forward(x)[-1]) == label for x, label in zip(images, labels)) / len(labels)

    def checkpoint(self):
        """The energies as if all were consolidated now, of exponent 1 and both signs."""
        sums = {name: sum(layer.sums[name] for layer in self.layers) for name in ("uncached", "consolidation", "maintenance_sum")}
        sums["consolidation"] += sum(np.abs(layer.s).sum() for layer in self.layers)
        sums["minimal"] = sum(np.abs(layer.w() - layer.initial).sum() for layer in self.layers)
        sums["transient_change_sum"] = self.prices[1.0, False].sums["transient_change_sum"]
        return sums


def images_of(row, part, folder):
    """Images in [0, 1], one a row, and their labels."""
    first, count = int(row[f"{part}_offset"]), int(row[f"{part}_count"])
    images, labels = np.load(folder / row[f"{part}_images"]), np.load(folder / row[f"{part}_labels"])
    which = slice(first, first + count if count else None)
    x = images.reshape(len(images), -1)[which].astype(float)
    return (x / 255.0 if images.dtype == np.uint8 else x), labels[which].astype(int)


def train(rows, folder):
    """A trial, given by the rows of its export: ([outcome of each row], {table: rows}, {array: values}, whether it can be compared)."""
    row = rows[0]
    network = Network(row, rows, folder)
    x, labels = images_of(row, "train", folder)
    test = images_of(row, "test", folder)
    target, patience, every = float(row["target_accuracy"]), int(row["patience"]), int(row["checkpoint_every"])
    traced = [int(i) for i in row["traced"].split(",")] if row["traced"] else []
    tables, checkpoint_weights = {"checkpoints": [], "traces": []}, [[] for _ in network.layers]
    epochs, accuracies, converged, stop = 0, [], False, False
    while not stop and epochs < number(row["max_epochs"]):
        for i in range(len(x)):
            transient = np.concatenate([s.ravel() for s in network.present(x[i], labels[i])])
            persistent = np.concatenate([layer.l.ravel() for layer in network.layers])
            tables["traces"] += [{"presentation": network.presentations - 1, "synapse": k, "transient": transient[k],
                                  "persistent": persistent[k], "weight": transient[k] + persistent[k]} for k in traced]
            if network.presentations % every:
                continue
            accuracy = network.accuracy(*test)
            tables["checkpoints"].append({"presentations": network.presentations, "epoch": epochs, "accuracy": accuracy,
                                          **network.checkpoint()})
            for k, layer in enumerate(network.layers):
                checkpoint_weights[k].append(layer.w())
            if row["stop_at"] == "checkpoint" and accuracy > target:
                stop = converged = True
                break
        if not stop or i == len(x) - 1:
            epochs += 1
        if stop:
            break
        accuracy = network.accuracy(*test)
        converged = accuracy > target
        stop = converged or (epochs > patience + 1 and accuracy <= min(accuracies[-patience:]))
        accuracies.append(accuracy)
    for layer in network.layers:
        network.move(layer, np.full(layer.s.shape, True))
        for account in network.prices.values():
            account.pay("minimal", layer.l - layer.initial)
        layer.sums["minimal"] = np.abs(layer.l - layer.initial).sum()
    common = {"converged": int(converged), "epochs": epochs, "presentations": network.presentations, "updates": network.presentations,
              "maintenance_sum": network.maintenance_sum, "persistent_sum": network.persistent_sum, "accuracy": accuracy,
              "changes": network.changes, "consolidated_changes": network.consolidated_changes}
    for k, layer in enumerate(network.layers, start=1):
        common.update({f"{name}_layer{k}": layer.sums[name] for name in ENERGIES})
    arrays = {f"weights_layer{k}": layer.l for k, layer in enumerate(network.layers, start=1)}
    arrays["input_consolidation"] = network.input_consolidation
    if tables["checkpoints"]:
        arrays.update({f"checkpoint_weights_layer{k}": np.array(values) for k, values in enumerate(checkpoint_weights, start=1)})
    return [outcome_of(r, common, network.prices) for r in rows], tables, arrays, not network.decisions.unsafe
