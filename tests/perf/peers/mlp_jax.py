"""Multilayer perceptrons with local-neuron caching in JAX: a scan over images, batched over networks by vmap."""

import jax
import jax.numpy as jnp
import numpy

jax.config.update("jax_enable_x64", True)  # for the energies, which are sums over the whole training
jax.config.update("jax_default_matmul_precision", "highest")  # single precision means single precision


def learn(layer, errors, inputs, problem):
    """Outer product of errors and inputs, consolidation of whole neurons, maintenance, decay."""
    transient = layer["transient"] + problem["learning_rate"] * errors[:, None] * inputs
    absolute = jnp.abs(transient)
    moves = jnp.any(absolute > problem["threshold"], axis=1, keepdims=True)
    consolidation = jnp.sum(jnp.where(moves, absolute, 0))
    maintenance = jnp.sum(jnp.where(moves, 0, absolute))
    return {"persistent": layer["persistent"] + jnp.where(moves, transient, 0),
            "transient": jnp.where(moves, 0, transient * problem["decay"]),
            # the sum over a matrix of products is the product of two sums
            "uncached": layer["uncached"] + problem["learning_rate"] * jnp.abs(errors).sum() * jnp.abs(inputs).sum(),
            "consolidation": layer["consolidation"] + consolidation,
            "maintenance": layer["maintenance"] + maintenance}


def present(network, x, target, problem):
    hidden, output = network
    output_weights = output["persistent"] + output["transient"]
    h = jax.nn.sigmoid(jnp.dot(hidden["persistent"] + hidden["transient"], x))
    y = jax.nn.sigmoid(jnp.dot(output_weights, h))
    error = target - y
    hidden_error = jnp.dot(output_weights.T, error) * h * (1 - h)  # the published gradient
    return learn(hidden, hidden_error, x, problem), learn(output, error * y * (1 - y), h, problem)


@jax.jit
def train_batch(networks, images, targets, problem):
    present_all = jax.vmap(present, in_axes=(0, None, None, None))
    start = [layer["persistent"] for layer in networks]
    networks, _ = jax.lax.scan(lambda nets, xt: (present_all(nets, *xt, problem), None), networks, (images, targets))
    sums = {name: sum(layer[name] for layer in networks) for name in ("uncached", "consolidation")}
    left = sum(jnp.abs(layer["transient"]).sum((1, 2)) for layer in networks)
    moved = [jnp.abs(layer["persistent"] + layer["transient"] - first).sum((1, 2))
             for layer, first in zip(networks, start)]
    return {"uncached": sums["uncached"], "consolidation": sums["consolidation"] + left,
            "maintenance_sum": sum(layer["maintenance"] for layer in networks), "minimal": sum(moved)}


class Trainer:
    mode = "vmap, scan, jit"

    def __init__(self, problem, precision):
        dtype = {"single": jnp.float32, "double": jnp.float64}[precision]
        self.images = jnp.asarray(problem.images, dtype)
        self.targets = jnp.asarray(problem.targets(), dtype)
        self.problem = {name: jnp.asarray(getattr(problem, name), dtype)
                        for name in ("threshold", "learning_rate", "decay")}
        zero = jnp.zeros(len(problem.hidden), jnp.float64)
        self.networks = tuple({"persistent": jnp.asarray(weights, dtype), "transient": jnp.zeros(weights.shape, dtype),
                               "uncached": zero, "consolidation": zero, "maintenance": zero}
                              for weights in (problem.hidden, problem.output))

    def train(self):
        result = train_batch(self.networks, self.images, self.targets, self.problem)
        return {name: numpy.asarray(values) for name, values in result.items()}  # waits for the device
