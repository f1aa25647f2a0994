"""Reads machine code as nvdisasm prints it (`nvdisasm -c -gi`): instructions, where they come from, and loops."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# A place in the sources: (file below the repository, line).
Place = tuple[str, int]

_instruction = re.compile(r"\s*/\*([0-9a-f]{4,})\*/\s+(?:@(!?U?P[\dT]+)\s+)?([A-Z]\w*(?:\.\w+)*)\s*([^;]*);(.*)")
_place = re.compile(r'\s*//## File "([^"]+)", line (\d+)')
_label = re.compile(r"(\.L_x_\d+|\$\S+|_Z\S+|\w+_kernel\S*):\s*$")
_section = re.compile(r"\s*\.section\s+\.text\.(\S+?),")
_register = re.compile(r"\bR(\d+)\b")
_width = re.compile(r"\.(64|128)\b")
_bytes = {"U8": 1, "S8": 1, "U16": 2, "S16": 2, "64": 8, "128": 16}


@dataclass
class Instruction:
    """One instruction: its name with all suffixes, its operands, and the places that it comes from, innermost first."""

    address: int
    name: str
    operands: str
    places: tuple[Place, ...]
    predicate: str | None = None

    @property
    def kind(self) -> str:
        """The name without suffixes: LDG of LDG.E.64.CONSTANT."""
        return self.name.split(".")[0]

    @property
    def bytes(self) -> int:
        """Bytes that a load or a store moves for each thread."""
        return next((_bytes[part] for part in self.name.split(".")[1:] if part in _bytes), 4)

    @property
    def written(self) -> set[int]:
        """Registers that a load writes."""
        first = _register.match(self.operands)
        if first is None:
            return set()
        begin = int(first.group(1))
        return set(range(begin, begin + max(1, self.bytes // 4)))

    @property
    def mentioned(self) -> set[int]:
        """Registers that stand in its operands; of a pair the first."""
        return {int(number) for number in _register.findall(self.operands)}


@dataclass
class Loop:
    """Instructions from the target of a backward branch to the branch."""

    body: list[Instruction]

    def span(self) -> tuple[int, int]:
        """Addresses of the first and the last instruction."""
        return self.body[0].address, self.body[-1].address


@dataclass
class Kernel:
    """A kernel's own code, without the subroutines behind it (divisions, pow)."""

    name: str
    body: list[Instruction] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)  # place in `body` of the instruction behind the label

    def loops(self) -> list[Loop]:
        """All loops, one for each backward branch but the branch to itself at the end of the code."""
        found = []
        for at, instruction in enumerate(self.body):
            target = re.search(r"`\((\S+)\)", instruction.operands) if instruction.kind == "BRA" else None
            begin = self.labels.get(target.group(1)) if target else None
            if begin is not None and begin < at:
                found.append(Loop(self.body[begin : at + 1]))
        return found

    def innermost_loops(self) -> list[Loop]:
        """Loops that hold no other one."""
        loops = self.loops()
        spans = [loop.span() for loop in loops]

        def holds(outer: tuple[int, int], inner: tuple[int, int]) -> bool:
            return outer != inner and outer[0] <= inner[0] and inner[1] <= outer[1]

        return [loop for loop in loops if not any(holds(loop.span(), other) for other in spans)]


def parse(text: str, below: str = "/kernels/") -> list[Kernel]:
    """The kernels of a disassembly. Places are given from the last folder named `below` on."""
    kernels: list[Kernel] = []
    places: list[Place] = []
    in_chain = own = False
    for line in text.splitlines():
        if found := _place.match(line):
            path, number = found.group(1), int(found.group(2))
            cut = path.rfind(below)
            entry = (path[cut + 1 :] if cut >= 0 else path.rsplit("/", 1)[-1], number)
            places = [*places, entry] if in_chain else [entry]
            in_chain = True
            continue
        in_chain = False
        if found := _section.match(line):
            kernels.append(Kernel(found.group(1)))
            own, places = True, []
        elif found := _label.match(line):
            label = found.group(1)
            if label.startswith("$"):
                own = False  # subroutines come last
            elif kernels and own:
                kernels[-1].labels[label] = len(kernels[-1].body)
        elif kernels and own and (found := _instruction.match(line)):
            address, predicate, name, operands, _ = found.groups()
            operands = operands.split("(*")[0].strip()  # without the compiler's notes
            kernels[-1].body.append(Instruction(int(address, 16), name, operands, tuple(places), predicate))
    return kernels
