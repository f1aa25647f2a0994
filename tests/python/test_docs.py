"""The Python of README.md, python/README.md and docs/python.md runs as it stands there."""

import pathlib
import re
import warnings

import numpy as np
import pytest
import syncache as sc

source = pathlib.Path(__file__).resolve().parents[2]
draw = np.random.default_rng(1)

file = """
name = "thresholds"
model = "perceptron"
record = ["epochs", "traces", "weights"]
[fixed]
inputs = 50
variant = "local-global"
tau = 1000
traced = [0, 7]
[axes]
patterns = [100, 200]
threshold = [2, 4, 8]
seed = [1]
max_epochs = [20]
[accounting]
maintenance_cost = [0.0, 0.01]
"""


@pytest.mark.parametrize("page", ["README.md", "python/README.md", "docs/python.md"])
def test_a_page(page, multilayer, digits, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pathlib.Path("thresholds.toml").write_text(file)
    pixels, labels = digits
    names = {
        "digits": multilayer,
        "patterns": draw.choice([-1, 1], (6, 20)),
        "targets": draw.choice([-1, 1], 6),
        "X": pixels,
        "y": labels,
        "X2": pixels,
        "y2": labels,
        "w1": np.zeros((20, 36)),
        "w2": np.zeros((10, 20)),
    }
    blocks = re.findall(r"```python\n(.*?)```", (source / page).read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sc.PartialResults)
        for block in blocks:
            exec(compile(block, page, "exec"), names)
