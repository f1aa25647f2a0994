"""The spiking neuron of docs/model.md, section 4, as it reads, on recorded input."""

import csv

import numpy as np
from account import Decisions, Prices, all_prices, decay_factor, number, outcome_of


def patterns_of(row, folder):
    """[(active auditory inputs, ratio)]."""
    with open(folder / row["patterns_file"], newline="") as file:
        return [([int(i) for i in line["active_auditory_inputs"].split()], float(line["visual_rate_ratio"])) for line in csv.DictReader(file)]


def recording_of(row, folder):
    """{(run, pattern): {step: [(source, count)]}} and the number of runs."""
    spikes, n_runs = {}, 0
    with open(folder / row["input_spikes_file"], newline="") as file:
        for line in csv.DictReader(file):
            run = int(line["run"])
            of_presentation = spikes.setdefault((run, int(line["pattern"])), {})
            of_presentation.setdefault(int(line["step"]), []).append((line["source"], int(line["count"])))
            n_runs = max(n_runs, run + 1)
    return spikes, n_runs


class Neuron:
    """Conductances g = l + s; s is what is cached."""

    def __init__(self, row, rows):
        self.c = {name: float(value) for name, value in row.items() if is_number(value)}
        self.variant = row["variant"]
        self.kept = 1.0 if self.variant == "none" else decay_factor(row)
        n = int(row["auditory_inputs"])
        self.g, self.s = np.full(n, self.c["initial_conductance"]), np.zeros(n)
        self.prices = all_prices(rows)
        self.decisions = Decisions(exact=False)
        self.updates = self.output_spikes = self.presentations = 0
        self.maintenance_sum = self.persistent_sum = 0.0

    def learn(self, before):
        """A step that changed g: the change is cached, and consolidated where the variant says so."""
        change = self.g - before
        self.s += change
        self.fresh += [change]
        self.updates += 1
        size, theta = np.abs(self.s), self.c["threshold"]
        if self.variant == "none":
            moved = np.full(size.shape, True)
        elif self.variant == "global-global":
            self.decisions.note(size.sum(), theta, size.sum() + theta)
            moved = np.full(size.shape, size.sum() > theta)
        else:
            self.decisions.note(size[size > 0.0], theta, np.abs(change)[size > 0.0] + theta)
            moved = size > theta if self.variant == "local-local" else np.full(size.shape, (size > theta).any())
        for account in self.prices.values():
            account.pay("uncached", change)
            account.pay("consolidation", self.s[moved])
        self.s[moved] = 0.0
        for earlier in self.fresh:    # consolidated in the same presentation: it was never stored
            earlier[moved] = 0.0

    def present(self, spikes):
        """One presentation; spikes: {step: [(source, count)]}. (output spikes, step of the last or -1, final voltage)"""
        c, n = self.c, len(self.g)
        dt = c["time_step"]
        persistent = self.g - self.s
        self.s = self.s * self.kept
        self.g = persistent + self.s
        self.maintenance_sum += np.abs(self.s).sum()
        self.persistent_sum += np.abs(persistent).sum()
        self.fresh = []
        depression = c["depression_ratio"] * c["potentiation_amplitude"] * c["potentiation_time"] / c["depression_time"]
        v, g_k, s_v, s_b, x_out = c["leak_reversal"], 0.0, 0.0, 0.0, 0.0
        s_a, x_a = np.zeros(n), np.zeros(n)
        fired, last = 0, -1
        for step in range(round(c["presentation_time"] / dt) - 1):
            counts = np.zeros(n)
            for source, count in spikes.get(step, ()):
                if source == "v0":
                    s_v += count
                elif source == "b0":
                    s_b += count
                else:
                    counts[int(source[1:])] += count
            s_a += counts
            leak, adaptation = c["leak_conductance"] * (v - c["leak_reversal"]), g_k * (v - c["adaptation_reversal"])
            background = c["background_conductance"] * s_b * (v - c["leak_reversal"])
            synaptic = (np.dot(self.g, s_a) + c["visual_conductance"] * s_v) * (c["excitatory_reversal"] - v)
            v += dt / c["membrane_capacitance"] * (-leak + synaptic - adaptation + background)
            self.decisions.note(v, c["spike_threshold"], abs(c["spike_threshold"]) + abs(v))
            fires = v > c["spike_threshold"]
            if fires:
                v, last = c["leak_reversal"], step
                fired += 1
            g_k = max(0.0, g_k + c["adaptation_increment"] * fires - g_k * dt / c["adaptation_time"])
            x_a = x_a * (1.0 - dt / c["depression_time"]) + (counts > 0.0)
            x_out = x_out * (1.0 - dt / c["potentiation_time"]) + fires
            if fires or counts.any():
                before = self.g
                change = fires * c["stdp_size"] * c["potentiation_amplitude"] * x_a - c["stdp_size"] * depression * x_out * (counts > 0.0)
                self.g = np.clip(before + change, 0.0, c["max_conductance"])
                held = (self.g != before + change) & (self.s != 0.0) & (change != 0.0)
                self.decisions.unsafe |= bool(held.any())    # what the clip leaves may be rounding (section 4)
                if (self.g != before).any():
                    self.learn(before)
            s_a *= 1.0 - dt / c["synaptic_time"]
            s_v *= 1.0 - dt / c["synaptic_time"]
            s_b *= 1.0 - dt / c["synaptic_time"]
        for account in self.prices.values():
            for change in self.fresh:
                account.store(change)
        self.output_spikes += fired
        self.presentations += 1
        return fired, last, v

    def closed(self):
        """(counts and sums so far, the sums of each price) as if all were consolidated now."""
        common = {"presentations": self.presentations, "updates": self.updates, "output_spikes": self.output_spikes,
                  "maintenance_sum": self.maintenance_sum, "persistent_sum": self.persistent_sum}
        prices = {key: Prices(*key) for key in self.prices}
        for key, account in prices.items():
            account.sums = dict(self.prices[key].sums)
            account.pay("consolidation", self.s)
            account.sums["minimal"] = account.cost(self.g - self.c["initial_conductance"])
        return common, prices


def is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def is_stable(ends, c):
    """Whether over the last runs every conductance stays near its mean; not before the run of that index."""
    n = int(c["convergence_runs"])
    last = np.array(ends[-n:])
    return len(ends) > n and bool(np.all(np.abs(last - last.mean(axis=0)) <= c["convergence_tolerance"] * c["max_conductance"]))


def success(patterns, g, c):
    """{"successful": whether the responses to one of the targets lie together, and apart from the other's}; {} where rounding decides."""
    groups = [np.array([g[active].sum() for active, ratio in patterns if ratio == which]) for which in (c["visual_ratio_high"], c["visual_ratio_low"])]
    if len(patterns) == 1 or not all(map(len, groups)):
        return {"successful": int(len(patterns) == 1)}
    decisions = Decisions(exact=False)

    def lies_apart(own, other):
        near, most = np.abs(own - own.mean()), c["success_within"] * own.std()
        far, least = np.abs(own - other.mean()), c["success_apart"] * other.std()
        scale = np.abs(own).max() + np.abs(other).max()
        decisions.note(far, least, scale)
        if len(own) == 1:
            return bool(np.all(far >= least))
        decisions.note(near, most, scale)
        return bool(np.all(near <= most) and np.all(far >= least))
    result = int(lies_apart(*groups) or lies_apart(*groups[::-1]))
    return {} if decisions.unsafe else {"successful": result}


def train(rows, folder):
    """A trial, given by the rows of its export: ([outcome of each row], {table: rows}, {array: values}, whether it can be compared)."""
    row = rows[0]
    patterns = patterns_of(row, folder)
    recording, recorded_runs = recording_of(row, folder)
    neuron = Neuron(row, rows)
    tables, ends, books, result, before = {"epochs": [], "presentations": []}, [], [], None, {}
    for run in range(min(recorded_runs, number(row["max_runs"]))):
        for pattern in range(len(patterns)):
            fired, last, v = neuron.present(recording.get((run, pattern), {}))
            tables["presentations"].append({
                "run": run, "pattern": pattern, "output_spikes": fired, "last_output_step": last, "final_voltage": v,
                "energy_cumulative": neuron.prices[1.0, False].sums["uncached"],
                "conductance_sum": neuron.g.sum(), "conductance_max": neuron.g.max()})
        common, prices = neuron.closed()
        so_far = {name: common[name] for name in ("updates", "output_spikes", "maintenance_sum")}
        so_far.update({name: neuron.prices[1.0, False].sums[name] for name in ("uncached", "consolidation")})
        tables["epochs"].append({"epoch": run, **{name: value - before.get(name, 0) for name, value in so_far.items()},
                                 "minimal": prices[1.0, False].sums["minimal"]})
        before = so_far
        ends.append(neuron.g.copy())
        books.append((common, prices, ends[-1], run + 1))
        if result is None and is_stable(ends, neuron.c):
            result = books[-int(neuron.c["convergence_runs"])]
    converged = result is not None
    common, prices, g, epochs = result or books[-1]
    common = {**common, "converged": int(converged), "epochs": epochs, "runs": len(ends), **success(patterns, g, neuron.c)}
    return [outcome_of(r, common, prices) for r in rows], tables, {"conductances": neuron.g}, not neuron.decisions.unsafe
