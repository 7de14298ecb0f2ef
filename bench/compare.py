#!/usr/bin/env python3
"""Two programs' tables of bench_server and bench_fleet, side by side: medians over the rounds, and the difference.

Usage: compare.py NEW OLD   folders of files that hold what the benches printed, one file a round.
"Worse" is said of a number that lost more than 3 % and more than either program's own rounds differ from each other.
"""
import re
import sys
from pathlib import Path
from statistics import median

LOSS = 0.03
NAME_WIDTH = 44  # bench/server.cc, bench/fleet.cc: row()
MORE_IS_BETTER = re.compile(r"^/s\b")
NUMBER = re.compile(r"^(?P<label>p\d+ |[^\d]*?)(?P<number>\d+(?:\.\d+)?) ?(?P<unit>.*)$")


def read_table(text):
    """{(measure, label and unit): number} of every number in a table of the benches."""
    found = {}
    for line in text.splitlines():
        name, values = line[:NAME_WIDTH].strip(), line[NAME_WIDTH:].strip()
        if not name or not values or name == "measure":
            continue
        # "1,000" is a word of a unit; the numbers themselves have no commas.
        for field in re.split(r", | at |: ", values):
            match = NUMBER.match(field)
            if match:
                found[name, (match["label"] + match["unit"]).strip()] = float(match["number"])
    return found


def spread(numbers):
    """How far a program's rounds are from each other, as a part of their median."""
    middle = median(numbers)
    return (max(numbers) - min(numbers)) / middle if middle else 0.0


def compare(new_rounds, old_rounds):
    """Rows of (measure, unit, new, old, gain, noise, worse); a gain is positive when the new program is better."""
    rows = []
    for key in new_rounds[0]:
        new = [table[key] for table in new_rounds if key in table]
        old = [table[key] for table in old_rounds if key in table]
        if not old:
            continue
        now, before = median(new), median(old)
        gain = (now - before) / before if before else 0.0
        if not MORE_IS_BETTER.match(key[1]):
            gain = -gain
        noise = max(spread(new), spread(old))
        rows.append((*key, now, before, gain, noise, gain < -LOSS and -gain > noise))
    return rows


def main(new_folder, old_folder):
    rounds = [[read_table(file.read_text()) for file in sorted(Path(folder).iterdir())] for folder in (new_folder, old_folder)]
    print(f"{'measure':{NAME_WIDTH}} {'':18} {'new':>12} {'old':>12} {'gain':>8} {'noise':>7}")
    worse = 0
    for name, unit, now, before, gain, noise, lost in compare(*rounds):
        worse += lost
        print(f"{name:{NAME_WIDTH}} {unit:18} {now:12g} {before:12g} {gain:+8.1%} {noise:7.1%}{'  worse' if lost else ''}")
    print(f"\n{len(rounds[0])} rounds each; {worse} numbers are worse by more than {LOSS:.0%} and more than the noise.")


if __name__ == "__main__":
    main(*sys.argv[1:])
