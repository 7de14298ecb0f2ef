"""Locks are those of base/mutex.h, which clang checks, and none is held across a co_await: the coroutine may go on on
another thread, and until then everybody waits."""
import re

import tree

OWN = "src/base/mutex.h"
BARE = re.compile(r"\bstd::(\w*mutex|lock_guard|scoped_lock|unique_lock|shared_lock|condition_variable\w*)\b")
HELD = re.compile(r"\b(?:Lock|ReadLock|WriteLock) \w+\(")
INNER = re.compile(r"\[[^\[\]]*\]\s*(?:\([^()]*\))?[^;{}()]*\{")  # a lambda: it runs later, or without waiting
WAITS = re.compile(r"\bco_await\b")


def without_comments(text):
    return re.sub(r"//[^\n]*", "", text)


def rest_of_block(text, offset):
    """From the offset to the brace that closes the block it lies in, without what stands inside lambdas."""
    depth, out, i = 1, [], offset
    while i < len(text):
        if (inner := INNER.match(text, i)):
            i += len(inner.group()) - 1 + len(tree.block_at(text, inner.end() - 1))
            continue
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if depth == 0:
            break
        out.append(text[i])
        i += 1
    return "".join(out)


def problems(root):
    found = []
    for path, text in tree.files(root, ".h", ".cc"):
        if path.parts[0] not in ("src", "tests") or str(path) == OWN:
            continue
        text = without_comments(text)
        for number, line in enumerate(text.splitlines(), 1):
            if not line.lstrip().startswith("#") and (bare := BARE.search(line)):
                found.append(f"{path}:{number}: std::{bare.group(1)} in place of base/mutex.h: clang does not check it")
        for held in HELD.finditer(text):
            if WAITS.search(rest_of_block(text, held.end())):
                found.append(f"{path}:{tree.line_of(text, held.start())}: a lock is held across a co_await")
    return found
