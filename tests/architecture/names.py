#!/usr/bin/env python3
"""Names of files that are compiled together do not clash: names.py ROOT

A release build compiles many files of a module together (cmake/module.cmake, troupe_batches), a dev build one by one. So
what a file keeps to itself, in a nameless namespace or as a macro, must bear a name of its own within its folder and within
its namespace in the module, in a test among its tests; equal aliases and overloads are no clash. Nor may it be the name of a
constant that a header of the module has in that namespace. The compiler would say so,
too, but only in release, and only of those that share a batch today."""
import collections
import pathlib
import re
import sys

ALONE = re.compile(r"ALONE ([^)]*)")
OPENS = re.compile(r"^namespace( [\w:]+)? \{")
CLOSES = re.compile(r"^\}  // namespace")
TYPE = re.compile(r"^(?:template <.*> )?(?:struct|class|enum class|enum) (\w+)[^;]*$")
CONSTANT = re.compile(r"^(?:static |inline )?const\w* .*?\b(\w+)(?:\[\w*\])?(?: =|\{|;)")
VARIABLE = re.compile(r"^(?:static |thread_local )*[\w:]+(?:<.*>)?[ &*]+(\w+)(?: = .*|\{.*\})?;")
FUNCTION = re.compile(r"^[\w:<>,&*\[\] ]+?[ &*>](\w+)\((.*)$")


SHARED = re.compile(r"^inline (?:constexpr|const) .*?\b(\w+)(?:\[\w*\])?(?: =|\{|;)")


def shared_names(text):
    """(name, its namespace) of every constant that a header has outside of classes."""
    inside = []
    for line in text.splitlines():
        if opened := OPENS.match(line):
            inside.append(opened[1] and opened[1].strip())
        elif CLOSES.match(line) and inside:
            inside.pop()
        elif constant := SHARED.match(line):
            yield constant[1], "::".join(name for name in inside if name)


def own_names(text):
    """(name, what tells overloads apart, its namespace) of everything in nameless namespaces at the start of a line."""
    inside = []  # the names of the namespaces around, None for a nameless one
    for line in text.splitlines():
        if macro := re.match(r"^#define (\w+)", line):
            yield macro[1], "#", ""
        elif opened := OPENS.match(line):
            inside.append(opened[1] and opened[1].strip())
        elif CLOSES.match(line) and inside:
            inside.pop()
        elif None in inside and line[:1].isalpha():
            namespace = "::".join(name for name in inside if name)
            if kind := TYPE.match(line):
                yield kind[1], "", namespace
            elif variable := CONSTANT.match(line) or (not line.startswith(("using ", "namespace ")) and VARIABLE.match(line)):
                yield variable[1], "", namespace
            elif function := FUNCTION.match(line):
                # The types without the parameters' names.
                types = [re.sub(r"(?<=[\s&*])\w+$", "", part.strip()) for part in function[2].split(")")[0].split(",")]
                yield function[1], "(" + ",".join(types), namespace


def clashes(root):
    """Sentences about names that two files of a folder use."""
    for module in sorted((root / "src").iterdir()):
        lists = module / "CMakeLists.txt"
        alone = set(" ".join(ALONE.findall(lists.read_text())).split()) if lists.exists() else set()
        groups = collections.defaultdict(list)  # the tests, and the others
        shared = collections.defaultdict(set)
        for file in sorted(module.rglob("*.h")):
            for key in shared_names(file.read_text()):
                shared[key].add(str(file.relative_to(root)))
        for file in sorted(module.rglob("*.cc")):
            path = file.relative_to(module)
            if file.name != "main.cc" and not {str(path), str(path.parent)} & alone:
                groups[file.name.endswith("_test.cc")].append(file)
        for files in groups.values():
            users = collections.defaultdict(set)
            for file in files:
                for name, overload, namespace in own_names(file.read_text()):
                    users[name, "", namespace] |= shared.get((name, namespace), set())
                    for place in (file.parent, namespace or file.parent):
                        users[name, overload, place].add(str(file.relative_to(root)))
            told = set()
            for (name, _, _), where in users.items():
                if len(where) > 1 and (line := f"{name} is a name of {' and of '.join(sorted(where))}") not in told:
                    told.add(line)
                    yield line


if __name__ == "__main__":
    found = list(clashes(pathlib.Path(sys.argv[1])))
    print("\n".join(found) or "no names clash within a folder")
    sys.exit(1 if found else 0)
