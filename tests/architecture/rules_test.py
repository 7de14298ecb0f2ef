#!/usr/bin/env python3
"""citations, habits, locks, operations and sizes find a planted breach of each kind, and nothing in what keeps the rules."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.dont_write_bytecode = True
import citations  # noqa: E402
import habits  # noqa: E402
import layers  # noqa: E402
import namespaces  # noqa: E402
import locks  # noqa: E402
import operations  # noqa: E402
import sizes  # noqa: E402


def found(rule, files):
    """What the rule says of a tree of these files."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return rule.problems(root)


class CitationsTest(unittest.TestCase):
    def says(self, text, name="src/net/peer.h"):
        return found(citations, {name: text, "src/net/http/head.h": "", "docs/tour.md": ""})

    def test_what_is_there_may_be_named(self):
        self.assertEqual(self.says("/// As docs/tour.md says; see head.h, http/head.h.\nint x;  // tour.md\n"), [])

    def test_a_comment_names_a_file_that_is_gone(self):
        self.assertEqual(self.says("int x;\n/// See socket.h.\n"), ["src/net/peer.h:2: there is no socket.h"])

    def test_a_document_names_a_file_that_is_gone(self):
        self.assertEqual(self.says("Read `src/http/tail.cc` first.\n", "docs/net.md"), ["docs/net.md:1: there is no src/http/tail.cc"])

    def test_a_link_is_followed_from_its_document(self):
        self.assertEqual(self.says("[tour](../tour.md) [gone](../guide.md)\n", "docs/net/a.md"), ["docs/net/a.md:1: there is no ../guide.md"])

    def test_code_is_not_read_as_a_citation(self):
        self.assertEqual(self.says('auto name = "gone.md";\nauto url = "http://x/gone.h";\n'), [])

    def test_a_name_for_many_is_no_citation(self):
        self.assertEqual(self.says("*_store.cc, `<kind>_brain.cc`, <sys/stat.h>, NNNN_what.py, x.gen.h\n", "README.md"), [])

    def test_the_past_may_name_what_is_gone(self):
        self.assertEqual(self.says("gone.h\n", "CHANGELOG.md"), [])


class NamedTestsTest(unittest.TestCase):
    def says(self, text):
        return found(citations, {"docs/proofs.md": text, "src/net/peer_test.cc": "TEST_F(PeerTest, Answers) {\nTEST(Peer, Ends) {\n"})

    def test_what_is_there_may_be_named(self):
        self.assertEqual(self.says("| a | `PeerTest.Answers`, `Peer.Ends`, `.Ends`, `Peer.*` (net), `Foo.Bar`, `m.room`, `.well-known` |\n"), [])

    def test_a_test_or_a_suite_that_is_gone(self):
        self.assertEqual(self.says("`PeerTest.Asks`\n`Peer.Ends`, `.Begins`\n`OtherTest.*`\n`PeerTest.Ans…`\n"),
                         ["docs/proofs.md:1: there is no test PeerTest.Asks", "docs/proofs.md:2: there is no test Peer.Begins",
                          "docs/proofs.md:3: there is no test OtherTest.*", "docs/proofs.md:4: there is no test PeerTest.Ans"])


class NamedFunctionsTest(unittest.TestCase):
    def says(self, text):
        return found(citations, {"docs/tour.md": text, "src/net/peer.h": "/// Whom to tell.\nclass Peer {\n  Task<Unit> ask();\n};\n", "src/net/b.h": "void tell();\n"})

    def test_what_is_there_may_be_named(self):
        self.assertEqual(self.says("`Peer::ask`, `net::Peer::ask()`, `std::stop_source::get_token`, `net::route`\n"), [])

    def test_a_function_or_a_class_that_is_gone(self):
        self.assertEqual(self.says("`Peer::tell`\n`Other::ask`\n"),
                         ["docs/tour.md:1: there is no Peer::tell", "docs/tour.md:2: there is no Other::ask"])


class HabitsTest(unittest.TestCase):
    def says(self, text, name="src/net/peer.cc"):
        return [problem.split(": ", 1)[1] for problem in found(habits, {name: text})]

    def test_a_column_that_is_read_by_its_number(self):
        self.assertEqual(self.says("auto id = rows.integer(0);\n"), ["a column is read by its number"])

    def test_a_try_that_names_nothing(self):
        self.assertEqual(self.says("  TRY([[maybe_unused]] Unit done, check(id));\n"), ["a TRY that takes nothing names what it takes"])
        self.assertEqual(self.says("  TRY(check(id));\n"), [])

    def test_columns_in_a_macro(self):
        self.assertEqual(self.says('#define PEER_COLUMNS "id, name"\n'), ["columns stand in a macro"])

    def test_an_unnamed_lambda_in_a_co_await(self):
        told = ["a lambda of several lines inside a co_await expression has no name"]
        self.assertEqual(self.says("  auto made = co_await db_.write([&](Tx& tx) -> Result<Unit> {\n"), told)
        self.assertEqual(self.says("  co_return co_await change(data, call, [&call](Object& rules) {\n"), told)

    def test_a_lambda_of_one_line_in_a_co_await_is_read_at_once(self):
        self.assertEqual(self.says("  co_await look(ask, [this](auto time) { return naps.sleep(time); });\n"), [])
        self.assertEqual(self.says("  if (co_await bells[0].wait()) {\n"), [])

    def test_a_sleep_for_luck(self):
        self.assertEqual(self.says("TEST(A, B) {\n  std::this_thread::sleep_for(5ms);\n}\n", "src/net/peer_test.cc"),
                         ["a test sleeps outside a loop that looks again"])

    def test_a_sleep_in_a_loop_that_looks_again(self):
        self.assertEqual(self.says("while (!done()) {\n  std::this_thread::sleep_for(5ms);\n}\n", "src/net/peer_test.cc"), [])

    def test_a_function_that_is_filled_in_later(self):
        for line in ("  tasks_.on_end = [this] { end(); };", "  hooks->left = [&rooms] { rooms.leave(); };",
                     "void fill(Hooks& hooks) {\n  hooks.left = [] {};\n}"):
            self.assertRegex(" ".join(self.says(line + "\n")), "is filled in after its construction")

    def test_a_function_member_that_is_assigned_later(self):
        header = "class Feed {\n  std::function<void(int, int)> tell_;\n  std::function<bool()> look_ GUARDED_BY(mutex_);\n};\n"
        body = "void Feed::begin(Tell tell) {\n  tell_ = std::move(tell);\n  look_ = nullptr;\n  other_ = 1;\n}\n"
        self.assertEqual(found(habits, {"src/net/feed.h": header, "src/net/feed.cc": body}),
                         [f"src/net/feed.cc:{line}: {name} is filled in after its construction" for line, name in ((2, "tell_"), (3, "look_"))])

    def test_a_function_that_belongs_to_what_is_being_made(self):
        self.assertEqual(self.says("  net::http::Response response;\n  response.stream = [](Writer& out) { return out.end(); };\n"), [])

    def test_a_route_without_permission(self):
        self.assertEqual(self.says('void add(Router& router) {\n  net::route::Route health;\n  health.method = "GET";\n}\n'),
                         ["the route does not say who may call it"])

    def test_a_route_with_permission(self):
        self.assertEqual(self.says("void add(Router& router) {\n  net::route::Route health;\n  health.needs = net::route::Access::open;\n}\n"), [])

    def test_a_handler_that_holds_a_service(self):
        for line in ("matrix::Accounts& accounts;\n", "auto& rows = api.context.get<identity::Audit>();\n"):
            self.assertEqual(self.says(line, "src/console/rooms/room_routes.h"), ["a handler holds a service in place of a door"])

    def test_a_handler_of_meetings_that_holds_a_service(self):
        for line in ("life::Meetings& meetings;\n", "transcripts::Transcripts& transcripts;\n", "store::Database& db;\n"):
            self.assertEqual(self.says(line, "src/meetings/routes/transcript_routes.h"), ["a handler holds a service in place of a door"])

    def test_a_handler_that_holds_a_door(self):
        self.assertEqual(self.says("RoomDoor rooms;\n", "src/console/rooms/room_routes.h"), [])
        self.assertEqual(self.says("  life::Meetings& meetings_;\n", "src/meetings/routes/doors.h"), [])


class LocksTest(unittest.TestCase):
    def says(self, text, name="src/net/peer.cc"):
        return [problem.split(": ", 1)[1] for problem in found(locks, {name: text})]

    def test_a_lock_that_clang_does_not_check(self):
        for line, what in (("  mutable std::mutex mutex_;", "mutex"), ("  std::lock_guard lock(mutex_);", "lock_guard"),
                           ("  std::unique_lock<std::shared_mutex> lock(mutex_);", "unique_lock"),
                           ("  std::scoped_lock both(a, b);", "scoped_lock"), ("  std::condition_variable over_;", "condition_variable")):
            self.assertEqual(self.says(line + "\n"), [f"std::{what} in place of base/mutex.h: clang does not check it"])

    def test_the_one_place_for_them(self):
        self.assertEqual(self.says("#include <mutex>\n  std::mutex mutex_;\n", "src/base/mutex.h"), [])

    def test_a_lock_that_is_held_across_a_co_await(self):
        told = ["a lock is held across a co_await"]
        self.assertEqual(self.says("Task<Unit> f() {\n  const base::Lock lock(mutex_);\n  if (x) {\n    co_await g();\n  }\n}\n"), told)
        self.assertEqual(self.says("Task<Unit> f() {\n  ReadLock lock(room.mutex());\n  CO_TRY(auto a, co_await g());\n}\n"), told)

    def test_a_lock_that_ends_before_the_co_await(self):
        self.assertEqual(self.says("Task<Unit> f() {\n  {\n    const base::Lock lock(mutex_);\n    ++x_;\n  }\n  co_await g();\n}\n"), [])

    def test_a_lambda_under_a_lock_waits_later(self):
        self.assertEqual(self.says("void f() {\n  const base::Lock lock(mutex_);\n  later_ = [this]() -> Task<Unit> { co_await g(); };\n}\n"), [])


class NamespacesTest(unittest.TestCase):
    ORDER = "```layers net\ntypes:\nlow: types\nhigh: low\n```\n\n```namespaces\nnet: types\n```\n"

    def says(self, text, name="src/net/high/peer.cc", order=ORDER):
        return found(namespaces, {"docs/architecture.md": order, "src/net/types/a.h": "", "src/net/low/a.h": "", name: text})

    def test_a_file_in_its_folders_namespace(self):
        for name in ("high/peer.h", "high/peer_test.cc", "high/inner/peer.cc"):
            self.assertEqual(self.says("namespace troupe::net::high {\nint x;\n}\n", f"src/net/{name}"), [])
        self.assertEqual(self.says("namespace troupe::net::high::rows {\nint x;\n}\n"), [])

    def test_a_file_in_the_modules_namespace(self):
        for name in ("module.h", "types/peer.h"):
            self.assertEqual(self.says("namespace troupe::net {\nint x;\n}\n", f"src/net/{name}"), [])

    def test_a_file_in_another_namespace(self):
        said = "opens {}, is in {}".format
        for opened in ("troupe::net", "troupe::net::low", "troupe::net::highest"):
            self.assertEqual(self.says(f"\nnamespace {opened} {{\nint x;\n}}\n"),
                             [f"src/net/high/peer.cc:2: {said(opened, 'troupe::net::high')}"])
        for name in ("module.h", "types/peer.h"):
            self.assertEqual(self.says("namespace troupe::net::low {\nint x;\n}\n", f"src/net/{name}"),
                             [f"src/net/{name}:1: {said('troupe::net::low', 'troupe::net')}"])

    def test_a_forward_declaration(self):
        self.assertEqual(self.says("namespace troupe::net::low {\nclass Peer;  // low/a.h\nstruct Head;\n}\n"), [])

    def test_a_module_without_an_order_inside(self):
        self.assertEqual(self.says("namespace troupe::bus {\nint x;\n}\n", "src/bus/redis/bus.cc"), [])

    def test_a_named_folder_that_is_gone(self):
        self.assertEqual(self.says("", order=self.ORDER.replace("net: types", "net: types old")),
                         ["docs/architecture.md: namespaces: there is no src/net/old"])


class OperationsTest(unittest.TestCase):
    def says(self, text, name="src/fleet/notes.cc"):
        return [problem.split(": ", 1)[1] for problem in found(operations, {name: text})]

    def test_a_function_that_is_given_all_it_needs(self):
        self.assertEqual(self.says("void put(store::Tx& tx, UnixMs now) { insert(tx, now); }\nauto now = clock_.unix_ms();\n"), [])

    def test_a_function_that_asks_the_clock(self):
        self.assertEqual(self.says("void Notes::put(store::Tx& tx, int id) const {\n  insert(tx, id, clock_.unix_ms());\n}\n"),
                         ["a write operation asks the clock"])

    def test_an_operation_that_draws_at_random(self):
        self.assertEqual(self.says("auto put = [&](store::Tx& tx) -> Result<Unit> {\n  insert(tx, base::random_bytes(8));\n};\n"),
                         ["a write operation draws at random"])

    def test_an_operation_that_sleeps(self):
        self.assertEqual(self.says("auto put = [&](Tx& tx) -> Result<Unit> { std::this_thread::sleep_for(1ms); };\n"),
                         ["a write operation sleeps"])

    def test_a_declaration_has_no_body(self):
        self.assertEqual(self.says("void put(store::Tx& tx);\nvoid other() { clock_.unix_ms(); }\n"), [])

    def test_a_test_may_do_as_it_likes(self):
        self.assertEqual(self.says("void put(Tx& tx) { clock_.unix_ms(); }\n", "src/fleet/notes_test.cc"), [])


class RulesTest(unittest.TestCase):
    def test_layers_asks_every_rule_of_this_folder(self):
        here = {path.stem for path in pathlib.Path(__file__).parent.glob("*.py") if "\ndef problems(root)" in path.read_text()}
        self.assertEqual({rule.__name__ for rule in layers.RULES}, here)


class SizesTest(unittest.TestCase):
    def test_a_file_that_is_too_long(self):
        self.assertEqual(found(sizes, {"src/net/peer.cc": "\n" * 501, "tests/e2e/all.mjs": "\n" * 500, "web/src/styles/all.css": "\n" * 502}),
                         ["src/net/peer.cc: 501 lines, more than 500", "web/src/styles/all.css: 502 lines, more than 500"])


if __name__ == "__main__":
    unittest.main()
