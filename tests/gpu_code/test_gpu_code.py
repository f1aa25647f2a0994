#!/usr/bin/env python3
"""The reader of machine code, on excerpts small enough to count by hand; and the comparison with budgets."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

import check
import measures
import sass

excerpts = Path(__file__).resolve().parent / "excerpts"
row = [("kernels/model/update.hpp", range(4, 5))]  # the line that loads a row's entry
field = [("kernels/model/update.hpp", range(5, 6))]


def kernels(name: str) -> list[sass.Kernel]:
    return sass.parse((excerpts / f"{name}.sass").read_text(encoding="utf-8"))


class Reader(unittest.TestCase):
    def test_places_are_chains_from_the_innermost_on(self) -> None:
        (kernel,) = kernels("in_series")
        self.assertEqual(kernel.name, "_Z13update_kernelPi")
        load = kernel.body[1]
        chain = (("kernels/model/update.hpp", 4), ("kernels/common/team.cuh", 9), ("kernels/model/kernel.cu", 7))
        self.assertEqual((load.name, load.operands, load.places), ("LD.E.U16", "R4, desc[UR4][R2.64]", chain))

    def test_only_innermost_loops_count_and_the_end_of_the_code_is_none(self) -> None:
        (series,), (once,) = kernels("in_series"), kernels("at_once")
        self.assertEqual([loop.span() for loop in series.innermost_loops()], [(0x10, 0xA0)])
        self.assertEqual([loop.span() for loop in once.loops()], [(0x10, 0xB0), (0x0, 0xD0)])
        self.assertEqual([loop.span() for loop in once.innermost_loops()], [(0x10, 0xB0)])

    def test_registers_of_a_load(self) -> None:
        (kernel,) = kernels("at_once")
        by_address = {instruction.address: instruction for instruction in kernel.body}
        self.assertEqual(by_address[0x10].written, {4})
        self.assertEqual(by_address[0x30].written, {6, 7})
        self.assertEqual(by_address[0x30].predicate, "!P2")

    def test_subroutines_and_the_next_kernel_are_not_the_kernels_own(self) -> None:
        self.assertEqual([(k.name, len(k.body)) for k in kernels("arithmetic")], [("_Z11cost_kernelPd", 9), ("_Z12other_kernelPd", 1)])


class Numbers(unittest.TestCase):
    def test_loads_that_wait_for_the_store_before_them(self) -> None:
        (kernel,) = kernels("in_series")
        numbers = measures.hot_loops(kernel, row)
        expected = {"in_flight": 1, "loads": 2, "instructions": 5, "generic": 3, "shared": 0, "global": 0, "barriers": 0}
        self.assertEqual(numbers, expected)

    def test_loads_that_are_under_way_together(self) -> None:
        (kernel,) = kernels("at_once")
        numbers = measures.hot_loops(kernel, row)
        self.assertEqual((numbers["in_flight"], numbers["generic"]), (3, 0))
        self.assertEqual((numbers["global"], numbers["shared"]), (1, 1.33))
        self.assertIsNone(measures.hot_loops(kernel, field), "loads of shared memory are no far loads")

    def test_contractions_and_local_memory(self) -> None:
        kernel = kernels("arithmetic")[0]
        self.assertEqual(measures.contractions(kernel), 1)
        self.assertEqual(measures.local_bytes(kernel), 12)

    def test_blocks(self) -> None:
        def blocks(**own: int) -> int:
            return measures.blocks_of_a_multiprocessor("sm_90", own["threads"], own["registers"], own["shared"])

        self.assertEqual(blocks(threads=128, registers=72, shared=2368), 7)  # by registers
        self.assertEqual(blocks(threads=128, registers=32, shared=0), 16)  # by warps
        self.assertEqual(blocks(threads=32, registers=32, shared=0), 32)  # by blocks
        self.assertEqual(blocks(threads=128, registers=72, shared=2368 + 84672), 2)  # by shared memory

    def test_markers_hold_the_statement_behind_them(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "kernels" / "one.hpp"
            file.parent.mkdir()
            file.write_text("a;\n  // hot loop: one-two\n  f([=] {\n    b;\n  });\n  c;\n", encoding="utf-8")
            self.assertEqual(measures.markers(file.parent), {"one-two": [("kernels/one.hpp", range(3, 5))]})


class Budgets(unittest.TestCase):
    def test_what_is_worse_is_named(self) -> None:
        found = {("sm_90", "k", "loop"): {"in_flight": 4, "loads": 2}, ("sm_90", "new"): {"loads": 1}}
        budgets = {("sm_90", "k", "loop"): {"in_flight": 8, "loads": 2}, ("sm_90", "old"): {"loads": 1}}
        lines = ["sm_90 new: has no budgets", "sm_90 old: is not in the code", "sm_90 k loop: in_flight 4, at least 8"]
        self.assertEqual(check.worse(found, budgets), lines)
        self.assertEqual(check.worse(budgets, budgets), [])
        self.assertEqual(check.worse({("k",): {"local": 8}}, {("k",): {"local": 0}}), ["k: local 8, at most 0"])

    def test_tables_are_read_as_they_were_written(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            numbers = {("sm_90", "f<a, b>"): {"registers": 72.0, "loads": 1.5}}
            check.write(Path(folder) / "t.csv", "13.0", ["architecture", "kernel"], numbers)
            self.assertEqual(check.read(Path(folder) / "t.csv", 2), numbers)
            self.assertEqual(check.release_of(Path(folder) / "t.csv"), "13.0")

    def test_names(self) -> None:
        name = "_ZN8syncache17perceptron_kernelINS_8baseline8CudaTeamENS1_14FieldsInMemoryEiLi0EEEvNS_6LaunchIT1_EE"
        self.assertEqual(check.short_name(name), "perceptron_kernel<CudaTeam, FieldsInMemory, int, 0>")


if __name__ == "__main__":
    unittest.main()
