"""What runs inside a write operation is the same each time it runs: the writer may run it again with its batch, and all
processes must agree. Clock and ids are passed in, and nothing in it waits."""
import re

import tree

BANNED = [
    ("asks the clock", re.compile(r"\b(?:unix_ms|steady)\(\)|\b(?:steady|system)_clock::now\(\)")),
    ("draws at random", re.compile(r"\brandom_\w+\(|\bstd::random_device\b")),
    ("sleeps", re.compile(r"\bsleep_(?:for|until)\(")),
    ("waits", re.compile(r"\bco_await\b")),
]
TX = re.compile(r"\bTx& ?\w*")
BEFORE_BODY = re.compile(r"\)\s*(?:const\s*)?(?:noexcept\s*)?(?:override\s*)?(?:[A-Z_]+\([^()]*\)\s*)*(?:->\s*[\w:<>, &*]+?)?\s*\{")


def end_of_parameters(text, inside):
    """Where the list of parameters that `inside` lies in closes; -1: it is none."""
    depth = 1
    for i in range(inside, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return i
        if text[i] in ";{}":
            return -1
    return -1


def operations(text):
    """(offset, body) of every function and lambda that is given the transaction."""
    for tx in TX.finditer(text):
        close = end_of_parameters(text, tx.end())
        head = BEFORE_BODY.match(text, close) if close >= 0 else None
        if head:
            yield head.end() - 1, tree.block_at(text, head.end() - 1)


def problems(root):
    found = set()
    for path, text in tree.files(root / "src", ".h", ".cc"):
        if tree.is_of_tests(path):
            continue
        for offset, body in operations(text):
            for what, pattern in BANNED:
                for hit in pattern.finditer(body):
                    found.add((str(path), tree.line_of(text, offset + hit.start()), what))
    return [f"src/{path}:{line}: a write operation {what}" for path, line, what in sorted(found)]
