#!/usr/bin/env python3
"""Sums the test reports of one run: report.py FOLDER [--part NAME] [--seconds NAME=N...]

FOLDER holds for each suite NAME.xml (JUnit, by ctest, vitest or node), NAME.log (what it printed) and NAME.status (its
exit status). Where NAME.cases/TEST.xml (JUnit, by gtest) tells of the cases of one of its tests, they count in its place. With --part it prints that suite's line; otherwise what failed and why, the ten slowest tests, the seconds of
each phase, and last "N passed, N failed". A suite that ended badly without a failing test in its report has failed once.
Exit status: 1 when anything failed or nothing ran."""
import argparse
import dataclasses
import pathlib
import re
import sys
import xml.etree.ElementTree as xml

REASON_LINES = 25
SLOWEST = 10
NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclasses.dataclass
class Suite:
    name: str
    passed: int = 0
    skipped: int = 0
    failures: list = dataclasses.field(default_factory=list)  # (test, reason)
    times: list = dataclasses.field(default_factory=list)  # (seconds, test)


def text_of(case):
    """Why a test failed: what the runner wrote beside it, or else what the test printed."""
    parts = [node for tag in ("failure", "error") for node in case.iter(tag)]
    said = "\n".join(f"{node.get('message') or ''}\n{node.text or ''}" for node in parts).strip()
    printed = "\n".join(node.text or "" for node in case.iter("system-out")).strip()
    return said if len(said.splitlines()) > 1 or not printed else printed


def around_failure(text):
    """The lines that tell: from the first assertion on, where one is recognised."""
    lines = text.splitlines()
    first = next((n for n, line in enumerate(lines) if ": Failure" in line or "Sanitizer" in line or "runtime error" in line), 0)
    return lines[first:first + REASON_LINES]


def cases_of(file):
    """The cases of a JUnit report. Runners write into it what a test printed, colours of terminals too, which no XML may hold."""
    return list(xml.fromstring(NO_XML.sub("", file.read_text(errors="replace"))).iter("testcase"))


def has_failed(case):
    return case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail"


def with_cases(folder, tests):
    """(name, test) of each test, or of its cases in its place. One that failed although none of its cases did (it died on the
    way, or a sanitizer spoke at its end) counts besides."""
    for test in tests:
        name = test.get("name")
        try:
            cases = cases_of(folder / f"{name.replace('/', ' ')}.xml")
        except (OSError, xml.ParseError):
            cases = []
        for case in cases:
            yield f"{name}.{case.get('name')}", case
        if not cases or (has_failed(test) and not any(has_failed(case) for case in cases)):
            yield name, test


def read(folder, name):
    suite = Suite(name)
    log = folder / f"{name}.log"
    tail = log.read_text(errors="replace").splitlines()[-REASON_LINES:] if log.exists() else []
    status = (folder / f"{name}.status").read_text().strip() if (folder / f"{name}.status").exists() else "never ended"
    try:
        cases = cases_of(folder / f"{name}.xml")
    except (OSError, xml.ParseError) as error:
        cases, status = [], f"{status}; no report: {error}"
    for test, case in with_cases(folder / f"{name}.cases", cases):
        suite.times.append((float(case.get("time") or 0), test))
        if has_failed(case):
            suite.failures.append((test, around_failure(text_of(case)) or tail))
        elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
            suite.skipped += 1
        else:
            suite.passed += 1
    if status != "0" and not suite.failures:
        suite.failures.append((f"(the suite itself, exit status {status})", tail))
    return suite


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--part")
    arguments.add_argument("--seconds", nargs="*", default=[])
    options = arguments.parse_args()
    names = [options.part] if options.part else sorted(path.stem for path in options.folder.glob("*.log"))
    suites = [read(options.folder, name) for name in names]
    passed, failed = sum(s.passed for s in suites), sum(len(s.failures) for s in suites)
    if options.part:
        skipped = f", {suites[0].skipped} skipped" if suites[0].skipped else ""
        print(f"{options.part}: {passed} passed, {failed} failed{skipped}")
        return 1 if failed else 0
    for suite in suites:
        for test, reason in suite.failures:
            print(f"Failed in {suite.name}: {test}")
            print("".join(f"    {line}\n" for line in reason), end="")
    print("The slowest tests:")
    for seconds, suite, test in sorted(((t[0], s.name, t[1]) for s in suites for t in s.times), reverse=True)[:SLOWEST]:
        print(f"{seconds:8.1f} s  {suite}: {test}")
    print("Seconds by phase:")
    for phase in options.seconds:
        name, _, seconds = phase.rpartition("=")
        print(f"{int(seconds):6d} s  {name}")
    if passed + failed == 0:
        print("error: no test ran", file=sys.stderr)
        failed = 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
