"""One idea a file: at most 500 lines."""
import tree

MOST = 500
FOLDERS = ("src", "tests", "cmake", "web", "workers", "scripts", "bench")
GENERATED = ("web/src/kit/api/schema.ts",)


def problems(root):
    found = []
    for path, text in tree.files(root, ".h", ".cc", ".py", ".mjs", ".cmake", ".ts", ".tsx", ".css", ".sh", ".rs"):
        lines = text.count("\n")
        if path.parts[0] in FOLDERS and str(path) not in GENERATED and lines > MOST:
            found.append(f"{path}: {lines} lines, more than {MOST}")
    return found
