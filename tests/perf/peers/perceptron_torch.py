"""Perceptrons with and without local-global caching in PyTorch: all networks in one batch of tensors."""
import functools

import numpy
import torch
from torch_steps import Steps, device_of


def present(state, presented, thresholds, decay, caching):
    """One presentation to every network; networks that have converged (not active) stay as they are."""
    persistent, transient, uncached, consolidation, maintenance, updates, active = state
    x, d = presented
    x, d = x.to(persistent.dtype), d.to(persistent.dtype)
    held = transient * decay if caching else transient
    wrong = active & (d * ((persistent + held) * x).sum(1) <= 0)
    change = (d * wrong)[:, None] * x
    size = change.abs().sum(1)
    if caching:
        maintenance = maintenance + held.abs().sum(1) * active
        held = held + change
        absolute = held.abs()
        moves = wrong & (absolute > thresholds[:, None]).any(1)
        consolidation = consolidation + absolute.sum(1) * moves
        persistent = torch.where(moves[:, None], persistent + held, persistent)
        held = torch.where(moves[:, None], 0, held)
        transient = torch.where(active[:, None], held, transient)
    else:
        consolidation = consolidation + size
        persistent = persistent + change
    return persistent, transient, uncached + size, consolidation, maintenance, updates + wrong, active


class Trainer:
    def __init__(self, problem, precision, device=None):
        dtype = {"single": torch.float32, "double": torch.float64}[precision]
        device = device_of(device)
        n, self.n_patterns, synapses = problem.patterns.shape
        patterns = torch.as_tensor(problem.patterns.transpose(1, 0, 2).copy(), device=device)
        targets = torch.as_tensor(problem.targets.T.copy(), device=device)
        thresholds = torch.as_tensor(problem.thresholds, dtype=dtype, device=device)
        self.weights = [torch.zeros(n, synapses, dtype=dtype, device=device) for _ in range(2)]
        self.sums = [torch.zeros(n, dtype=torch.float64, device=device) for _ in range(3)]
        self.updates = torch.zeros(n, dtype=torch.int64, device=device)
        self.active = torch.ones(n, dtype=torch.bool, device=device)
        step = functools.partial(present, thresholds=thresholds, decay=problem.decay, caching=problem.caching)
        self.epoch = Steps(step, (*self.weights, *self.sums, self.updates, self.active),
                           list(zip(patterns.unbind(0), targets.unbind(0))))
        self.mode = self.epoch.mode

    def train(self, max_epochs):
        for tensor in (*self.weights, *self.sums, self.updates):
            tensor.zero_()
        self.active.fill_(True)
        presentations = torch.zeros_like(self.updates)
        for _ in range(max_epochs):
            before = self.updates.clone()
            presentations += self.active * self.n_patterns
            self.epoch.run()
            self.active &= self.updates > before
            if not self.active.any():
                break
        persistent, transient = self.weights
        uncached, consolidation, maintenance = self.sums
        result = {"converged": ~self.active, "updates": self.updates, "presentations": presentations,
                  "uncached": uncached, "consolidation": consolidation + transient.abs().sum(1),
                  "maintenance_sum": maintenance, "minimal": (persistent + transient).abs().sum(1)}
        return {name: numpy.array(values.cpu()) for name, values in result.items()}  # waits for the device
