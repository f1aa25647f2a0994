"""Perceptrons with and without local-global caching in JAX: a scan over patterns in a loop over epochs, batched by vmap."""
import functools

import jax
import jax.numpy as jnp
import numpy

jax.config.update("jax_enable_x64", True)  # for the energies, which are sums over the whole training
jax.config.update("jax_default_matmul_precision", "highest")  # single precision means single precision


def present(network, active, threshold, x, d, decay, caching):
    """One presentation to one network; a network that has converged stays as it is."""
    persistent, transient = network["persistent"], network["transient"] * decay
    x = x.astype(persistent.dtype)
    wrong = active & (d * jnp.dot(persistent + transient, x) <= 0)
    change = jnp.where(wrong, d * x, 0)
    size = jnp.sum(jnp.abs(change))
    if caching:
        maintenance = jnp.sum(jnp.abs(transient))
        transient = transient + change
        absolute = jnp.abs(transient)
        moves = wrong & jnp.any(absolute > threshold)
        consolidation = jnp.where(moves, jnp.sum(absolute), 0)
        persistent = jnp.where(moves, persistent + transient, persistent)
        transient = jnp.where(moves, 0, transient)
        transient = jnp.where(active, transient, network["transient"])
        maintenance = jnp.where(active, maintenance, 0)
    else:
        maintenance, consolidation = 0.0, size
        persistent = persistent + change
    return {"persistent": persistent, "transient": transient,
            "uncached": network["uncached"] + size, "consolidation": network["consolidation"] + consolidation,
            "maintenance": network["maintenance"] + maintenance, "updates": network["updates"] + wrong,
            "presentations": network["presentations"] + active}


@functools.partial(jax.jit, static_argnames=("max_epochs", "decay", "caching"))
def train_batch(networks, patterns, targets, thresholds, max_epochs, decay, caching):
    """patterns: [pattern][network][input + 1]; targets: [pattern][network]."""
    present_all = jax.vmap(functools.partial(present, decay=decay, caching=caching))

    def epoch(state):
        networks, active, n = state
        updates = networks["updates"]
        networks, _ = jax.lax.scan(lambda nets, xd: (present_all(nets, active, thresholds, *xd), None),
                                   networks, (patterns, targets))
        return networks, active & (networks["updates"] > updates), n + 1

    def goes_on(state):
        return jnp.any(state[1]) & (state[2] < max_epochs)

    networks, active, _ = jax.lax.while_loop(goes_on, epoch, (networks, jnp.ones(thresholds.shape, bool), 0))
    left = jnp.abs(networks["transient"]).sum(1)
    return {"converged": ~active, "updates": networks["updates"], "presentations": networks["presentations"],
            "uncached": networks["uncached"], "consolidation": networks["consolidation"] + left,
            "maintenance_sum": networks["maintenance"],
            "minimal": jnp.abs(networks["persistent"] + networks["transient"]).sum(1)}


class Trainer:
    mode = "vmap, scan, jit"

    def __init__(self, problem, precision):
        dtype = {"single": jnp.float32, "double": jnp.float64}[precision]
        n, _, synapses = problem.patterns.shape
        self.problem = problem
        self.patterns = jax.device_put(numpy.ascontiguousarray(problem.patterns.transpose(1, 0, 2)))
        self.targets = jax.device_put(numpy.ascontiguousarray(problem.targets.T))
        self.thresholds = jnp.asarray(problem.thresholds, dtype)
        self.networks = {"persistent": jnp.zeros((n, synapses), dtype), "transient": jnp.zeros((n, synapses), dtype),
                         "updates": jnp.zeros(n, jnp.int64), "presentations": jnp.zeros(n, jnp.int64)}
        self.networks.update({sum_: jnp.zeros(n, jnp.float64) for sum_ in ("uncached", "consolidation", "maintenance")})

    def train(self, max_epochs):
        result = train_batch(self.networks, self.patterns, self.targets, self.thresholds, max_epochs,
                             self.problem.decay, self.problem.caching)
        return {name: numpy.asarray(values) for name, values in result.items()}  # waits for the device
