"""Closed forms for the lines in figures: what host/theory.hpp has, with the same names (tests compare the two).

Li & van Rossum 2020; N inputs, P patterns, learning rate eta. All take numbers or arrays.
"""

import numpy as np


def perceptron_updates(patterns, inputs):
    """Expected weight updates until all patterns are learned: K = 2P / (2 - P/N)^2."""
    return 2.0 * patterns / (2.0 - patterns / inputs) ** 2


def uncached_energy(patterns, inputs, learning_rate=1.0):
    """Energy of all updates, eta N K."""
    return learning_rate * inputs * perceptron_updates(patterns, inputs)


def minimal_energy(patterns, inputs, learning_rate=1.0):
    """Energy of the final weights were they a random walk of K steps, sqrt(2/pi) eta N sqrt(K)."""
    return np.sqrt(2.0 / np.pi) * learning_rate * inputs * np.sqrt(perceptron_updates(patterns, inputs))


def inefficiency(patterns, inputs):
    """Eq. 3: uncached / minimal = sqrt(pi P) / (2 - P/N)."""
    return np.sqrt(np.pi * patterns) / (2.0 - patterns / inputs)
