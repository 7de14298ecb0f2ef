"""One idea a file: at most 500 lines."""
import tree

MOST = 500


def problems(root):
    found = []
    for path, text in tree.files(root, ".h", ".cc", ".py", ".mjs", ".cmake"):
        lines = text.count("\n")
        if path.parts[0] in ("src", "tests", "cmake") and lines > MOST:
            found.append(f"{path}: {lines} lines, more than {MOST}")
    return found
