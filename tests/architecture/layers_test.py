#!/usr/bin/env python3
"""layers.py finds a planted breach of each kind, and nothing in a tree that keeps the rules."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.dont_write_bytecode = True
import layers  # noqa: E402

ORDER = """
```layers
base:
net:  base
app:  *
```
```layers net
low:
high: low
.:    high
```
"""
SOURCES = {
    "base/error.h": "",
    "net/low/socket.h": '#include "base/error.h"\n',
    "net/high/server.h": '#include "net/low/socket.h"\n',
    "net/module.cc": '#include "net/high/server.h"\n#include <vector>\n',
    "app/main.cc": '#include "net/high/server.h"\n',
}


def problems(order=ORDER, **changed):
    """Of a small tree in which the named files differ; a name is written with __ for / and ends in _h or _cc."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "docs").mkdir()
        (root / "docs/architecture.md").write_text(order)
        files = SOURCES | {key.replace("__", "/").replace("_h", ".h").replace("_cc", ".cc"): text for key, text in changed.items()}
        for name, text in files.items():
            path = root / "src" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return layers.Check(root).run()


class LayersTest(unittest.TestCase):
    def test_a_tree_that_keeps_the_rules_has_no_problems(self):
        self.assertEqual(problems(), [])

    def test_a_module_includes_a_higher_one(self):
        self.assertEqual(problems(base__error_h='#include "net/low/socket.h"\n'), ["base/error.h:1: base may not include net"])

    def test_a_module_without_a_row(self):
        self.assertEqual(problems(chat__chat_h=""), ["chat/chat.h: module chat is not in docs/architecture.md"])

    def test_the_kit_is_for_tests(self):
        self.assertEqual(problems(net__low__socket_h='#include "base/error.h"\n#include "kit/clocks.h"\n'),
                         ["net/low/socket.h:2: only tests may include kit"])
        self.assertEqual(problems(net__low__socket_test_cc='#include "kit/clocks.h"\n'), [])

    def test_a_folder_includes_a_higher_one(self):
        self.assertEqual(problems(net__low__peer_h='#include "net/high/server.h"\n'),
                         ["net/low/peer.h:1: net/low may not include net/high"])

    def test_a_folder_includes_the_modules_own_files(self):
        self.assertEqual(problems(net__module_h="", net__low__peer_h='#include "net/module.h"\n'),
                         ["net/low/peer.h:1: net/low may not include net/."])

    def test_a_folder_without_a_row(self):
        self.assertEqual(problems(net__side__door_h=""), ["net/side/door.h: folder side is not in the block of net"])

    def test_tests_stand_above_the_order_inside(self):
        self.assertEqual(problems(net__low__socket_test_cc='#include "net/high/server.h"\n'), [])

    def test_tests_keep_the_order_of_modules(self):
        self.assertEqual(problems(base__error_test_cc='#include "net/high/server.h"\n'),
                         ["base/error_test.cc:1: base may not include net"])

    def test_a_circle_between_modules(self):
        found = problems(ORDER.replace("base:\n", "base: net\n"), base__error_h='#include "net/low/socket.h"\n')
        self.assertEqual(found, ["layers: a circle: base → net → base"])

    def test_a_circle_between_folders(self):
        found = problems(ORDER.replace("low:\n", "low: high\n"), net__low__peer_h='#include "net/high/server.h"\n')
        self.assertEqual(found, ["layers net: a circle: low → high → low"])

    def test_a_row_wider_than_what_is_used(self):
        self.assertEqual(problems(ORDER.replace("high: low", "high: low .").replace(".:    high", ".:")
                                  , net__module_cc=""), ["layers net: high may include . and does not"])

    def test_a_row_without_sources(self):
        self.assertEqual(problems(ORDER.replace("low:\n", "low:\nold:\n")), ["layers net: old has no sources"])

    def test_a_block_of_no_module(self):
        self.assertIn("layers ner: there is no module ner", problems(ORDER.replace("layers net", "layers ner")))

    def test_a_library_where_it_does_not_belong(self):
        self.assertEqual(problems(net__module_cc='#include "net/high/server.h"\n#include <sqlite3.h>\n'),
                         ["net/module.cc:2: only store may include <sqlite3.h>"])


if __name__ == "__main__":
    unittest.main()
