"""Multilayer perceptrons with local-neuron caching in NumPy: all networks in one batch of arrays."""
import numpy


class Layer:
    """Weights [network][unit][input] and the sums of their energies, [network]."""

    def __init__(self, weights, problem):
        self.start, self.problem = weights, problem
        self.persistent, self.transient = weights.copy(), numpy.zeros_like(weights)
        self.uncached, self.consolidation, self.maintenance = numpy.zeros((3, len(weights)))

    def learn(self, errors, inputs):
        """Outer product of errors and inputs, consolidation of whole neurons, maintenance, decay."""
        rate = self.problem.learning_rate
        self.transient += (rate * errors)[:, :, None] * inputs[:, None, :]
        absolute = numpy.abs(self.transient)
        moves = absolute.max(2) > self.problem.threshold
        self.persistent[moves] += self.transient[moves]
        sums = absolute.sum(2)
        # the sum over a matrix of products is the product of two sums
        self.uncached += rate * numpy.abs(errors).sum(1) * numpy.abs(inputs).sum(1)
        self.consolidation += numpy.where(moves, sums, 0).sum(1)
        self.maintenance += numpy.where(moves, 0, sums).sum(1)
        self.transient[moves] = 0
        self.transient *= numpy.asarray(self.problem.decay, self.transient.dtype)

    def weights(self):
        return self.persistent + self.transient


def sigmoid(x):
    return 1 / (1 + numpy.exp(-x))


class Trainer:
    mode = "batched arrays"

    def __init__(self, problem, precision):
        dtype = {"single": numpy.float32, "double": numpy.float64}[precision]
        self.problem = problem
        self.images, self.targets = problem.images.astype(dtype), problem.targets().astype(dtype)
        self.start = [weights.astype(dtype) for weights in (problem.hidden, problem.output)]

    def present(self, hidden, output, x, target):
        n_networks, n_hidden, n_pixels = hidden.persistent.shape
        # all networks' hidden units are the rows of one matrix
        h = sigmoid(hidden.weights().reshape(-1, n_pixels) @ x).reshape(n_networks, n_hidden)
        weights = output.weights()
        error = target - (y := sigmoid((weights * h[:, None, :]).sum(2)))
        hidden_error = (weights * error[:, :, None]).sum(1) * h * (1 - h)  # the published gradient
        hidden.learn(hidden_error, numpy.broadcast_to(x, (n_networks, n_pixels)))
        output.learn(error * y * (1 - y), h)

    def train(self):
        layers = hidden, output = [Layer(weights, self.problem) for weights in self.start]
        for x, target in zip(self.images, self.targets):
            self.present(hidden, output, x, target)
        return {"uncached": sum(layer.uncached for layer in layers),
                "consolidation": sum(layer.consolidation + numpy.abs(layer.transient).sum((1, 2)) for layer in layers),
                "maintenance_sum": sum(layer.maintenance for layer in layers),
                "minimal": sum(numpy.abs(layer.weights() - layer.start).sum((1, 2)) for layer in layers)}
