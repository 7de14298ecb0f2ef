"""Each inner folder of a module that has an order of its own (docs/architecture.md, ```layers MODULE) has a namespace of its
own. The block ```namespaces there names the folders whose files are in the module's namespace. Forward declarations of what
another folder declares stand in a block of their own."""
import re

import tree

OPENS = re.compile(r"^(?:inline )?namespace (troupe(?:::\w+)*) \{", re.M)
FORWARD = re.compile(r"\s*(?:(?:template <[^;{}]*> )?(?:class|struct|enum|enum class|enum struct) \w+(?: : [\w:]+)?;\s*)+")
COMMENT = re.compile(r"//[^\n]*")


def shared_folders(text):
    """(module, folder) of the folders without a namespace."""
    body = re.search(r"^```namespaces\n(.*?)^```", text, re.S | re.M)
    rows = [line.partition(":") for line in body[1].splitlines()] if body else []
    return {(module.strip(), folder) for module, _, folders in rows for folder in folders.split()}


def namespace_of(path, shared):
    """What a file of src/ opens, by the path below src/."""
    module, folder = path.parts[0], path.parts[1] if len(path.parts) > 2 else ""
    return f"troupe::{module}" if not folder or (module, folder) in shared else f"troupe::{module}::{folder}"


def may_open(opened, own, root):
    """Its own namespace and those inside it, but not another folder's."""
    module, *inner = opened.split("::")[1:]
    is_folder = len(inner) > 0 and (root / "src" / module / inner[0]).is_dir()
    return opened == own or (opened.startswith(f"{own}::") and (own.count("::") > 1 or not is_folder))


def problems(root):
    text = (root / "docs/architecture.md").read_text()
    ordered = set(re.findall(r"^```layers (\w+)$", text, re.M))
    shared = shared_folders(text)
    found = []
    for path, source in tree.files(root / "src", ".h", ".cc"):
        if path.parts[0] not in ordered:
            continue
        own = namespace_of(path, shared)
        for opened in OPENS.finditer(source):
            body = COMMENT.sub("", tree.block_at(source, opened.end() - 1)[1:-1])
            of_module = opened[1].count("::") and opened[1].split("::")[1] == path.parts[0]
            if of_module and not may_open(opened[1], own, root) and not FORWARD.fullmatch(body):
                found.append(f"src/{path}:{tree.line_of(source, opened.start())}: opens {opened[1]}, is in {own}")
    for module, folder in sorted(shared):
        if not (root / "src" / module / folder).is_dir():
            found.append(f"docs/architecture.md: namespaces: there is no src/{module}/{folder}")
    return found
