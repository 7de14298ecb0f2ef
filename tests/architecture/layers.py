#!/usr/bin/env python3
"""Checks that arrows point downward only, as the blocks in docs/architecture.md say: between modules (```layers), and
between the folders inside a module that has a block of its own (```layers MODULE). A block may have no circle, no row
without sources, and no permission that nothing uses. Checks too that SQL drivers, Beast and the like are included only
where they belong. Run as a program it asks the other rules of this folder as well."""
import pathlib
import re
import sys

sys.dont_write_bytecode = True
import citations  # noqa: E402
import habits  # noqa: E402
import namespaces  # noqa: E402
import locks  # noqa: E402
import operations  # noqa: E402
import sizes  # noqa: E402
import waiting  # noqa: E402
from tree import is_of_tests  # noqa: E402

RULES = (citations, habits, locks, namespaces, operations, sizes)

# header prefix → the only modules that may name it
OUTSIDE = {
    "sqlite3.h": {"store"}, "hiredis": {"bus"}, "libpq-fe.h": {"store"}, "boost/beast": {"net"}, "boost/asio/ssl": {"net"},
    "CLI/": {"app"}, "toml++": {"app"}, "spdlog": {"base"}, "vips/": {"homeserver"},
    "curl/": {"net"},
    "yaml.h": {"base"}, "re2/": {"homeserver", "assistant"}, "seccomp.h": {"runtime"},
}
EVERYTHING = ["*"]
KIT = "kit"  # tests/kit, for tests alone
HERE = "."  # the row of the files that lie in the module's own folder


def read_blocks(text):
    """Block name ("" for the modules') → row → what the row may include."""
    blocks = {}
    for name, body in re.findall(r"^```layers *([a-z_]*)\n(.*?)^```", text, re.S | re.M):
        rows = blocks.setdefault(name, {})
        for line in body.splitlines():
            row, _, allowed = line.partition(":")
            rows[row.strip()] = allowed.split()
    return blocks


def find_circle(rows):
    """The first way from a row back to itself, or None."""
    def walk(row, way):
        if row in way:
            return way[way.index(row):] + [row]
        for target in rows.get(row, []):
            if circle := walk(target, way + [row]):
                return circle
        return None

    return next((circle for row in rows if (circle := walk(row, []))), None)


def folder_of(path):
    """The row inside a module for a path that begins with the module."""
    return path.parts[1] if len(path.parts) > 2 else HERE


class Check:
    def __init__(self, root):
        self.root = root
        self.blocks = read_blocks((root / "docs/architecture.md").read_text())
        self.modules = self.blocks.get("", {})
        self.problems = []
        self.includes = 0
        self.seen = {name: set() for name in self.blocks}  # rows that have sources
        self.used = {name: set() for name in self.blocks}  # (row, what it includes)

    def run(self):
        for path in sorted((self.root / "src").rglob("*")):
            if path.suffix in (".h", ".cc"):
                self.check_file(path)
        for name, rows in self.blocks.items():
            self.check_block(name, rows)
        return self.problems

    def check_file(self, path):
        inside = path.relative_to(self.root / "src")
        module = inside.parts[0]
        if module not in self.modules:
            self.problems.append(f"{inside}: module {module} is not in docs/architecture.md")
            return
        self.seen[""].add(module)
        rows = self.blocks.get(module)
        if rows is not None:
            self.seen[module].add(folder_of(inside))
            if folder_of(inside) not in rows:
                self.problems.append(f"{inside}: folder {folder_of(inside)} is not in the block of {module}")
        for number, line in enumerate(path.read_text().splitlines(), 1):
            where = f"{inside}:{number}"
            if ours := re.match(r'\s*#\s*include\s+"([a-z_]+/[^"]+)"', line):
                self.check_ours(inside, pathlib.PurePath(ours.group(1)), where)
            if theirs := re.match(r"\s*#\s*include\s+<([^>]+)>", line):
                self.check_theirs(module, theirs.group(1), where)

    def check_ours(self, inside, header, where):
        self.includes += 1
        module, target = inside.parts[0], header.parts[0]
        if target == KIT:
            if not is_of_tests(inside):
                self.problems.append(f"{where}: only tests may include {KIT}")
            return
        if target != module:
            self.check_arrow("", module, target, where)
        elif module in self.blocks and not is_of_tests(inside) and folder_of(header) != folder_of(inside):
            self.check_arrow(module, folder_of(inside), folder_of(header), where)

    def check_arrow(self, block, row, target, where):
        self.used[block].add((row, target))
        allowed = self.blocks[block].get(row, EVERYTHING)  # a row that is missing has been told already
        if allowed != EVERYTHING and target not in allowed:
            prefix = f"{block}/" if block else ""
            self.problems.append(f"{where}: {prefix}{row} may not include {prefix}{target}")

    def check_theirs(self, module, header, where):
        for prefix, owners in OUTSIDE.items():
            if header.startswith(prefix) and module not in owners:
                self.problems.append(f"{where}: only {', '.join(sorted(owners))} may include <{header}>")

    def check_block(self, name, rows):
        title = f"layers {name}".strip()
        if name and name not in self.modules:
            self.problems.append(f"{title}: there is no module {name}")
        if circle := find_circle(rows):
            self.problems.append(f"{title}: a circle: {' → '.join(circle)}")
        for row, allowed in rows.items():
            if row not in self.seen[name]:
                self.problems.append(f"{title}: {row} has no sources")
            for target in allowed if allowed != EVERYTHING else []:
                if (row, target) not in self.used[name]:
                    self.problems.append(f"{title}: {row} may include {target} and does not")


if __name__ == "__main__":
    tree_root = pathlib.Path(sys.argv[1])
    check = Check(tree_root)
    found = check.run()
    for rule in RULES:
        found += rule.problems(tree_root)
    found, idle = waiting.without_waiting(found)
    print(*idle, sep="\n", end="\n" if idle else "")
    print("\n".join(found) or f"{check.includes} includes, all arrows point downward; the other rules are kept")
    sys.exit(1 if found or check.includes < 50 else 0)
