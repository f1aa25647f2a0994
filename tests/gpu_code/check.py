#!/usr/bin/env python3
"""Holds the machine code of the kernels to the budgets of kernels.csv and loops.csv: see README.md."""

from __future__ import annotations

import argparse
import csv
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import measures
import sass

here = Path(__file__).resolve().parent
root = here.parent.parent
threads_of = {"gram_kernel": 256, "narrow_kernel": 256, "spiking_kernel": 32}
smallest_is_worst = {"blocks", "in_flight"}
skipped = 77  # exit status


def find_tool(name: str) -> str | None:
    """A disassembler: of the toolkit, or of `tools/setup --cuda-tools`."""
    places = [*Path("/usr/local/cuda/bin").glob(name), *(root / "build/cuda-tools").glob(f"lib/python*/site-packages/nvidia/*/bin/{name}")]
    return shutil.which(name) or next((str(place) for place in places), None)


def run(*command: str) -> str:
    """What a command prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def short_name(mangled: str) -> str:
    """A kernel's name and template arguments without what all have in common."""
    name = run("c++filt", mangled).strip().replace("(anonymous namespace)::", "")
    name = re.sub(r"\bsyncache::|\bbaseline::|^void ", "", name)
    name = re.sub(r"\((?:Ahead|[\w:]+)\)(\d)", r"\1", name)  # values of enumerations
    depth = 0
    for at, letter in enumerate(name):  # up to the arguments
        depth += (letter == "<") - (letter == ">")
        if letter == "(" and depth == 0:
            return name[:at]
    return name


def resources(listing: str) -> dict[str, dict[str, int]]:
    """Registers, stack and static shared memory of each function, from `cuobjdump -res-usage`."""
    found = re.findall(r"Function (\S+):\s+REG:(\d+) STACK:(\d+) SHARED:(\d+)", listing)
    return {name: {"registers": int(r), "stack": int(s), "shared": int(m)} for name, r, s, m in found}


class Code:
    """The machine code in some object files: numbers of kernels and of loops."""

    def __init__(self, cuobjdump: str, nvdisasm: str, objects: list[str]) -> None:
        self.kernels: dict[tuple[str, str], dict[str, float]] = {}
        self.loops: dict[tuple[str, str, str], dict[str, float]] = {}
        self.lines_known = False
        marked = measures.markers(root / "kernels")
        for file in objects:
            with tempfile.TemporaryDirectory() as folder:
                if file.endswith(".cubin"):
                    shutil.copy(file, folder)
                else:
                    extract = [cuobjdump, "-xelf", "all", str(Path(file).resolve())]
                    subprocess.run(extract, cwd=folder, check=True, capture_output=True)
                for cubin in sorted(Path(folder).glob("*.cubin")):
                    text = run(nvdisasm, "-c", "-gi", str(cubin))
                    architecture = re.search(r"\.target\s+(sm_\d+)", text).group(1)
                    if architecture in measures.shared_memory:
                        self._add(architecture, sass.parse(text), resources(run(cuobjdump, "-res-usage", str(cubin))), marked)

    def _add(self, architecture, kernels, used, marked) -> None:
        for kernel in kernels:
            name = short_name(kernel.name)
            threads = threads_of.get(name.split("<")[0].split("::")[-1], 128)
            self.lines_known |= any(i.places for i in kernel.body)
            numbers = used[kernel.name]
            self.kernels[architecture, name] = {
                "registers": numbers["registers"],
                "local": measures.local_bytes(kernel),
                "stack": numbers["stack"],
                "shared": numbers["shared"],
                "blocks": measures.blocks_of_a_multiprocessor(architecture, threads, numbers["registers"], numbers["shared"]),
                "contractions": measures.contractions(kernel),
                "barriers": measures.barriers(kernel.body),
            }
            for loop, lines in marked.items():
                if (of_loop := measures.hot_loops(kernel, lines)) is not None:
                    self.loops[architecture, name, loop] = of_loop


def read(path: Path, keys: int) -> dict[tuple[str, ...], dict[str, float]]:
    """A table of budgets; its first `keys` columns tell what each row is of."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(line for line in file if not line.startswith("#"))
        header = next(rows)
        return {tuple(row[:keys]): dict(zip(header[keys:], map(float, row[keys:]))) for row in rows}


def release_of(path: Path) -> str:
    """The release of nvcc whose code a table is about."""
    return re.search(r"nvcc (\d+\.\d+)", path.read_text(encoding="utf-8")).group(1)


def write(path: Path, release: str, keys: list[str], numbers: dict[tuple[str, ...], dict[str, float]]) -> None:
    """The opposite of read()."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f"# Machine code of nvcc {release}; see README.md.\n")
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow([*keys, *next(iter(numbers.values()))])
        for key in sorted(numbers):
            rows.writerow([*key, *(f"{value:g}" for value in numbers[key].values())])


def worse(found: dict, budgets: dict) -> list[str]:
    """One line for each number that is worse than its budget, and for each row that only one side has."""
    lines = [f"{' '.join(key)}: has no budgets" for key in sorted(found.keys() - budgets.keys())]
    lines += [f"{' '.join(key)}: is not in the code" for key in sorted(budgets.keys() - found.keys())]
    for key in sorted(found.keys() & budgets.keys()):
        for name, budget in budgets[key].items():
            number = found[key][name]
            if number < budget if name in smallest_is_worst else number > budget:
                bound = "at least" if name in smallest_is_worst else "at most"
                lines.append(f"{' '.join(key)}: {name} {number:g}, {bound} {budget:g}")
    return lines


def main() -> int:
    """Compares, or with --update writes the tables anew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", required=True, help="of the compiler that made the objects, as 13.0")
    parser.add_argument("--budgets", type=Path, default=here, help="folder of kernels.csv and loops.csv")
    parser.add_argument("--update", action="store_true", help="write the tables anew instead of comparing")
    parser.add_argument("objects", nargs="+", help="object files with kernels, or cubins")
    options = parser.parse_args()
    cuobjdump, nvdisasm = find_tool("cuobjdump"), find_tool("nvdisasm")
    if cuobjdump is None or nvdisasm is None:
        print("check.py: Skipped\nno cuobjdump and nvdisasm; tools/setup --cuda-tools installs them")
        return skipped
    tables = {"kernels.csv": ["architecture", "kernel"], "loops.csv": ["architecture", "kernel", "loop"]}
    if not options.update:
        of = release_of(options.budgets / "kernels.csv")
        if of != options.release:
            print(f"check.py: Skipped\nthe budgets are for the code of nvcc {of}, this is that of {options.release}")
            return skipped
    code = Code(cuobjdump, nvdisasm, options.objects)
    if not code.lines_known:
        print("The objects have no lines (nvcc -lineinfo): loops cannot be found.")
        return 1
    found = {"kernels.csv": code.kernels, "loops.csv": code.loops}
    if options.update:
        for name, keys in tables.items():
            write(options.budgets / name, options.release, keys, found[name])
        return 0
    architectures = {key[0] for key in code.kernels}
    lines: list[str] = []
    for name, keys in tables.items():
        budgets = {key: row for key, row in read(options.budgets / name, len(keys)).items() if key[0] in architectures}
        lines += worse(found[name], budgets)
    print(*lines, sep="\n")
    print(f"{len(code.kernels)} kernels, {len(code.loops)} hot loops, {len(lines)} worse than their budgets")
    return 1 if lines or not code.loops else 0


if __name__ == "__main__":
    sys.exit(main())
