"""python -m syncache is the program."""

import signal
import subprocess
import sys
import time

import syncache as sc


def python(*words, **options):
    return subprocess.run([sys.executable, "-m", "syncache", *map(str, words)], capture_output=True, text=True, **options)


def test_it_prints_what_the_program_prints(results, syncache):
    for words in [["--version"], ["models", "mlp"], ["export", results.path], ["optimum", results.path]]:
        assert python(*words).stdout == syncache(*words)
    assert sc.__version__ in python("--version").stdout


def test_it_fails_as_the_program_does(tmp_path):
    wrong = python("rum")
    assert wrong.returncode == 2 and wrong.stderr.startswith("syncache: rum: no such command; did you mean run? ")
    assert python("status", tmp_path / "none.sqlite").returncode in (1, 2)


def test_it_trains_and_stops(perceptrons, tmp_path):
    file = perceptrons.save(tmp_path / "e.toml")
    assert python("run", file, "--quiet").returncode == 0
    assert sc.Results(tmp_path / "e.sqlite").complete
    long = sc.Experiment("perceptron", fixed=dict(inputs=2000, patterns=3900, max_epochs=100000), axes=dict(seed=[1, 2]))
    process = subprocess.Popen([sys.executable, "-m", "syncache", "run", long.save(tmp_path / "l.toml"), "--progress", "json"], stderr=subprocess.PIPE)
    process.stderr.readline()
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
    process.communicate(timeout=60)
    assert process.returncode == 130


def test_importing_needs_numpy_only():
    code = "import sys, syncache; print(sorted({'pandas', 'xarray', 'matplotlib', 'tqdm'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"


def test_what_is_missing_is_said(results):
    code = f"""
import sys
for name in ("pandas", "xarray", "tqdm"):
    sys.modules[name] = None
import syncache as sc
results = sc.Results({str(results.path)!r})
print(len(results.arrays()["total"]))
for ask in (results.outcomes, results.xarray):
    try:
        ask()
    except ImportError as error:
        print(error)
sc.Experiment("perceptron", fixed=dict(inputs=9, patterns=5)).run({str(results.path.parent / "bare.sqlite")!r}, progress=True)
"""
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    lines = run.stdout.splitlines()
    assert lines[0] == "120" and "pip install pandas" in lines[1] and "pip install xarray" in lines[2]
    assert "1 of 1 trials" in run.stderr
