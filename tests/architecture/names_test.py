#!/usr/bin/env python3
"""names.py sees clashes of each kind, and takes overloads for none."""
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

from names import clashes


def told(**files):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "src/module/folder").mkdir(parents=True)
        (root / "src/module/other").mkdir()
        (root / "src/module/CMakeLists.txt").write_text("troupe_module(module ALONE folder/alone.cc)\n")
        for name, text in files.items():
            folder, inner = ("other", "::other" if name == "far" else "") if name in ("beside", "far") else ("folder", "")
            (root / f"src/module/{folder}/{name}.cc").write_text(f"namespace troupe::module{inner} {{\nnamespace {{\n{text}\n}}  // namespace\n}}  // namespace troupe::module\n")
        return list(clashes(root))


class Names(unittest.TestCase):
    def test_sees_clashes(self):
        for text in ("constexpr int kMost = 1;", "Result<int> most(const Row& row) {", "struct Most {", "std::atomic<bool> most{false};", "#define MOST 1"):
            self.assertEqual(len(told(one=text, two=text)), 1, text)

    def test_sees_clashes_of_tests(self):
        text = "constexpr int kMost = 1;"
        self.assertEqual(len(told(one_test=text, two_test=text)), 1)
        self.assertEqual(told(one=text, one_test=text), [])

    def test_sees_clashes_of_folders_in_one_namespace(self):
        text = "constexpr int kMost = 1;"
        self.assertEqual(len(told(one=text, beside=text)), 1)
        self.assertEqual(told(one=text, far=text), [])

    def test_sees_clashes_with_headers(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "src/module").mkdir(parents=True)
            begin, end = "namespace troupe::module {\n", "\n}  // namespace troupe::module\n"
            (root / "src/module/one.h").write_text(begin + "inline constexpr int kMost = 1;" + end)
            own = "namespace {\n%s\n}  // namespace"
            (root / "src/module/two.cc").write_text(begin + own % "constexpr int kMost = 2;\nconstexpr int kLeast = 2;" + end)
            self.assertEqual(list(clashes(root)), ["kMost is a name of src/module/one.h and of src/module/two.cc"])
            (root / "src/module/two.cc").write_text(begin + own % "constexpr int kLeast = 2;" + end)
            self.assertEqual(list(clashes(root)), [])

    def test_sees_nothing_where_there_is_nothing(self):
        self.assertEqual(told(one="int most(const Row& row) {", two="int most(std::string_view text) {"), [])
        self.assertEqual(told(one="using Clock = int;", two="using Clock = int;"), [])
        self.assertEqual(told(one="constexpr int kMost = 1;", alone="constexpr int kMost = 1;", one_test="constexpr int kMost = 1;"), [])


if __name__ == "__main__":
    unittest.main()
