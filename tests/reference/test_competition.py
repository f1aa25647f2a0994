"""The reference's competitive plasticity: against recorded trainings, and what must hold on small networks."""

import csv
import gzip
import itertools
import pathlib
import struct
import tempfile
import unittest

import mlp
import numpy as np

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden" / "competition"
ROW = {"variant": "none", "threshold": "0", "tau": "inf", "decay_form": "exponential", "momentum": "0", "learning_rate": "0.01", "exponent": "1",
       "potentiation_only": "0", "maintenance_cost": "0", "transient_change_cost": "0", "persistent_cost": "0", "layer_threshold_factors": "1",
       "backprop": "exact", "cost": "mse", "target_low": "0", "target_high": "1", "train_images": "train_images.npy", "train_labels": "train_labels.npy",
       "test_images": "test_images.npy", "test_labels": "test_labels.npy", "train_offset": "0", "train_count": "0", "test_offset": "0", "test_count": "0",
       "target_accuracy": "1", "stop_at": "epoch", "patience": "100", "max_epochs": "5", "checkpoint_every": "200", "traced": "",
       "initial_weights": "w_input_hidden.npy,w_hidden_output.npy", "activation": "leaky-relu", "output": "linear", "bias_unit": "true"}


def idx(path):
    """An IDX file of bytes or doubles."""
    data = gzip.decompress(path.read_bytes())
    kind, n_dimensions = data[2], data[3]
    shape = struct.unpack_from(f">{n_dimensions}I", data, 4)
    return np.frombuffer(data, {0x08: np.uint8, 0x0E: ">f8"}[kind], offset=4 + 4 * n_dimensions).reshape(shape)


class Recorded(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        for path in GOLDEN.glob("*.gz"):
            values = idx(path)
            np.save(pathlib.Path(self.folder.name) / f"{path.name.partition('.')[0]}.npy", values.astype(values.dtype.newbyteorder("=")))

    def test_every_row(self):
        with open(GOLDEN / "expected.csv", newline="") as file:
            recorded = list(csv.DictReader(file))
        self.assertEqual(len(recorded), 65)
        for (rule, *fractions), rows in itertools.groupby(recorded, lambda row: (row["rule"], row["fraction_1"], row["fraction_2"])):
            with self.subTest(rule=rule, fractions=fractions):
                row = {**ROW, "competition": rule.replace("-neuron", "-unit"), "fraction": ",".join(fractions)}
                _, tables, _, is_sharp = mlp.train([row], pathlib.Path(self.folder.name))
                self.assertTrue(is_sharp)
                for expected, found in itertools.zip_longest(rows, tables["checkpoints"]):
                    self.compare({name: float(value) for name, value in expected.items() if name != "rule"}, found)

    def compare(self, expected, found):
        self.assertEqual(found["presentations"], expected["presentations"])
        self.assertEqual(round(100 * found["accuracy"]), round(100 * expected["accuracy"]))    # of 100 images
        self.assertEqual(found["changes"], expected["changes"])
        np.testing.assert_allclose(found["uncached"], expected["energy"], rtol=1e-9, atol=0.0)
        for k in (1, 2):
            self.assertEqual(found[f"changes_layer{k}"], expected[f"changes_{k}"])
            self.assertEqual(found[f"net_changes_layer{k}"], expected[f"net_changes_{k}"])
            np.testing.assert_allclose(found[f"uncached_layer{k}"], expected[f"energy_{k}"], rtol=1e-9, atol=0.0)
            np.testing.assert_allclose(found[f"minimal_layer{k}"], expected[f"minimal_{k}"], rtol=1e-9, atol=0.0)


class Properties(unittest.TestCase):
    SIZES = (13, 7, 10)

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path, rng = pathlib.Path(self.folder.name), np.random.default_rng(1)
        for part, count in (("train", 20), ("test", 10)):
            np.save(self.path / f"{part}_images.npy", rng.random((count, self.SIZES[0])))
            np.save(self.path / f"{part}_labels.npy", rng.integers(0, 10, count).astype(np.uint8))
        for name, inputs, units in zip(("w_input_hidden", "w_hidden_output"), self.SIZES, self.SIZES[1:]):
            np.save(self.path / f"{name}.npy", rng.normal(0.0, 0.3, (units, inputs)))

    def row(self, **settings):
        return {**ROW, "checkpoint_every": "1", "layer_learning_rates": "" if "learning_rate" in settings else "0.05,0.02", **settings}

    def network(self, **settings):
        row = self.row(**settings)
        return mlp.Network(row, [row], self.path), *mlp.images_of(row, "train", self.path)

    def changes_of_each_presentation(self, **settings):
        """[(for each layer which weights changed, whether the answer was wrong)]"""
        network, images, labels = self.network(**settings)
        for i in [*range(len(images))] * 3:
            is_mistake = np.argmax(network.forward(images[i])[-1]) != labels[i]
            before = [layer.w() for layer in network.layers]
            network.present(i, images[i], labels[i])
            yield [layer.w() != w for layer, w in zip(network.layers, before)], is_mistake

    def test_a_fraction_of_1_restricts_nothing(self):
        plain = mlp.train([self.row()], self.path)
        for rule in ("largest-error", "smallest-error", "largest-change", "smallest-change", "largest-weight", "smallest-weight",
                     "largest-change-unit", "largest-weight-unit", "first-units"):
            with self.subTest(rule=rule):
                outcomes, tables, arrays, _ = mlp.train([self.row(competition=rule, fraction="1")], self.path)
                self.assertEqual((outcomes, tables), plain[:2])
                for name, values in arrays.items():
                    np.testing.assert_array_equal(values, plain[2][name])

    def test_no_more_than_the_fraction_changes(self):
        for rule, of_what in (("error", "units"), ("change", "synapses"), ("weight", "synapses"), ("change-unit", "inputs"), ("weight-unit", "inputs")):
            for size, f in itertools.product(("largest",) if "unit" in rule else ("largest", "smallest"), (0.05, 0.3, 0.5, 0.9)):
                with self.subTest(rule=rule, size=size, f=f):
                    for changed, _ in self.changes_of_each_presentation(competition=f"{size}-{rule}", fraction=str(f)):
                        for which in changed:
                            n = {"units": which.shape[0], "synapses": which.size, "inputs": which.shape[1]}[of_what]
                            at_most = n - round((1.0 - f) * (n - 1))
                            found = {"units": [which.any(axis=1).sum()], "synapses": [which.sum()], "inputs": which.sum(axis=1)}[of_what]
                            self.assertEqual(set(found), {at_most})    # no input, weight or error is 0 here, and none equal

    def test_which_are_the_largest(self):
        for rule, choose in (("largest-change", np.max), ("smallest-change", np.min)):
            network, images, labels = self.network(competition=rule, fraction="0.2")
            free, _, _ = self.network()
            network.present(0, images[0], labels[0])
            free.present(0, images[0], labels[0])
            for layer, without in zip(network.layers, free.layers):
                chosen, left_out = np.abs(without.step[layer.step != 0.0]), np.abs(without.step[layer.step == 0.0])
                self.assertEqual(choose([choose(chosen), choose(left_out)]), choose(chosen))
                np.testing.assert_array_equal(layer.step[layer.step != 0.0], without.step[layer.step != 0.0])

    def test_lists_of_fractions(self):
        for changed, _ in self.changes_of_each_presentation(competition="largest-change", fraction="0.1,1"):
            self.assertEqual([which.sum() for which in changed], [91 - round(0.9 * 90), 70])

    def test_first_units(self):
        for changed, _ in self.changes_of_each_presentation(competition="first-units", fraction="0.5,0.1"):
            self.assertTrue(changed[0][:4].all() and changed[1][:, :4].all())    # half of 7, to the even one
            self.assertFalse(changed[0][4:].any() or changed[1][:, 4:].any())

    def test_static_input(self):
        for changed, _ in self.changes_of_each_presentation(competition="static-input", fraction="0.5"):
            self.assertFalse(changed[0].any())
            self.assertTrue(changed[1].all())

    def test_mistakes_alone_are_learned_from(self):
        seen = set()
        for changed, is_mistake in self.changes_of_each_presentation(gate="mistakes", learning_rate="0.05"):
            self.assertEqual([which.any() for which in changed], [is_mistake, is_mistake])
            seen.add(is_mistake)
        self.assertEqual(seen, {True, False})

    def test_memorised_mistakes(self):
        mistaken, learned_without_mistake = set(), 0
        for i, (changed, is_mistake) in enumerate(self.changes_of_each_presentation(gate="memorised-mistakes")):
            mistaken |= {i % 20} if is_mistake else set()
            self.assertEqual(changed[0].any(), i % 20 in mistaken)
            learned_without_mistake += changed[0].any() and not is_mistake
        self.assertGreater(learned_without_mistake, 0)

    def test_low_confidence(self):
        softmax = {"output": "softmax", "cost": "cross-entropy", "learning_rate": "0.05"}
        n_learned = [mlp.train([self.row(gate=gate, confidence=str(confidence), **softmax)], self.path)[0][0]["learned_presentations"]
                     for gate, confidence in (("mistakes", 1.0), ("low-confidence", 1e-6), ("low-confidence", 0.2), ("low-confidence", 1.0), ("none", 1.0))]
        self.assertEqual(n_learned[0], n_learned[1])
        self.assertTrue(n_learned[1] < n_learned[2] < n_learned[3] == n_learned[4] == 100)

    def test_without_learning_time_goes_on(self):
        gated, images, labels = self.network(gate="mistakes", variant="local-local", threshold="100", tau="5", learning_rate="0.05")
        for i in [*range(len(images))] * 3:
            before, maintained, n_learned = gated.layers[0].s.copy(), gated.maintenance_sum, gated.gate.n_learned
            gated.present(i, images[i], labels[i])
            self.assertGreater(gated.maintenance_sum, maintained)
            if gated.gate.n_learned == n_learned:
                np.testing.assert_array_equal(gated.layers[0].s, before * np.exp(-0.2))
                # A threshold that has fallen passes by a synapse until it next learns.
                gated.threshold.start = 0.0
                gated.present(i, images[i], labels[i])
                self.assertEqual(gated.consolidated_changes, 0)
                gated.threshold.start = 100.0
        self.assertTrue(0 < gated.gate.n_learned < 60)

    def test_momentum_goes_on_where_nothing_is_learned(self):
        network, images, labels = self.network(competition="static-input", momentum="0.5")
        network.layers[0].step[:] = 1.0
        before = network.layers[0].w()
        network.present(0, images[0], labels[0])
        np.testing.assert_array_equal(network.layers[0].step, 0.5)
        np.testing.assert_array_equal(network.layers[0].w(), before + 0.5)

    def test_errors_are_gradients(self):
        """The changes of a network without rules are the error's slope, by finite differences, as long as the bias unit has none."""
        for activation, (output, cost) in itertools.product(mlp.ACTIVATIONS, (("linear", "mse"), ("softmax", "cross-entropy"), ("logistic", "mse"))):
            with self.subTest(activation=activation, output=output):
                network, images, labels = self.network(activation=activation, output=output, cost=cost, bias_unit="true")

                def error(network=network, x=images[1], label=labels[1], cost=cost):
                    y = network.forward(x)[-1]
                    target = np.arange(10) == label
                    return -np.log(y[label]) if cost == "cross-entropy" else 0.5 * np.sum((target - y) ** 2)

                self.assertEqual(set(network.layers[0].w()[1:] @ images[1] > 0.0), {True, False})    # both sides of the slopes
                changes = network.learn(network.forward(images[1]), labels[1])
                for layer, change in zip(network.layers, changes):
                    for place in [(i, i) for i in range(1, 7)]:
                        kept = layer.l[place]
                        layer.l[place] = kept + 1e-6
                        above = error()
                        layer.l[place] = kept - 1e-6
                        slope = (above - error()) / 2e-6
                        layer.l[place] = kept
                        self.assertAlmostEqual(change[place], -layer.eta * slope, delta=1e-9)    # differences of 1e-6 have 1e-10

    def test_the_bias_unit(self):
        network, images, _ = self.network(bias_unit="true")
        self.assertEqual(network.forward(images[0])[1][0], 1.0)
        network.layers[1].l[:, 0] += 1.0
        without, _, _ = self.network(bias_unit="0")
        without.layers[1].l[:, 0] = 0.0
        network.layers[1].l[:, 0] = np.arange(10)
        np.testing.assert_allclose(network.forward(images[0])[2], without.forward(images[0])[2] + np.arange(10), rtol=1e-12)

    def test_inputs(self):
        plain, _ = mlp.images_of(self.row(), "train", self.path)
        with_bias, _ = mlp.images_of(self.row(input_bias="true"), "train", self.path)
        np.testing.assert_array_equal(with_bias, np.hstack([plain, np.full((20, 1), 0.99)]))
        slice_of = {"train_offset": "5", "train_count": "10", "input_bias": "1", "input_centring": "mean"}
        centred, _ = mlp.images_of(self.row(**slice_of), "train", self.path)
        np.testing.assert_allclose(centred, with_bias[5:15] - with_bias[5:15].mean(), rtol=1e-12)

    def test_what_the_reference_cannot_do_is_refused(self):
        for settings in ({"competition": "random-units"}, {"competition": "fixed-synapses"}, {"competition": "most"}, {"gate": "errors"}, {"order": "random"},
                         {"backprop": "published"}, {"output": "softmax"}, {"fraction": "1,1,1"}, {"input_centring": "median"}, {"bias_unit": "yes"}):
            with self.subTest(settings=settings), self.assertRaises((ValueError, KeyError)):
                mlp.train([self.row(**settings)], self.path)

    def test_net_changes_are_left_out_where_rounding_decides_them(self):
        network, images, labels = self.network(variant="local-local", threshold="100")
        network.present(0, images[0], labels[0])
        self.assertEqual([network.counts()[f"net_changes{which}"] for which in ("", "_layer1", "_layer2")], [161, 91, 70])
        network.layers[0].s *= 1e-18
        self.assertNotIn("net_changes", network.counts())
        self.assertNotIn("net_changes_layer1", network.counts())
        self.assertEqual(network.counts()["net_changes_layer2"], 70)

    def test_synapses_that_never_learned_are_at_no_edge(self):
        cached = {"variant": "local-local", "threshold": "0"}
        self.assertTrue(mlp.train([self.row(competition="largest-weight", fraction="0.1", **cached)], self.path)[3])
        self.assertTrue(mlp.train([self.row(competition="static-input", **cached)], self.path)[3])

    def test_a_tie_across_the_cut_of_a_unit_is_decided_by_rounding(self):
        images = np.load(self.path / "train_images.npy")
        images[:, 1] = images[:, 2] = 2.0
        np.save(self.path / "train_images.npy", images)
        for rule, is_sharp in (("largest-change", True), ("largest-change-unit", False), ("largest-weight-unit", True)):
            # One of 13 inputs, where two are the largest.
            self.assertEqual(mlp.train([self.row(competition=rule, fraction="0.01")], self.path)[3], is_sharp)


if __name__ == "__main__":
    unittest.main()
