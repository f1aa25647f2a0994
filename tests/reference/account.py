"""What is common to the references of all models: prices, thresholds, decay, decisions (docs/model.md, sections 1 and 8)."""

import math

import numpy as np

PRICED = ("uncached", "minimal", "consolidation", "transient_change_sum")    # the sums that depend on exponent and signs


def number(text):
    """A number of an export: an int where it is written as one."""
    try:
        return int(text)
    except ValueError:
        return float(text)


class Decisions:
    """How near to an edge the comparisons of a training came, relative to the numbers compared.

    On paper a comparison is sharp. In double precision two right programs may disagree where both sides differ by rounding alone; from there on
    they train different networks. Such a training shows nothing, and is counted apart.
    """

    NEAR = 1e-9

    def __init__(self, exact):
        """exact: whether all numbers are whole multiples of a power of two, so that nothing is rounded."""
        self.exact = exact
        self.unsafe = False

    def note(self, left, right, scale):
        """left is about to be compared with right; scale: the size of what left was summed from."""
        if not self.exact and not self.unsafe:
            self.unsafe = bool(np.any(np.abs(np.asarray(left) - right) <= self.NEAR * np.asarray(scale)))


class Prices:
    """The sums of one combination of exponent and potentiation_only."""

    def __init__(self, exponent, potentiation_only):
        self.exponent, self.potentiation_only = exponent, potentiation_only
        self.sums = dict.fromkeys(PRICED, 0.0)

    def cost(self, change):
        """Energy of changes, an array: abs(change)^exponent, summed; 0 for no change, and for a decrease with potentiation_only."""
        paid = change[(change > 0.0) if self.potentiation_only else (change != 0.0)]
        return float(np.sum(np.abs(paid) ** self.exponent))

    def pay(self, name, change):
        self.sums[name] += self.cost(change)

    def store(self, change):
        """Transient changes: their sizes, whatever the exponent."""
        self.sums["transient_change_sum"] += float(np.sum(change[change > 0.0] if self.potentiation_only else np.abs(change)))


def all_prices(rows):
    """One account for each pair of exponent and sign in the rows of a trial, and the plain one, of exponent 1 and both signs."""
    keys = {(1.0, False)} | {key_of(row) for row in rows}
    return {key: Prices(*key) for key in sorted(keys)}


def key_of(row):
    return float(row["exponent"]), row["potentiation_only"] == "1"


def decay_factor(row):
    tau = float(row["tau"])
    if math.isinf(tau):
        return 1.0
    return 1.0 - 1.0 / tau if row["decay_form"] == "linear" else math.exp(-1.0 / tau)


class Threshold:
    """theta(t), section 8."""

    def __init__(self, row):
        self.schedule = row.get("threshold_schedule", "constant")
        self.start = float(row["threshold"])
        self.end = float(row.get("threshold_end", 0.0))
        self.time = float(row.get("threshold_time", "inf"))
        self.error_rate = 1.0
        self.t = 0

    def now(self):
        if self.schedule == "exponential":
            return self.end + (self.start - self.end) * math.exp(-self.t / self.time)
        return self.start * (self.error_rate if self.schedule == "error-rate" else 1.0)

    def presented(self, is_error):
        kept = math.exp(-1.0 / self.time)
        self.error_rate = kept * self.error_rate + (1.0 - kept) * is_error
        self.t += 1


def outcome_of(row, common, prices):
    """The energies of an outcome's row: sums, what they cost at the row's prices, total and inefficiency."""
    sums = prices[key_of(row)].sums
    result = {**common, **sums}
    result["maintenance"] = float(row["maintenance_cost"]) * common["maintenance_sum"]
    result["transient_change"] = float(row["transient_change_cost"]) * sums["transient_change_sum"]
    persistent_cost = float(row["persistent_cost"])
    result["persistent"] = persistent_cost * common["persistent_sum"]
    result["total"] = sums["consolidation"] + result["maintenance"] + result["transient_change"] + result["persistent"]
    result["inefficiency"] = result["total"] / sums["minimal"] if sums["minimal"] > 0.0 else None
    return result
