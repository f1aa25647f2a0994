"""Runs: shards, resuming, interruptions, progress, other threads."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import syncache as sc

small = dict(fixed=dict(inputs=40), axes=dict(patterns=[20, 30, 40], seed=range(1, 11)))
# A second each, since near capacity.
long = dict(fixed=dict(inputs=1000, variant="local-local", threshold=3, tau=5000, max_epochs=100000), axes=dict(patterns=[1850], seed=range(1, 13)))


def same(a, b):
    return all(np.array_equal(a[name], b[name], equal_nan=a[name].dtype.kind == "f") for name in a) and list(a) == list(b)


def test_shards_merge_into_the_whole(tmp_path):
    experiment = sc.Experiment("perceptron", **small)
    whole = experiment.run(tmp_path / "whole.sqlite", threads=2, progress=False)
    part = experiment.run(tmp_path / "1.sqlite", shard=(1, 2), progress=False)
    assert not part.complete and part.missing == 15
    with pytest.warns(sc.PartialResults, match="15 of 30 trials are missing; what follows is of the others") as warned:
        assert len(part.outcomes()) == 15
        part.optimum()
    assert [one.filename for one in warned] == [__file__, __file__]
    experiment.run(tmp_path / "2.sqlite", shard="2/2", threads=1, progress=False)
    merged = sc.merge(tmp_path / "m.sqlite", [tmp_path / "1.sqlite", tmp_path / "2.sqlite"])
    assert merged.complete and merged.failed == 0
    assert same(merged.arrays(), whole.arrays())


def test_the_same_run_again_trains_nothing(tmp_path):
    experiment = sc.Experiment("perceptron", **small)
    told = []
    experiment.run(tmp_path / "r.sqlite", progress=told.append)
    assert (told[-1].trained, told[-1].total, told[-1].fraction, told[-1].is_over) == (30, 30, 1.0, True)
    assert "30 of 30 trials" in str(told[-1])
    told.clear()
    experiment.run(tmp_path / "r.sqlite", progress=told.append)
    assert told == []
    more = sc.Experiment("perceptron", **{**small, "axes": {**small["axes"], "seed": range(1, 12)}})
    more.run(tmp_path / "r.sqlite", progress=told.append)
    assert told[-1].total == 3


def test_other_threads_run_meanwhile(tmp_path):
    counted = [0]

    def count():
        while counted[0] >= 0:
            counted[0] += 1
            time.sleep(0.001)

    experiment = sc.Experiment("perceptron", **{**long, "axes": dict(patterns=[1850], seed=[1, 2])})
    thread = threading.Thread(target=count)
    thread.start()
    begin, since = counted[0], time.monotonic()
    experiment.run(tmp_path / "r.sqlite", threads=1, progress=False)
    turns, seconds = counted[0] - begin, time.monotonic() - since
    counted[0] = -1
    thread.join()
    assert seconds > 0.1, "too fast to tell"
    assert turns > 50 * seconds  # of some 900; it would be none with Python's lock held


def test_an_exception_of_progress_ends_the_run_in_good_order(tmp_path):
    class Enough(ValueError):
        pass

    def stop(state):
        raise Enough("of --memory")

    experiment = sc.Experiment("perceptron", **long)
    begin = time.monotonic()
    with pytest.raises(Enough, match="of --memory"):
        experiment.run(tmp_path / "r.sqlite", threads=1, progress=stop)  # again and again: gives up what it has in hand
    assert time.monotonic() - begin < 20

    def fail(state):
        raise RuntimeError("of --memory")

    with pytest.raises(RuntimeError, match="of --memory"):
        experiment.run(tmp_path / "r.sqlite", threads=1, progress=fail)
    status = sc.Results(tmp_path / "r.sqlite").status()
    assert status["runs"][-1]["state"] == "interrupted" and not status["being_written"]


interrupted = """
import sys, syncache as sc
try:
    sc.Experiment("perceptron", **{long}).run(sys.argv[1], threads=1, progress=lambda state: print("trained", state.trained, flush=True))
except sc.Interrupted as end:
    print(end, isinstance(end, KeyboardInterrupt))
    sys.exit(7)
"""


def test_ctrl_c_keeps_what_was_trained(tmp_path):
    file = tmp_path / "r.sqlite"
    process = subprocess.Popen([sys.executable, "-c", interrupted.format(long=long), file], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for line in process.stdout:  # until something is trained, that is to be kept
        if line.startswith("trained") and int(line.split()[1]) >= 1:
            break
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 7, err
    assert "stopping: finishing 1 running trial" in err
    results = sc.Results(file)
    assert 1 <= 12 - results.missing < 12
    assert f"{12 - results.missing} of 12 trials are stored; the same run goes on from there True" in out
    assert results.status()["runs"][-1]["state"] == "interrupted"
    plan = sc.Experiment("perceptron", **long).plan(file)
    assert plan.done == 12 - results.missing


def test_a_file_that_is_being_written_can_be_read_and_not_written(tmp_path):
    experiment = sc.Experiment("perceptron", **long)
    seen = []

    def look(state):
        if not seen:
            seen.append(sc.Results(tmp_path / "r.sqlite").status()["being_written"])
            with pytest.raises(RuntimeError, match="is being written by another run"):
                experiment.run(tmp_path / "r.sqlite", progress=False)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        experiment.run(tmp_path / "r.sqlite", threads=1, progress=look)
    assert seen == [True]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (dict(backend="cpx"), ValueError, r"^backend = 'cpx'; did you mean cpu\? allowed: auto, cpu, cuda$"),
        (dict(threads=0), ValueError, r"^threads = 0; allowed: 1 to 4096"),
        (dict(memory="much"), ValueError, r"^memory = 'much'; allowed: bytes, or a text such as 8GB"),
        (dict(memory="1kB"), ValueError, r"^memory = 1.0 kB; allowed: at least "),
        (dict(shard="3/2"), ValueError, r"^shard = 3/2; allowed: i/n"),
        (dict(shard="auto"), ValueError, r"^shard = auto: this is no task of an array job"),
        (dict(backend="cpu", devices=[0]), ValueError, r"devices"),
    ],
)
def test_options_that_cannot_be(options, error, message, tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith(("SLURM", "PBS", "SGE", "LSB", "JOB_")):
            monkeypatch.delenv(name)
    experiment = sc.Experiment("perceptron", **small)
    with pytest.raises(error, match=message):
        experiment.run(tmp_path / "r.sqlite", progress=False, **options)
    assert list(tmp_path.iterdir()) == []


def test_the_file_of_another_experiment_is_left_alone(tmp_path):
    sc.Experiment("perceptron", **small).run(tmp_path / "r.sqlite", progress=False)
    other = sc.Experiment("perceptron", fixed=dict(inputs=10, patterns=5), name="other")
    with pytest.raises(ValueError, match="add=True, which keeps"):
        other.run(tmp_path / "r.sqlite", progress=False)
    assert len(other.run(tmp_path / "r.sqlite", add=True, progress=False).outcomes()) == 1


def test_stored_trials_are_trained_again_only_if_asked(tmp_path):
    sc.Experiment("perceptron", **small).run(tmp_path / "r.sqlite", progress=False)
    priced = sc.Experiment("perceptron", **small, accounting=dict(exponent=[0.5, 1]))
    assert "30 trials are stored without exponent 0.5" in priced.plan(tmp_path / "r.sqlite").retrain
    with pytest.raises(ValueError, match="retrain=True does it"):
        priced.run(tmp_path / "r.sqlite", progress=False)
    assert len(priced.run(tmp_path / "r.sqlite", retrain=True, progress=False).outcomes()) == 60


def test_a_bar_shows_the_trials(tmp_path, capsys):
    sc.Experiment("perceptron", **small).run(tmp_path / "r.sqlite", progress=True)
    assert "30/30" in capsys.readouterr().err
