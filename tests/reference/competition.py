"""Which synapses of the multilayer perceptron may change, and in which presentations (docs/model.md, competitive plasticity)."""

import numpy as np
from account import Decisions

BY_THE_ENGINES_NUMBERS = ("random-units", "fixed-units", "fixed-units-by-label", "fixed-synapses")
RULES = ("none", "largest-error", "smallest-error", "largest-change", "smallest-change", "largest-weight", "smallest-weight",
         "largest-change-unit", "largest-weight-unit", "first-units", "static-input")
GATES = ("none", "mistakes", "memorised-mistakes", "low-confidence")


def for_each_layer(text, n_layers):
    """Numbers of an export, one for each layer or one for all."""
    numbers = [float(number) for number in text.split(",")]
    if len(numbers) not in (1, n_layers):
        raise ValueError(f"{text}: {len(numbers)} numbers for {n_layers} layers")
    return numbers if len(numbers) == n_layers else numbers * n_layers


def among_top(values, stakes, fraction, decisions, with_equals=True):
    """Where values, [groups][n], are among the top fraction of their group.

    with_equals: those equal to the smallest of them belong to it as well. stakes: 0 where it changes nothing whether a value belongs.
    """
    below = round((1.0 - fraction) * (values.shape[1] - 1))
    if with_equals:
        threshold = np.partition(values, below, axis=1)[:, below:below + 1]
        belongs = values >= threshold
    else:
        order = np.argsort(values, axis=1, kind="stable")
        threshold = np.take_along_axis(values, order[:, below:below + 1], axis=1)
        belongs = np.full(values.shape, False)
        np.put_along_axis(belongs, order[:, below:], True, axis=1)
    near = np.abs(values - threshold) <= Decisions.NEAR * np.abs(threshold)
    decisions.unsafe |= bool(np.any(np.any(near & ~belongs, axis=1) & np.any(near & (stakes != 0.0), axis=1)))
    return belongs


class Competition:
    def __init__(self, row, n_layers, decisions):
        self.rule, self.decisions = row.get("competition", "none"), decisions
        if self.rule in BY_THE_ENGINES_NUMBERS:
            raise ValueError(f"competition = {self.rule} draws the engine's random numbers, which the reference does not have")
        if self.rule not in RULES:
            raise ValueError(f"competition = {self.rule}; the reference has {', '.join(RULES)}")
        if self.rule == "first-units" and n_layers != 2:
            raise ValueError("competition = first-units needs one hidden layer")
        self.fractions = for_each_layer(row.get("fraction", "1"), n_layers)

    def allowed(self, k, delta, change, weights):
        """Which synapses of layer k may change. delta: its units' errors; change: of its synapses without a rule; weights: before it."""
        everyone = np.full(change.shape, True)
        size, _, what = self.rule.partition("-")
        if self.rule == "static-input":
            return everyone if k > 0 else ~everyone
        if self.rule == "first-units":
            by_hidden_unit = everyone if k == 0 else everyone.T
            by_hidden_unit[round(self.fractions[0] * len(by_hidden_unit)):] = False
            return everyone
        if self.rule == "none" or self.fractions[k] == 1.0:
            return everyone
        sign = -1.0 if size == "smallest" else 1.0
        if what == "error":
            units = among_top(sign * np.abs(delta)[np.newaxis], delta[np.newaxis], self.fractions[k], self.decisions)[0]
            return np.repeat(units[:, np.newaxis], change.shape[1], axis=1)
        values = sign * np.abs(weights if what.startswith("weight") else change)
        if what.endswith("-unit"):
            return among_top(values, change, self.fractions[k], self.decisions, with_equals=False)
        return among_top(values.reshape(1, -1), change.reshape(1, -1), self.fractions[k], self.decisions).reshape(change.shape)


class Gate:
    """Whether a presentation is learned from."""

    def __init__(self, row, decisions):
        self.gate, self.decisions = row.get("gate", "none"), decisions
        if self.gate not in GATES:
            raise ValueError(f"gate = {self.gate}; the reference has {', '.join(GATES)}")
        self.confidence = float(row["confidence"]) if self.gate == "low-confidence" else 0.0
        self.mistaken = set()       # images that were answered wrongly before
        self.n_learned, self.images = 0, set()    # presentations learned from, and of which images

    def opens(self, image, is_mistake, largest_output):
        if is_mistake:
            self.mistaken.add(image)
        is_open = is_mistake or self.gate == "none"
        if self.gate == "memorised-mistakes":
            is_open = image in self.mistaken
        if self.gate == "low-confidence" and not is_mistake:
            self.decisions.note(largest_output, self.confidence, self.confidence)
            is_open = largest_output < self.confidence
        if is_open:
            self.n_learned += 1
            self.images.add(image)
        return is_open
