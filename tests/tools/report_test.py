#!/usr/bin/env python3
"""The sum of test reports: what failed is named, what never ended has failed, and nothing at all is no success."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

REPORT = pathlib.Path(__file__).with_name("report.py")


def told(files, *arguments):
    """Runs report.py over a folder with these files; yields its exit status and what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (pathlib.Path(folder) / name).parent.mkdir(exist_ok=True)
            (pathlib.Path(folder) / name).write_text(text)
        run = subprocess.run([sys.executable, REPORT, folder, *arguments], capture_output=True, text=True, check=False)
        return run.returncode, run.stdout


def suite(name, cases, status="0", log="printed\n"):
    return {f"{name}.xml": f"<testsuites>{cases}</testsuites>", f"{name}.log": log, f"{name}.status": status}


class Report(unittest.TestCase):
    def test_sums_suites(self):
        status, text = told(suite("a", '<testcase name="x" time="2"/>') | suite("b", '<testcase name="y"/><testcase name="z"><skipped/></testcase>'))
        self.assertEqual(status, 0)
        self.assertEqual(text.splitlines()[-1], "2 passed, 0 failed")
        self.assertIn("2.0 s  a: x", text)

    def test_a_failure_is_named_with_its_reason(self):
        status, text = told(suite("a", '<testcase name="x"><failure message="off by one">at line 7</failure></testcase>', "1"))
        self.assertEqual(status, 1)
        self.assertIn("Failed in a: x", text)
        self.assertIn("off by one", text)
        self.assertEqual(text.splitlines()[-1], "0 passed, 1 failed")

    def test_a_suite_that_ended_badly_has_failed(self):
        _, text = told(suite("a", '<testcase name="x"/>', "139", "Segmentation fault\n"))
        self.assertIn("exit status 139", text)
        self.assertIn("Segmentation fault", text)
        self.assertEqual(text.splitlines()[-1], "1 passed, 1 failed")

    def test_a_suite_without_a_report_has_failed(self):
        _, text = told({"a.log": "killed\n"})
        self.assertIn("never ended", text)
        self.assertEqual(text.splitlines()[-1], "0 passed, 1 failed")

    def test_what_no_xml_may_hold_is_left_out(self):
        _, text = told(suite("a", '<testcase name="x"/><testcase name="y"><failure message="\x1b[2moff\x1b[22m">by one</failure></testcase>', "1"))
        self.assertEqual(text.splitlines()[-1], "1 passed, 1 failed")
        self.assertIn("Failed in a: y", text)

    def test_nothing_is_no_success(self):
        self.assertEqual(told({})[0], 1)

    def test_the_cases_of_a_test_count_in_its_place(self):
        cases = {"a.cases/m.One S.xml": '<testsuites><testsuite><testcase name="x" time="3"/><testcase name="y"><skipped/></testcase>'
                 '<testcase name="z"><failure message="off by one">at line 7</failure></testcase></testsuite></testsuites>'}
        _, text = told(suite("a", '<testcase name="m.One/S"><failure/></testcase><testcase name="m.Two"/>', "8") | cases)
        self.assertEqual(text.splitlines()[-1], "2 passed, 1 failed")
        self.assertIn("Failed in a: m.One/S.z", text)
        self.assertIn("3.0 s  a: m.One/S.x", text)

    def test_a_test_that_died_between_its_cases_has_failed(self):
        cases = {"a.cases/m.S.xml": '<testsuites><testcase name="x"/></testsuites>'}
        _, text = told(suite("a", '<testcase name="m.S"><failure message="leaks"/></testcase>', "8") | cases)
        self.assertEqual(text.splitlines()[-1], "1 passed, 1 failed")

    def test_tells_one_part(self):
        self.assertEqual(told(suite("a", '<testcase name="x"/>'), "--part", "a"), (0, "a: 1 passed, 0 failed\n"))


if __name__ == "__main__":
    unittest.main()
