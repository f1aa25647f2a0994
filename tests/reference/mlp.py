"""The multilayer perceptron of docs/model.md, section 3, with its other units and inputs, as it reads: every synapse in every presentation."""

import numpy as np
from account import Decisions, Threshold, all_prices, decay_factor, number, outcome_of
from competition import Competition, Gate, for_each_layer

ENERGIES = ("uncached", "minimal", "consolidation", "maintenance_sum")


def logistic(x):
    return 1.0 / (1.0 + np.exp(-np.clip(x, -708.0, 708.0)))


def softmax(x):
    exponentials = np.exp(np.minimum(x, 200.0))
    return exponentials / exponentials.sum()


ACTIVATIONS = {"logistic": logistic, "relu": lambda x: np.where(x > 0.0, x, 0.0), "leaky-relu": lambda x: np.where(x > 0.0, x, 0.1 * x),
               "elu": lambda x: np.where(x > 0.0, x, np.exp(np.minimum(x, 0.0)) - 1.0)}
SLOPES = {"logistic": lambda y: y * (1.0 - y), "relu": lambda y: np.where(y > 0.0, 1.0, 0.0), "leaky-relu": lambda y: np.where(y > 0.0, 1.0, 0.1),
          "elu": lambda y: np.where(y > 0.0, 1.0, y + 1.0)}    # from the activity
OUTPUTS = {"logistic": logistic, "linear": lambda x: x, "softmax": softmax}
COSTS = {"logistic": ("mse", "cross-entropy"), "linear": ("mse",), "softmax": ("cross-entropy",)}


def is_true(row, name):
    return {"true": True, "1": True, "false": False, "0": False}[row.get(name, "false")]


class Layer:
    """Weights [units][inputs]."""

    def __init__(self, weights, factor, eta):
        self.l, self.s, self.step = weights.copy(), np.zeros(weights.shape), np.zeros(weights.shape)
        self.initial, self.factor, self.eta = weights, factor, eta
        self.sums = dict.fromkeys(ENERGIES, 0.0)    # of exponent 1 and both signs
        self.changes, self.travelled = 0, np.zeros(weights.shape)

    def w(self):
        return self.s + self.l

    def net_changes(self):
        """How many weights are not the initial ones; None where rounding decides that."""
        moved = np.abs(self.w() - self.initial)
        if np.any((self.travelled > 0.0) & (moved <= 1e-12 * (np.abs(self.initial) + self.travelled))):
            return None
        return np.count_nonzero(moved)


class Network:
    def __init__(self, row, rows, folder):
        self.row = row
        weights = [np.load(folder / name).astype(float) for name in row["initial_weights"].split(",")]
        factors = [float(factor) for factor in row["layer_threshold_factors"].split(",")]
        rates = for_each_layer(row.get("layer_learning_rates") or row["learning_rate"], len(weights))
        self.layers = [Layer(w, factors[k if len(factors) > 1 else 0], rates[k]) for k, w in enumerate(weights)]
        self.momentum, self.variant = float(row["momentum"]), row["variant"]
        self.activation, self.output = row.get("activation", "logistic"), row.get("output", "logistic")
        self.bias_unit = is_true(row, "bias_unit")
        if row["cost"] not in COSTS[self.output]:
            raise ValueError(f"output = {self.output}, cost = {row['cost']}; allowed: {', '.join(COSTS[self.output])}")
        if row["backprop"] != "exact" and (self.activation, self.output) != ("logistic", "logistic"):
            raise ValueError(f"backprop = {row['backprop']}, activation = {self.activation}, output = {self.output}: logistic units only")
        self.kept = 1.0 if self.variant == "none" else decay_factor(row)
        self.threshold = Threshold(row)
        self.prices = all_prices(rows)
        self.decisions = Decisions(exact=False)
        self.competition, self.gate = Competition(row, len(weights), self.decisions), Gate(row, self.decisions)
        self.presentations = self.consolidated_changes = 0
        self.maintenance_sum = self.persistent_sum = 0.0
        self.input_consolidation = np.zeros(weights[0].shape[1])

    def forward(self, x, is_training=False):
        """Activities, the input's first."""
        activities = [x]
        for layer in self.layers[:-1]:
            w, below = layer.w(), activities[-1]
            total = w @ below
            activities.append(ACTIVATIONS[self.activation](total))
            if self.bias_unit:
                activities[-1][0] = 1.0
            if is_training and self.activation in ("relu", "leaky-relu"):    # whose slope jumps at 0; without any input, 0 is exact
                size = (np.abs(w) @ np.abs(below))[int(self.bias_unit):]
                self.decisions.note(total[int(self.bias_unit):][size > 0.0], 0.0, size[size > 0.0])
        activities.append(OUTPUTS[self.output](self.layers[-1].w() @ activities[-1]))
        return activities

    def answer(self, activities):
        """The first of the largest outputs. Where all units below are silent, the outputs are one and the same number, exactly."""
        y = activities[-1]
        if np.any(activities[-2] != 0.0):
            largest, second = np.sort(y)[[-1, -2]]
            self.decisions.note(largest, second, abs(largest))
        return int(np.argmax(y))

    def deltas(self, activities, label):
        """The error of each layer's units, section 3, step 2."""
        y = activities[-1]
        target = np.full(y.shape, float(self.row["target_low"]))
        target[label] = float(self.row["target_high"])
        cross_entropy, published = self.row["cost"] == "cross-entropy", self.row["backprop"] == "published"
        error = target - y
        deltas = [error if cross_entropy or self.output == "linear" else error * y * (1.0 - y)]
        sent_down = error if published else deltas[0]
        for k in range(len(self.layers) - 1, 0, -1):
            h = activities[k]
            slope = h if cross_entropy and published else SLOPES[self.activation](h)
            deltas.insert(0, (self.layers[k].w().T @ sent_down) * slope)
            sent_down = deltas[0]
        return deltas

    def consolidated(self, activities, learns):
        """For each layer, which synapses consolidate now: with a cache, none where the network does not learn."""
        theta = self.threshold.now()
        if self.variant == "none" or not learns:
            return [np.full(layer.s.shape, self.variant == "none") for layer in self.layers]
        if self.variant == "global-global":
            total = sum(np.abs(layer.s).sum() for layer in self.layers)
            if total > 0.0:
                self.decisions.note(total, theta, total + theta)
            return [np.full(layer.s.shape, total > theta) for layer in self.layers]
        moved = []
        for layer, x in zip(self.layers, activities):
            size, step, edge = np.abs(layer.s[:, x != 0.0]), np.abs(layer.step[:, x != 0.0]), layer.factor * theta
            is_rounded = (size > 0.0) | (step > 0.0)    # a synapse that has not learned has 0 exactly
            self.decisions.note(size[is_rounded], edge, step[is_rounded] + edge)
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

    def learn(self, activities, label):
        """The changes of each layer's weights in a presentation that is learned from."""
        deltas = self.deltas(activities, label)
        changes = []
        for k, (layer, delta, below) in enumerate(zip(self.layers, deltas, activities)):
            change = np.outer(layer.eta * delta, below)
            allowed = self.competition.allowed(k, delta, change, layer.w())
            # Changes that are too small for a number are 0, or not, by the order of the products.
            self.decisions.unsafe |= bool(np.any((np.abs(change) < 1e-300) & np.outer(delta != 0.0, below != 0.0)))
            changes.append(np.where(allowed, change, 0.0))
        return changes

    def present(self, image, x, label):
        """image: its number among those in training."""
        activities = self.forward(x, is_training=True)
        is_error = self.answer(activities) != label
        learns = self.gate.opens(image, is_error, activities[-1].max())
        changes = self.learn(activities, label) if learns else [np.zeros(layer.s.shape) for layer in self.layers]
        for layer, change in zip(self.layers, changes):
            remaining = self.momentum * layer.step
            self.decisions.unsafe |= self.momentum > 0.0 and bool(np.any((np.abs(remaining) < 1e-300) & (layer.step != 0.0)))
            layer.step = change + remaining
            layer.s += layer.step
            layer.changes += np.count_nonzero(layer.step)
            layer.travelled += np.abs(layer.step)
            layer.sums["uncached"] += np.abs(layer.step).sum()
            for account in self.prices.values():
                account.pay("uncached", layer.step)
        for layer, moved in zip(self.layers, self.consolidated(activities, learns)):
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
        return sum(self.answer(self.forward(x)) == label for x, label in zip(images, labels)) / len(labels)

    def counts(self):
        """Of changes, in total and per layer, and of what was learned from. Net changes are left out where rounding decides them."""
        net_changes = [layer.net_changes() for layer in self.layers]
        result = {"changes": sum(layer.changes for layer in self.layers), "learned_presentations": self.gate.n_learned}
        result.update({f"changes_layer{k}": layer.changes for k, layer in enumerate(self.layers, start=1)})
        result.update({f"net_changes_layer{k}": n for k, n in enumerate(net_changes, start=1) if n is not None})
        return {**result, "net_changes": sum(net_changes)} if None not in net_changes else result

    def checkpoint(self):
        """The energies as if all were consolidated now, of exponent 1 and both signs."""
        sums = {name: sum(layer.sums[name] for layer in self.layers) for name in ("uncached", "consolidation", "maintenance_sum")}
        sums["consolidation"] += sum(np.abs(layer.s).sum() for layer in self.layers)
        minimal = [np.abs(layer.w() - layer.initial).sum() for layer in self.layers]
        sums["minimal"] = sum(minimal)
        sums["transient_change_sum"] = self.prices[1.0, False].sums["transient_change_sum"]
        for k, layer in enumerate(self.layers, start=1):
            sums.update({f"uncached_layer{k}": layer.sums["uncached"], f"minimal_layer{k}": minimal[k - 1]})
        return {**sums, **self.counts()}


def images_of(row, part, folder):
    """Images in [0, 1], or as input_bias and input_centring change them, one a row, and their labels."""
    first, count = int(row[f"{part}_offset"]), int(row[f"{part}_count"])
    images, labels = np.load(folder / row[f"{part}_images"]), np.load(folder / row[f"{part}_labels"])
    which = slice(first, first + count if count else None)
    x = images.reshape(len(images), -1)[which].astype(float)
    x = x / 255.0 if images.dtype == np.uint8 else x
    if is_true(row, "input_bias"):
        x = np.concatenate([x, np.full((len(x), 1), 0.99)], axis=1)
    centring = row.get("input_centring", "none")
    if centring not in ("none", "mean"):
        raise ValueError(f"input_centring = {centring}")
    return (x - x.mean() if centring == "mean" else x), labels[which].astype(int)


def train(rows, folder):
    """A trial, given by the rows of its export: ([outcome of each row], {table: rows}, {array: values}, whether it can be compared)."""
    row = rows[0]
    if row.get("order", "file") != "file":
        raise ValueError(f"order = {row['order']} draws the engine's random numbers, which the reference does not have")
    network = Network(row, rows, folder)
    x, labels = images_of(row, "train", folder)
    test = images_of(row, "test", folder)
    target, patience, every = float(row["target_accuracy"]), int(row["patience"]), int(row["checkpoint_every"])
    traced = [int(i) for i in row["traced"].split(",")] if row["traced"] else []
    tables, checkpoint_weights = {"checkpoints": [], "traces": []}, [[] for _ in network.layers]
    epochs, accuracies, converged, stop = 0, [], False, False
    while not stop and epochs < number(row["max_epochs"]):
        for i in range(len(x)):
            transient = np.concatenate([s.ravel() for s in network.present(i, x[i], labels[i])])
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
              "consolidated_changes": network.consolidated_changes, "distinct_images": len(network.gate.images), **network.counts()}
    for k, layer in enumerate(network.layers, start=1):
        common.update({f"{name}_layer{k}": layer.sums[name] for name in ENERGIES})
    arrays = {f"weights_layer{k}": layer.l for k, layer in enumerate(network.layers, start=1)}
    arrays["input_consolidation"] = network.input_consolidation[:-1] if is_true(row, "input_bias") else network.input_consolidation    # a picture
    if tables["checkpoints"]:
        arrays.update({f"checkpoint_weights_layer{k}": np.array(values) for k, values in enumerate(checkpoint_weights, start=1)})
    return [outcome_of(r, common, network.prices) for r in rows], tables, arrays, not network.decisions.unsafe
