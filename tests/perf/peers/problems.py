"""What the peers are given: patterns, images, initial weights; and IDX files, by which the engine is given the same."""
import dataclasses
import gzip
import struct

import numpy

IDX_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def write_idx(path, array):
    array = numpy.asarray(array)
    code = next(code for code, name in IDX_TYPES.items() if numpy.dtype(name) == array.dtype.newbyteorder(">"))
    with open(path, "wb") as file:
        file.write(struct.pack(">BBBB", 0, 0, code, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape))
        file.write(array.astype(IDX_TYPES[code]).tobytes())


def read_idx(path):
    with (gzip.open if str(path).endswith(".gz") else open)(path, "rb") as file:
        _, _, code, n_axes = struct.unpack(">BBBB", file.read(4))
        shape = struct.unpack(f">{n_axes}I", file.read(4 * n_axes))
        return numpy.frombuffer(file.read(), IDX_TYPES[code]).reshape(shape)


@dataclasses.dataclass
class Perceptrons:
    """A batch of perceptrons, each with patterns of its own; learning rate 1."""
    patterns: numpy.ndarray   # [network][pattern][input + 1], -1 or 1; the last input is the bias, always 1
    targets: numpy.ndarray    # [network][pattern], -1 or 1
    thresholds: numpy.ndarray  # [network]
    caching: bool             # local-global, or else none
    decay: float = 1.0        # factor of the transient weight in each presentation


def random_perceptrons(networks, patterns, inputs, caching, decay, threshold, seed=1):
    random = numpy.random.default_rng(seed)
    x = numpy.ones((networks, patterns, inputs + 1), numpy.int8)
    for network in x:  # one after the other: 64-bit random numbers for all of them would not fit
        network[:, :inputs] = 2 * random.integers(0, 2, (patterns, inputs), numpy.int8) - 1
    targets = 2 * random.integers(0, 2, (networks, patterns), numpy.int8) - 1
    return Perceptrons(x, targets, numpy.full(networks, threshold), caching, decay)


@dataclasses.dataclass
class Mlps:
    """A batch of multilayer perceptrons with one hidden layer that see the same images; local-neuron caching."""
    images: numpy.ndarray   # [image][pixel], 0 to 1
    labels: numpy.ndarray   # [image]
    hidden: numpy.ndarray   # initial weights [network][hidden unit][pixel]
    output: numpy.ndarray   # initial weights [network][output][hidden unit]
    threshold: float = 0.04
    learning_rate: float = 0.1
    decay: float = float(numpy.exp(-1.0 / 1000.0))

    def targets(self):
        return numpy.where(numpy.arange(10) == self.labels[:, None], 0.99, 0.01)


def random_digits(n, seed=1):
    """Bytes [image][28][28] about as sparse as MNIST's: a fifth of the pixels, in a pattern that depends on the label."""
    random = numpy.random.default_rng(seed)
    labels = random.integers(0, 10, n).astype(numpy.uint8)
    shapes = random.random((10, 28, 28)) < 0.2
    images = shapes[labels] & (random.random((n, 28, 28)) < 0.9)
    return (images * random.integers(50, 256, (n, 28, 28))).astype(numpy.uint8), labels


def random_mlps(networks, n_images, hidden=100, seed=1, digits=None):
    images, labels = digits if digits is not None else random_digits(n_images, seed)
    random = numpy.random.default_rng(seed)
    n_pixels = images[0].size
    return Mlps(images[:n_images].reshape(n_images, n_pixels) / 255.0, labels[:n_images],
                random.normal(0.0, 0.01, (networks, hidden, n_pixels)),
                random.normal(0.0, 0.01, (networks, 10, hidden)))
