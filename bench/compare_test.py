"""What compare.py makes of the benches' tables."""
import sys
import unittest

sys.dont_write_bytecode = True

from compare import compare, read_table

TABLE = """Machine: 2 cores

measure                                      result
sends, 64 senders, one room                  20816 /s, p50 2.10 ms, p99 7.95 ms, 0.058 CPU s per 1,000
filling, 64 senders, 1,000 rooms             1000 events at 13550 /s, 0.070 CPU s per 1,000, 799 bytes of disk each
initial sync, 20 rooms of 20 members         p50 1.02 ms, worst 2.79 ms, 38000 bytes
"""


def of(rate):
    return read_table(f"{'sends':44} {rate} /s, p50 {1000 / rate} ms\n")


class CompareTest(unittest.TestCase):
    def test_reads_every_number_with_its_unit(self):
        table = read_table(TABLE)
        self.assertEqual(table["sends, 64 senders, one room", "/s"], 20816)
        self.assertEqual(table["sends, 64 senders, one room", "p99 ms"], 7.95)
        self.assertEqual(table["sends, 64 senders, one room", "CPU s per 1,000"], 0.058)
        self.assertEqual(table["filling, 64 senders, 1,000 rooms", "/s"], 13550)
        self.assertEqual(table["filling, 64 senders, 1,000 rooms", "bytes of disk each"], 799)
        self.assertEqual(table["initial sync, 20 rooms of 20 members", "worst ms"], 2.79)

    def test_a_loss_beyond_the_noise_is_worse(self):
        rows = compare([of(900), of(905), of(895)], [of(1000), of(1005), of(995)])
        self.assertEqual([row[1] for row in rows], ["/s", "p50 ms"])
        self.assertTrue(all(row[-1] for row in rows), rows)
        self.assertAlmostEqual(rows[0][4], -0.1)

    def test_a_loss_within_the_noise_a_small_one_and_a_gain_are_not(self):
        for new, old in (([800, 1000, 900], [1000, 1100, 950]), ([980, 980, 980], [1000] * 3), ([1200] * 3, [1000] * 3)):
            rows = compare([of(n) for n in new], [of(n) for n in old])
            self.assertFalse(any(row[-1] for row in rows), rows)


if __name__ == "__main__":
    unittest.main()
