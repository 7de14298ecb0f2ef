"""A file that a comment or a document names is in the tree, and so is a test that a document names as a proof, and a
function of a class: `Router::admit`."""
import os
import re

import tree

CODE = (".h", ".cc", ".ts", ".tsx", ".mjs")
# A name with a folder or without. Not after *, > or <: "*_store.cc", "<kind>_brain.cc" and <system/header.h> name no file of ours.
FILE = re.compile(r"(?<![\w/.@<>*-])((?:[\w.-]+/)*[\w-]+(?:\.[\w-]+)*\.(?:md|h|cc|py|mjs|tsx?|cmake))\b(?![\w(/-])")
MADE = re.compile(r"NNNN|\bNAME\b|\.gen\.|(^|/)dist/")  # stands for a name, or is generated
PAST = {"CHANGELOG.md"}  # tells of files as they were called
DEFINED = re.compile(r"\bTEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)")
# `Suite.Name`, `Suite.*`, and behind one of those `.Name` of the same suite.
NAMED = re.compile(r"`([A-Z]\w*)?\.([A-Z]\w*|\*)(…?)`")


def cited(path, text):
    """(line number, name) of every file named where a person reads it."""
    for number, line in enumerate(text.splitlines(), 1):
        if path.suffix in CODE:
            comment = re.search(r"(?:^|\s)(?://+[!<]?|/?\*+(?=\s))(.*)", line)
            line = comment.group(1) if comment else ""
        for name in FILE.findall(line):
            if not MADE.search(name):
                yield number, name


def problems(root):
    here = [str(path) for path, _ in tree.files(root, "")]
    ends = {path[i + 1:] for path in here for i, c in enumerate(path) if c == "/"} | set(here)
    found = []
    for path, text in tree.files(root, ".md", *CODE):
        if path.name in PAST:
            continue
        for number, name in cited(path, text):
            beside = os.path.normpath(path.parent / name)
            if name not in ends and beside not in ends:
                found.append(f"{path}:{number}: there is no {name}")
    return found + tests_that_are_gone(root) + functions_that_are_gone(root)


# `Class::name` and `Class::name()`; what begins with std:: is not ours.
FUNCTION = re.compile(r"`(?!std::)(?:[a-z_]\w*::)*([A-Z]\w*)::(\w+)(?:\(\))?`")


def functions_that_are_gone(root):
    """What a document says that a class does: some file that names the class has that word, too."""
    named = [(f"{path}:{number}", owner, name) for path, text in tree.files(root, ".md") if path.name not in PAST
             for number, line in enumerate(text.splitlines(), 1) for owner, name in FUNCTION.findall(line)]
    sources = [re.sub(r"//[^\n]*", "", text) for _, text in tree.files(root / "src", ".h", ".cc")]

    def is_there(owner, name):
        own = re.compile(rf"\b(?:class|struct|using) (?:[A-Z_]+\([^)]*\) )?{owner}\b|\b{owner}::")
        word = re.compile(rf"\b{name}\b")
        return any(owner in text and name in text and own.search(text) and word.search(text) for text in sources)

    return [f"{where}: there is no {owner}::{name}" for where, owner, name in named if not is_there(owner, name)]


def tests_that_are_gone(root):
    """What documents name as proofs and nobody can run."""
    there = {}
    for _, text in tree.files(root, "_test.cc", "_suite.h"):
        for suite, name in DEFINED.findall(text):
            there.setdefault(suite, set()).add(name)
    found = []
    for path, text in tree.files(root, ".md"):
        if path.name in PAST:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            suite = ""
            for named, name, cut in NAMED.findall(line):
                suite = named or suite
                if not (suite in there or suite.endswith("Test")):
                    continue
                if cut or not (there.get(suite) if name == "*" else name in there.get(suite, ())):
                    found.append(f"{path}:{number}: there is no test {suite}.{name}")
    return found
