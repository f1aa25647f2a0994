"""Numbers of kernels and of their hot loops, from their machine code."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from sass import Instruction, Kernel, Loop, Place

# What a multiprocessor has: registers and warps are the same on both, shared memory is not (bytes).
shared_memory = {"sm_80": 164 * 1024, "sm_90": 228 * 1024}
reserved_by_block = 1024
registers, warps, most_blocks = 65536, 64, 32

waits_long = {"LD", "LDG"}  # loads that may go to device memory; LD: generic, the compiler does not know which memory
all_loads = {"LD", "LDG", "LDS"}
all_stores = {"ST", "STG", "STS"}


def blocks_of_a_multiprocessor(architecture: str, threads: int, registers_each: int, shared: int) -> int:
    """How many blocks a multiprocessor holds at once. shared: static and dynamic bytes of a block."""
    own_warps = (threads + 31) // 32
    by_registers = registers // (-(-registers_each * 32 // 256) * 256) // own_warps
    by_shared = shared_memory[architecture] // (-(-(shared + reserved_by_block) // 128) * 128)
    return min(by_registers, warps // own_warps, most_blocks, by_shared)


def local_bytes(kernel: Kernel) -> int:
    """Bytes that its code stores in local memory, each store counted once: spilled registers, and arrays not in registers."""
    return sum(instruction.bytes for instruction in kernel.body if instruction.kind == "STL")


def contractions(kernel: Kernel) -> int:
    """Fused multiply-adds outside divisions, square roots and the like, which begin with a MUFU at the same place."""
    groups: dict[tuple[Place, ...], list[Instruction]] = defaultdict(list)
    for instruction in kernel.body:
        groups[instruction.places].append(instruction)
    fused = {"FFMA", "DFMA"}
    return sum(
        sum(i.kind in fused for i in group)
        for group in groups.values()
        if not any(i.kind == "MUFU" for i in group)
    )


def barriers(instructions: list[Instruction]) -> int:
    """Barriers of the block."""
    return sum(i.kind == "BAR" and ".SYNC" in i.name for i in instructions)


def loads_in_flight(body: list[Instruction], marked: set[int]) -> int:
    """The most marked loads (by address) that are under way at once. A load ends where its result is mentioned first."""
    under_way: list[set[int]] = []
    most = 0
    for instruction in body:
        under_way = [written for written in under_way if not written & instruction.mentioned]
        if instruction.address in marked:
            under_way.append(instruction.written)
            most = max(most, len(under_way))
    return most


def markers(folder: Path) -> dict[str, list[tuple[str, range]]]:
    """Lines of the statements behind the comments `// hot loop: NAME`, by name; those that follow and are indented more belong to them."""
    found: dict[str, list[tuple[str, range]]] = defaultdict(list)
    for path in sorted(folder.rglob("*")):
        if path.suffix not in {".hpp", ".cuh", ".cu"}:
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, start=1):
            mark = re.match(r"(\s*)// hot loop: ([a-z-]+)", line)
            if mark:
                end = number + 1
                while end < len(lines) and lines[end].startswith(mark.group(1) + " "):
                    end += 1
                file = str(path.relative_to(folder.parent))
                found[mark.group(2)].append((file, range(number + 1, end + 1)))
    return dict(found)


def _position(instruction: Instruction, marked_lines: list[tuple[str, range]]) -> int | None:
    """The outermost of its places that is a marked line, if any."""
    through = (
        position
        for position, (file, line) in enumerate(instruction.places)
        if any(file == f and line in lines for f, lines in marked_lines)
    )
    return max(through, default=None)


def _numbers(loop: Loop, marked: set[int]) -> dict[str, float]:
    body = loop.body
    n = {kind: sum(i.kind == kind for i in body) for kind in all_loads | all_stores}
    elements = len(marked)
    return {
        "in_flight": loads_in_flight(body, marked),
        "loads": round(sum(n[kind] for kind in all_loads) / elements, 2),
        "instructions": round(len(body) / elements, 2),
        "generic": round((n["LD"] + n["ST"]) / elements, 2),
        "shared": round((n["LDS"] + n["STS"]) / elements, 2),
        "global": round((n["LDG"] + n["STG"]) / elements, 2),
        "barriers": barriers(body),
    }


def hot_loops(kernel: Kernel, marked_lines: list[tuple[str, range]]) -> dict[str, float] | None:
    """Numbers of a marked loop: an element is a load of the marked statement, which may come from far.

    The loop is the innermost one around such loads. Where the statement is compiled several times (for other rules,
    from other callers), each of these has the loop with most loads, and the worst numbers count: the least in flight,
    the most of the others. None: the kernel has no such loop.
    """
    best: dict[tuple[Place, ...], tuple[Loop, set[int]]] = {}
    for loop in kernel.innermost_loops():
        callers, marked = set(), set()
        for instruction in loop.body:
            position = _position(instruction, marked_lines)
            if position is not None and instruction.kind in waits_long:
                callers.add(instruction.places[position + 2 :])  # one statement may call the marked one twice
                marked.add(instruction.address)
        for caller in callers:
            if caller not in best or len(marked) > len(best[caller][1]):
                best[caller] = (loop, marked)
    if not best:
        return None
    numbers = [_numbers(loop, marked) for loop, marked in best.values()]
    return {name: (min if name == "in_flight" else max)(each[name] for each in numbers) for name in numbers[0]}
