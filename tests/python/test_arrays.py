"""NumPy arrays where experiments name files."""

import hashlib
import shutil

import numpy as np
import pytest
import syncache as sc

draw = np.random.default_rng(3)
patterns = draw.choice([-1.0, 1.0], (30, 40))
targets = draw.choice(np.array([-1, 1], dtype=np.int8), 30)


def perceptron(**fixed):
    return sc.Experiment("perceptron", fixed=dict(variant="local-global", threshold=4, patterns_file=patterns, targets_file=targets, **fixed))


def files_in(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix == ".npy")


def test_an_array_is_the_file_of_it(tmp_path):
    results = perceptron().run(tmp_path / "r.sqlite", progress=False)
    np.save(tmp_path / "p.npy", patterns)
    np.save(tmp_path / "t.npy", targets)
    fixed = dict(variant="local-global", threshold=4, patterns_file="p.npy", targets_file=tmp_path / "t.npy")
    of_files = sc.Experiment("perceptron", fixed=fixed, folder=tmp_path).run(tmp_path / "f.sqlite", progress=False)
    a, b = results.outcomes(), of_files.outcomes()
    assert a.total[0] == b.total[0] and a.inputs[0] == 40 and a.patterns[0] == 30
    assert a.patterns_file[0].startswith("patterns_file-") and b.patterns_file[0] == "p.npy"


def test_files_are_named_by_what_they_hold(tmp_path):
    perceptron().run(tmp_path / "r.sqlite", progress=False)
    names = files_in(tmp_path)
    assert len(names) == 2
    for name in names:
        content = (tmp_path / name).read_bytes()
        assert name.split("-")[1] == hashlib.sha256(content).hexdigest()[:16] + ".npy"
    assert np.array_equal(np.load(tmp_path / names[0]), patterns)
    # The same arrays again, made anew, are the same trial; others are not.
    again = sc.Experiment("perceptron", fixed=dict(variant="local-global", threshold=4, patterns_file=patterns.copy(), targets_file=targets.copy()))
    assert again.plan(tmp_path / "r.sqlite").done == 1
    other = sc.Experiment("perceptron", fixed=dict(variant="local-global", threshold=4, patterns_file=-patterns, targets_file=targets))
    assert other.plan(tmp_path / "r.sqlite").done == 0
    assert files_in(tmp_path) == names


@pytest.mark.parametrize(
    "form",
    [np.asfortranarray, lambda a: np.repeat(a, 2, axis=1)[:, ::2], lambda a: a.astype(">f4"), lambda a: a.astype(np.int16)],
    ids=["columns first", "with gaps", "big-endian", "whole numbers"],
)
def test_arrays_of_every_form(form, tmp_path):
    given = form(patterns)
    experiment = sc.Experiment("perceptron", fixed=dict(variant="local-global", threshold=4, patterns_file=given, targets_file=targets))
    total = experiment.run(tmp_path / "r.sqlite", progress=False).outcomes().total[0]
    assert total == perceptron().run(tmp_path / "s.sqlite", progress=False).outcomes().total[0]
    written = [np.load(tmp_path / name) for name in files_in(tmp_path) if name.startswith("patterns")]
    assert any(array.dtype == given.dtype and np.array_equal(array, given) for array in written)


def test_arrays_along_an_axis(tmp_path):
    experiment = sc.Experiment(
        "perceptron",
        fixed=dict(targets_file=targets),
        axes=dict(patterns_file=[patterns, -patterns, patterns[::-1]]),
    )
    assert len(experiment.run(tmp_path / "r.sqlite", progress=False).outcomes()) == 3


def test_saved_with_its_arrays(tmp_path, syncache):
    results = perceptron().run(tmp_path / "r.sqlite", progress=False)
    (tmp_path / "elsewhere").mkdir()
    file = perceptron().save(tmp_path / "elsewhere" / "e.toml")
    syncache("run", file, "--quiet")
    assert sc.Results(file.with_suffix(".sqlite")).outcomes().total[0] == results.outcomes().total[0]
    # Results and arrays may move together.
    shutil.move(tmp_path / "elsewhere", tmp_path / "moved")
    assert sc.load(tmp_path / "moved" / "e.toml").plan(tmp_path / "moved" / "e.sqlite").done == 1


def test_relative_paths_stay_true(tmp_path):
    np.save(tmp_path / "t.npy", targets)
    mixed = sc.Experiment("perceptron", fixed=dict(patterns_file=patterns, targets_file="t.npy"), folder=tmp_path)
    (tmp_path / "out").mkdir()
    assert mixed.run(tmp_path / "out" / "r.sqlite", progress=False).complete
    named = sc.Experiment("perceptron", fixed=dict(patterns_file="p.npy", targets_file="t.npy"), folder=tmp_path)
    with pytest.raises(ValueError, match=r"the experiment names p\.npy, relative to"):
        named.save(tmp_path / "out" / "e.toml")
    named.save(tmp_path / "e.toml")


def test_arrays_that_cannot_be(tmp_path):
    for wrong in [patterns.astype(np.float16), patterns.astype(complex), np.array(["a"])]:
        with pytest.raises(ValueError, match=r"^patterns_file: an array of .*; allowed: "):
            sc.Experiment("perceptron", fixed=dict(patterns_file=wrong, targets_file=targets))
    with pytest.raises(ValueError, match="-1 and 1|allowed"):
        sc.Experiment("perceptron", fixed=dict(patterns_file=2 * patterns, targets_file=targets)).run(tmp_path / "r.sqlite", progress=False)
    with pytest.raises(FileNotFoundError, match="no such folder"):
        perceptron().run(tmp_path / "none" / "r.sqlite", progress=False)
    mine = patterns.copy()
    experiment = sc.Experiment("perceptron", fixed=dict(patterns_file=mine, targets_file=targets))
    mine[0, 0] *= -1
    with pytest.raises(ValueError, match="patterns_file: the array was changed after"):
        experiment.run(tmp_path / "s.sqlite", progress=False)


def test_initial_weights(digits, tmp_path):
    weights = [draw.normal(0, 0.1, (5, 36)), draw.normal(0, 0.1, (10, 5)).astype(np.float32)]
    fixed = dict(max_epochs=1, learning_rate=1e-300, initial_weights=weights, **sc.images(*digits))
    results = sc.Experiment("mlp", fixed=dict(hidden=5, **fixed), record=["weights"]).run(tmp_path / "r.sqlite", progress=False)
    kept = results.weights().only()
    assert np.array_equal(kept["weights_layer1"], weights[0]) and np.array_equal(kept["weights_layer2"], weights[1].astype(float))


def test_images(digits, multilayer):
    pixels, labels = digits
    fixed = sc.images(pixels, labels, test=0.25, seed=1)
    assert fixed["data"] == "files" and fixed["train_images"].shape == (90, 6, 6) and fixed["test_labels"].shape == (30,)
    everything = np.concatenate([fixed["train_images"], fixed["test_images"]]).reshape(120, -1)
    assert sorted(map(bytes, everything)) == sorted(map(bytes, pixels.reshape(120, -1)))
    assert np.array_equal(fixed["test_images"], sc.images(pixels, labels, test=30, seed=1)["test_images"])
    assert not np.array_equal(fixed["test_images"], sc.images(pixels, labels, test=30, seed=2)["test_images"])
    pair = sc.images(pixels, labels, test=(pixels, labels))
    assert pair["train_images"] is pixels and pair["test_labels"] is labels
    assert multilayer.outcomes().accuracy.max() > 0.9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x, y: sc.images(x.astype(float), y), r"^X: values .*; allowed: -1 to 1, or bytes"),
        (lambda x, y: sc.images(x[0, 0], y), r"^X: an array of shape \(6,\); allowed: "),
        (lambda x, y: sc.images(x, y[:-1]), r"^y: an array of shape \(119,\); allowed: \(120,\)"),
        (lambda x, y: sc.images(x, y - 1), r"^y: allowed: whole numbers from 0"),
        (lambda x, y: sc.images(x, y / 2), r"^y: allowed: whole numbers from 0"),
        (lambda x, y: sc.images(x, y, test=120), r"^test = 120; allowed: "),
        (lambda x, y: sc.images(x, y, test=(x[:, :3], y)), r"^test: images of shape \(3, 6\); allowed: \(6, 6\)"),
    ],
)
def test_images_that_cannot_be(digits, change, message):
    with pytest.raises(ValueError, match=message):
        change(*digits)


def test_what_is_hardly_meant_is_a_warning(digits, tmp_path):
    pixels, labels = digits
    dark = sc.Experiment("mlp", fixed=dict(hidden=2, max_epochs=1, **sc.images(pixels // 10, labels)))
    with pytest.warns(UserWarning, match="no pixel is above") as warned:
        dark.run(tmp_path / "r.sqlite", progress=False)
    assert {one.filename for one in warned} == {__file__}
