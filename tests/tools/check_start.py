#!/usr/bin/env python3
"""What a start of the program costs where no GPU is asked for, and what it says where there is none.

usage: check_start.py SYNCACHE CUDA [OLD_DRIVER_FOLDER]; CUDA: ON or OFF, whether the program was built with it, or
EMULATED
"""

import itertools
import os
import re
import subprocess
import sys
import tempfile

SWEEP = 'name = "small"\nmodel = "perceptron"\n[fixed]\ninputs = 50\npatterns = 30\n'
MOST_BYTES = 40e6
MOST_SECONDS = 0.02  # of processor time, the least of ten starts, so that others' load does not count

program, has_cuda = sys.argv[1], sys.argv[2] == "ON"
says_of_cuda = "cuda 0  Emulated GPU" if sys.argv[2] == "EMULATED" else "cuda    none: this build has no CUDA\n"
failures = []


def check(good, text):
    print("ok    " if good else "FAILED", text)
    if not good:
        failures.append(text)


def start(*arguments, **environment):
    """Output, seconds of processor time and bytes of memory."""
    process = subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env={**os.environ, **environment})
    out, err = process.stdout.read(), process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, out, err, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024


def libraries_opened(*arguments):
    """Names of all libraries that the loader was asked for, found or not."""
    _, _, err, _, _ = start(*arguments, LD_DEBUG="libs")
    return set(re.findall(r"find library=([^ ]+)", err))


with tempfile.TemporaryDirectory() as folder:
    experiment = os.path.join(folder, "small.toml")
    with open(experiment, "w", encoding="utf-8") as file:
        file.write(SWEEP)

    n_runs = itertools.count()

    def run(backend):
        results = os.path.join(folder, f"{next(n_runs)}.sqlite")
        return ("run", experiment, "-o", results, "--threads", "1", "--backend", backend)

    for name, words in (("--version", lambda: ("--version",)), ("a run on the CPU", lambda: run("cpu"))):
        starts = [start(*words()) for _ in range(10)]
        check(all(code == 0 for code, *_ in starts), f"{name}: exits with 0")
        seconds, memory = min(s[3] for s in starts), max(s[4] for s in starts)
        check(seconds < MOST_SECONDS, f"{name}: {1e3 * seconds:.1f} ms of processor time, at most {1e3 * MOST_SECONDS:.0f}")
        check(memory < MOST_BYTES, f"{name}: {memory / 1e6:.1f} MB, at most {MOST_BYTES / 1e6:.0f}")
        of_cuda = {library for library in libraries_opened(*words()) if re.match(r"lib(cu|nv)", library)}
        check(not of_cuda, f"{name}: opens no library of CUDA {sorted(of_cuda) or ''}")

    # Only the driver is looked for when devices are asked for, so the program starts where there is nothing of CUDA.
    of_cuda = {library for library in libraries_opened("devices") if re.match(r"lib(cu|nv)", library)}
    check(of_cuda <= {"libcuda.so.1"} and len(of_cuda) == has_cuda, f"devices: looks for {sorted(of_cuda)}")

    if has_cuda:
        too_old = dict(LD_LIBRARY_PATH=sys.argv[3])
        reason = "the NVIDIA driver is too old: it is for CUDA 11.8"
        code, out, _, _, _ = start("devices", **too_old)
        check(code == 0 and re.search(f"^cuda    none: no CUDA device: {reason}.*: update the driver$", out, re.M), "devices, old driver: says so")
        code, out, err, _, _ = start(*run("cuda"), **too_old)
        check(code == 1 and out == "" and re.fullmatch(f"syncache: --backend cuda: no CUDA device: {reason}.*\n", err), "run --backend cuda, old driver: refused")
        code, _, _, _, _ = start(*run("auto"), **too_old)
        check(code == 0, "run --backend auto, old driver: trains on the CPU")
    else:
        _, out, _, _, _ = start("devices")
        check(says_of_cuda in out, f"devices: says {says_of_cuda.strip()}")

sys.exit(1 if failures else 0)
