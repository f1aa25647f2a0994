"""What tools/differential calls equal."""

import math
import unittest

import differential
import numpy as np
from account import Decisions, Prices


class Comparison(unittest.TestCase):
    def differs(self, found, expected, scale=0.0):
        with self.assertRaises(differential.Difference):
            differential.compare("here", "value", found, expected, scale)

    def test_energies_are_equal_to_nine_digits(self):
        differential.compare("here", "value", 1.0, 1.0 + 1e-10, 0.0)
        differential.compare("here", "value", 0.0, 1e-14, 1.0)    # what is left of a sum of 1
        self.differs(1.0, 1.0 + 1e-8)
        self.differs(0.0, 1e-10, 1.0)

    def test_counts_are_equal_exactly(self):
        differential.compare("here", "value", 3.0, 3, 0.0)
        self.differs(3.0 + 1e-15 * 4, 3)
        self.differs(3.0, np.int64(4))

    def test_what_is_no_number_or_not_there_differs(self):
        self.differs(math.nan, 1.0)
        self.differs(1.0, math.nan)
        self.differs(math.nan, math.nan)
        self.differs(None, 1.0)
        self.differs(1.0, None)
        differential.compare("here", "value", None, None, 0.0)
        differential.compare("here", "value", math.inf, math.inf, 0.0)

    def test_rows_that_lack_differ(self):
        with self.assertRaises(differential.Difference):
            differential.compare_rows("table", [{"a": "1"}], [], 0.0)

    def test_only_what_rounding_decides_is_left_out(self):
        decisions = Decisions(exact=False)
        decisions.note(1.0, 1.0 + 1e-6, 1.0)
        self.assertFalse(decisions.unsafe)
        decisions.note(np.array([3.0, 1.0]), 1.0 + 1e-12, 1.0)
        self.assertTrue(decisions.unsafe)
        whole = Decisions(exact=True)
        whole.note(1.0, 1.0, 1.0)
        self.assertFalse(whole.unsafe)

    def test_prices(self):
        change = np.array([0.0, 2.0, -3.0])
        self.assertEqual(Prices(1.0, False).cost(change), 5.0)
        self.assertEqual(Prices(2.0, True).cost(change), 4.0)
        self.assertEqual(Prices(0.0, False).cost(change), 2.0)


if __name__ == "__main__":
    unittest.main()
