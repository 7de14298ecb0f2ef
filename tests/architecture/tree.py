"""The tree as the checks read it."""
import os
import re

SKIPPED = {".git", "build", "node_modules", "dist"}


def files(root, *suffixes):
    """(path from the root, its text) of every file with such an ending, in order; no build folders."""
    found = []
    for folder, inner, names in os.walk(root):
        inner[:] = [name for name in inner if name not in SKIPPED and not name.startswith("build-")]
        found += [os.path.join(folder, name) for name in names if name.endswith(suffixes)]
    for name in sorted(found):
        path = root.__class__(name)
        yield path.relative_to(root), path.read_text(errors="replace")


def is_of_tests(path):
    """Tests and what they share are no part of the program: they stand above the order inside a module."""
    return path.parts[0] == "tests" or re.search(r"(^|_)(test|fixture|fake|suite)(_|$)", path.stem) is not None


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def block_at(text, brace):
    """The text from an opening brace to its closing one."""
    depth = 0
    for i in range(brace, len(text)):
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if depth == 0:
            return text[brace:i + 1]
    return text[brace:]
