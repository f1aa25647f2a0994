"""Types and examples: what we ship is checked as strictly as users may check it."""

import os
import pathlib
import subprocess
import sys

import pytest
import syncache

source = pathlib.Path(__file__).resolve().parents[2]
examples = sorted((source / "python" / "examples").glob("*.py"))


def mypy(tmp_path, *files):
    environment = {**os.environ, "MYPYPATH": str(pathlib.Path(syncache.__file__).parents[1])}
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), *map(str, files)]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    return run.stdout + run.stderr


def test_the_examples_and_the_package_are_typed(tmp_path):
    assert len(examples) >= 2
    assert "Success: no issues found" in mypy(tmp_path, *examples)
    assert "Success: no issues found" in mypy(tmp_path, "-p", "syncache")


def test_a_wrong_call_is_found(tmp_path):
    (tmp_path / "wrong.py").write_text("import syncache as sc\nsc.Experiment('perceptron').run('r.sqlite', thread=2)\nsc.Results('r').missing + 'a'\n")
    found = mypy(tmp_path, tmp_path / "wrong.py")
    assert 'wrong.py:2: error: Unexpected keyword argument "thread"' in found and "wrong.py:3: error: Unsupported operand types" in found


@pytest.mark.parametrize("example", examples, ids=lambda path: path.stem)
def test_examples_run(example, tmp_path):
    subprocess.run([sys.executable, example], cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)


def test_everything_public_is_described():
    for name in syncache.__all__:
        thing = getattr(syncache, name)
        assert thing.__doc__, name
        if isinstance(thing, type) and thing.__module__.startswith("syncache."):
            for attribute, value in vars(thing).items():
                if not attribute.startswith("_") and callable(value):
                    assert value.__doc__, f"{name}.{attribute}"
