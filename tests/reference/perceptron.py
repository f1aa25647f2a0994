"""The perceptron of docs/model.md, section 2, as it reads: every synapse in every presentation."""

import math

import numpy as np
from account import Decisions, Threshold, all_prices, decay_factor, number, outcome_of


def is_exact(row):
    """Whole numbers of a learning rate that is a whole number or a power of two: nothing is rounded."""
    eta = float(row["learning_rate"])
    return decay_factor(row) == 1.0 and float(row["offset"]) == 0.0 and (eta.is_integer() or math.frexp(eta)[0] == 0.5) \
        and (row["variant"] != "l1" or (float(row["threshold"]) * 8.0).is_integer())


class Perceptron:
    def __init__(self, row, rows, folder):
        x = np.load(folder / row["patterns_file"]).astype(float) - float(row["offset"])
        self.row = row
        self.n_inputs = x.shape[1]
        self.x = np.hstack([x, np.ones((len(x), 1))])
        self.d = np.load(folder / row["targets_file"]).astype(float)
        self.s, self.l = np.zeros(self.n_inputs + 1), np.zeros(self.n_inputs + 1)
        self.eta, self.variant = float(row["learning_rate"]), row["variant"]
        self.kept = 1.0 if self.variant in ("none", "l1") else decay_factor(row)
        self.threshold = Threshold(row)
        self.factors = np.ones(self.n_inputs + 1)
        if row["pathway_sizes"] != "0":
            sizes = [int(size) for size in row["pathway_sizes"].split(",")]
            factors = [float(factor) for factor in row["pathway_threshold_factors"].split(",")]
            self.factors[:-1] = np.repeat(factors if len(factors) > 1 else factors * len(sizes), sizes)
        self.prices = all_prices(rows)
        self.plain = self.prices[1.0, False].sums
        self.decisions = Decisions(is_exact(row))
        self.updates = self.presentations = 0
        self.maintenance_sum = self.persistent_sum = 0.0
        traced = row["traced"] if row.get("traced") else ",".join(map(str, range(int(row["traced_synapses"]))))
        self.traced = [int(i) for i in traced.split(",")]
        self.tables = {"epochs": [], "traces": [], "distribution": []}

    def pay(self, name, change):
        for account in self.prices.values():
            account.pay(name, change)

    def note_zeros(self, change):
        """With exponents below 1 the smallest change counts, so that what is 0 on paper must be 0."""
        if any(exponent < 1.0 for exponent, _ in self.prices):
            self.decisions.note(np.abs(change), 0.0, self.eta)

    def move(self, which):
        self.note_zeros(self.s[which & (self.s != 0.0)])
        self.pay("consolidation", self.s[which])
        self.l[which] += self.s[which]
        self.s[which] = 0.0

    def consolidated(self, delta):
        """Which synapses consolidate after this update."""
        theta = self.threshold.now()
        size = np.abs(self.s)
        if self.variant == "global-global":
            self.decisions.note(size.sum(), theta, size.sum() + theta)
            return np.full(size.shape, size.sum() > theta)
        self.decisions.note(size, self.factors * theta, np.abs(delta) + self.factors * theta)
        exceeds = size > self.factors * theta
        return exceeds if self.variant == "local-local" else np.full(size.shape, exceeds.any())

    def learn(self, delta):
        self.pay("uncached", delta)
        if self.variant == "none":
            self.pay("consolidation", delta)
            self.l += delta
        elif self.variant == "l1":
            step = delta - self.threshold.now() * np.where(self.l > 0.0, 1.0, -1.0)
            self.pay("consolidation", step)
            self.l += step
        else:
            self.s += delta
            moved = self.consolidated(delta)
            for account in self.prices.values():
                account.store(delta[~moved])
            self.move(moved)

    def present(self, p):
        """Pattern p; whether it was an error."""
        self.s *= self.kept
        terms = (self.s + self.l) * self.x[p]
        self.maintenance_sum += np.abs(self.s).sum()
        self.persistent_sum += np.abs(self.l).sum()
        bins = np.floor(self.s / (self.eta * float(self.row["distribution_width"])) + 0.5)
        np.add.at(self.bins, np.clip(bins, -50, 50).astype(int) + 50, 1)
        edge = float(self.row["margin"]) * math.sqrt(self.n_inputs)
        if terms.any():
            self.decisions.note(terms.sum() * self.d[p], edge, np.abs(terms).sum() + edge)
        is_error = terms.sum() * self.d[p] <= edge
        if is_error:
            before = self.plain["consolidation"]
            self.learn(self.eta * self.d[p] * self.x[p])
            self.updates += 1
            for i in self.traced:
                self.tables["traces"].append({
                    "presentation": self.presentations, "synapse": i, "transient": self.s[i], "persistent": self.l[i],
                    "weight": self.s[i] + self.l[i], "transient_sum": np.abs(self.s).sum(),
                    "consolidation": self.plain["consolidation"] - before})
        self.threshold.presented(is_error)
        self.presentations += 1
        return is_error

    def epoch(self, index):
        """All patterns in turn; whether one of them was an error."""
        updates, maintenance, consolidation = self.updates, self.maintenance_sum, self.plain["consolidation"]
        self.bins = np.zeros(101, dtype=int)
        for p in range(len(self.x)):
            self.present(p)
        self.tables["epochs"].append({"epoch": index, "updates": self.updates - updates,
                                      "maintenance_sum": self.maintenance_sum - maintenance,
                                      "consolidation": self.plain["consolidation"] - consolidation})
        self.tables["distribution"].append(self.bins)
        return self.updates > updates


def distribution_rows(bins, width):
    """From the first bin that is not empty in all of the training to the last."""
    used = np.flatnonzero(np.sum(bins, axis=0))
    return [{"epoch": epoch, "low": (k - 50.5) * width if k > 0 else -math.inf, "high": (k - 49.5) * width if k < 100 else math.inf,
             "count": int(counts[k])} for epoch, counts in enumerate(bins) for k in range(used[0], used[-1] + 1)]


def train(rows, folder):
    """A trial, given by the rows of its export: ([outcome of each row], {table: rows}, {array: values}, whether it can be compared)."""
    row = rows[0]
    network = Perceptron(row, rows, folder)
    epochs, converged = 0, False
    while epochs < number(row["max_epochs"]) and not converged:
        converged = not network.epoch(epochs)
        epochs += not converged
    network.move(np.full(network.s.shape, True))
    network.note_zeros(network.l)
    network.pay("minimal", network.l)
    common = {"converged": int(converged), "epochs": epochs, "presentations": network.presentations, "updates": network.updates,
              "maintenance_sum": network.maintenance_sum, "persistent_sum": network.persistent_sum}
    network.tables["distribution"] = distribution_rows(network.tables["distribution"], network.eta * float(row["distribution_width"]))
    return [outcome_of(r, common, network.prices) for r in rows], network.tables, {"weights": network.l}, not network.decisions.unsafe
