"""Multilayer perceptrons with local-neuron caching in PyTorch: all networks in one batch of tensors."""
import functools

import numpy
import torch
from torch_steps import Steps, device_of

STEPS_IN_A_GRAPH = 250


def learn(layer, errors, inputs, problem):
    """Outer product of errors and inputs, consolidation of whole neurons, maintenance, decay."""
    persistent, transient, uncached, consolidation, maintenance = layer
    transient = transient + problem.learning_rate * errors[:, :, None] * inputs[:, None, :]
    absolute = transient.abs()
    moves = (absolute > problem.threshold).any(2, keepdim=True)
    return (persistent + torch.where(moves, transient, 0),
            torch.where(moves, 0, transient * problem.decay),
            # the sum over a matrix of products is the product of two sums
            uncached + problem.learning_rate * errors.abs().sum(1) * inputs.abs().sum(1),
            consolidation + torch.where(moves, absolute, 0).sum((1, 2)),
            maintenance + torch.where(moves, 0, absolute).sum((1, 2)))


def present(state, presented, problem):
    x, target = presented
    hidden, output = state[:5], state[5:]
    output_weights = output[0] + output[1]
    h = torch.sigmoid((hidden[0] + hidden[1]) @ x)
    y = torch.sigmoid((output_weights * h[:, None, :]).sum(2))
    error = target - y
    hidden_error = (output_weights * error[:, :, None]).sum(1) * h * (1 - h)  # the published gradient
    return (*learn(hidden, hidden_error, x.expand(len(h), -1), problem), *learn(output, error * y * (1 - y), h, problem))


class Trainer:
    def __init__(self, problem, precision, device=None):
        torch.set_float32_matmul_precision("highest")  # single precision means single precision
        dtype = {"single": torch.float32, "double": torch.float64}[precision]
        device = device_of(device)
        n = len(problem.hidden)
        self.start = [torch.as_tensor(weights, dtype=dtype, device=device) for weights in (problem.hidden, problem.output)]
        self.state = []
        for weights in self.start:
            self.state += [weights.clone(), torch.zeros_like(weights)]
            self.state += [torch.zeros(n, dtype=torch.float64, device=device) for _ in range(3)]
        self.images = torch.as_tensor(problem.images, dtype=dtype, device=device)
        self.targets = torch.as_tensor(problem.targets(), dtype=dtype, device=device)
        # A graph's inputs stay in place: the images of the next steps are copied there.
        self.n_steps = min(STEPS_IN_A_GRAPH, len(self.images))
        assert len(self.images) % self.n_steps == 0, f"a multiple of {STEPS_IN_A_GRAPH} images, or less than that"
        self.window = self.images[: self.n_steps].clone(), self.targets[: self.n_steps].clone()
        self.steps = Steps(functools.partial(present, problem=problem), tuple(self.state), list(zip(*self.window)))
        self.mode = self.steps.mode

    def train(self):
        for k, weights in enumerate(self.start):
            self.state[5 * k].copy_(weights)
            for tensor in self.state[5 * k + 1: 5 * k + 5]:
                tensor.zero_()
        for first in range(0, len(self.images), self.n_steps):
            self.window[0].copy_(self.images[first: first + self.n_steps])
            self.window[1].copy_(self.targets[first: first + self.n_steps])
            self.steps.run()
        layers = [self.state[:5], self.state[5:]]
        result = {"uncached": sum(layer[2] for layer in layers),
                  "consolidation": sum(layer[3] + layer[1].abs().sum((1, 2)) for layer in layers),
                  "maintenance_sum": sum(layer[4] for layer in layers),
                  "minimal": sum((layer[0] + layer[1] - first).abs().sum((1, 2))
                                 for layer, first in zip(layers, self.start))}
        return {name: numpy.array(values.cpu()) for name, values in result.items()}  # waits for the device
