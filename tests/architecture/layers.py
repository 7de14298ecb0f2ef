#!/usr/bin/env python3
"""Checks that arrows between modules point downward only, as docs/architecture.md says, and that SQL drivers, Beast
and the like are included only where they belong."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
text = (root / "docs/architecture.md").read_text()
block = re.search(r"```layers\n(.*?)```", text, re.S).group(1)
allowed = {}
for line in block.splitlines():
    name, _, rest = line.partition(":")
    allowed[name.strip()] = rest.split()

# header prefix → the only modules that may name it
OUTSIDE = {
    "sqlite3.h": {"store"}, "hiredis": {"bus"}, "libpq-fe.h": {"store"}, "boost/beast": {"net"}, "boost/asio/ssl": {"net"},
    "CLI/": {"app"}, "toml++": {"app"}, "spdlog": {"base"}, "vips/": {"homeserver"},
}
problems = []
checked = 0
for path in sorted((root / "src").rglob("*")):
    if path.suffix not in (".h", ".cc"):
        continue
    module = path.relative_to(root / "src").parts[0]
    if module not in allowed:
        problems.append(f"{path}: module {module} is not in docs/architecture.md")
        continue
    for number, line in enumerate(path.read_text().splitlines(), 1):
        ours = re.match(r'\s*#\s*include\s+"([a-z_]+)/', line)
        if ours:
            checked += 1
            target = ours.group(1)
            if target != module and target not in allowed[module] and allowed[module] != ["*"]:
                problems.append(f"{path}:{number}: {module} may not include {target}")
        theirs = re.match(r"\s*#\s*include\s+<([^>]+)>", line)
        if theirs:
            for prefix, owners in OUTSIDE.items():
                if theirs.group(1).startswith(prefix) and module not in owners:
                    problems.append(f"{path}:{number}: only {', '.join(sorted(owners))} may include <{theirs.group(1)}>")
print("\n".join(problems) or f"{checked} includes, all arrows point downward")
sys.exit(1 if problems or checked < 50 else 0)
