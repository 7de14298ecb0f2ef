// Whole answers of /sync for one small story, compared with tests/golden/sync/*.json. What varies (ids, tokens, times)
// is replaced by placeholders first. TROUPE_GOLDEN=write rewrites the files: read the diff.
#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

#include "base/encoding.h"
#include "homeserver/sync/read_fixture.h"

namespace troupe::homeserver::sync {
namespace {

constexpr std::string_view kNoRules = R"({"account_data":{"not_types":["m.push_rules"]}})";

/// Two spaces deep per level, members in the order of the answer: a diff shows what a client would see.
void pretty(std::string& out, const matrix::Json& json, std::size_t depth) {
  const std::string indent(2 * (depth + 1), ' ');
  const std::string outdent(2 * depth, ' ');
  if (const auto* object = json.if_object(); object && !object->empty()) {
    out += "{\n";
    for (const auto& [key, value] : *object) {
      if (&value != &object->begin()->value()) out += ",\n";
      out += indent + boost::json::serialize(boost::json::string(key)) + ": ";
      pretty(out, value, depth + 1);
    }
    out += "\n" + outdent + "}";
  } else if (const auto* array = json.if_array(); array && !array->empty()) {
    out += "[\n";
    for (const auto& value : *array) {
      if (&value != &array->front()) out += ",\n";
      out += indent;
      pretty(out, value, depth + 1);
    }
    out += "\n" + outdent + "]";
  } else {
    out += boost::json::serialize(json);
  }
}

class SyncGoldenTest : public ReadTest {
 protected:
  std::string steady(std::string text, const std::string& room) {
    std::vector<std::string> ids;
    auto num = this->room(room)->num();
    auto read = server->read([&](store::Connection& connection) -> Result<Unit> {
      for (const auto& stored : memory::event_store::timeline(connection, num, 0, 1LL << 60, 1000, false)) {
        ids.push_back(stored->event->event_id);
      }
      return Unit{};
    });
    EXPECT_TRUE(read);
    const auto replace = [&text](const std::string& from, const std::string& to) {
      for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
      }
    };
    // In version 12 the room id is the create event's id with another sigil: both have the same name here.
    for (std::size_t i = 0; i < ids.size(); ++i) replace(ids[i], "$event-" + std::to_string(i + 1));
    replace(room, "!room");
    text = std::regex_replace(text, std::regex(R"re("(age|origin_server_ts|ts)":\d+)re"), "\"$1\":0");
    text = std::regex_replace(text, std::regex(R"re("s\d+\.\w+\.\d+")re"), "\"<sync token>\"");
    return std::regex_replace(text, std::regex(R"re("t\d+")re"), "\"<page token>\"");
  }

  void expect_golden(const std::string& name, const ReadAnswer& answer, const std::string& room) {
    ASSERT_EQ(answer.status, 200) << answer.text;
    std::string text;
    pretty(text, boost::json::parse(steady(answer.text, room)), 0);
    text += '\n';
    const auto path = TROUPE_GOLDEN_DIR "sync/" + name + ".json";
    const char* mode = std::getenv("TROUPE_GOLDEN");
    if (mode && std::string_view(mode) == "write") {
      std::ofstream(path) << text;
      return;
    }
    std::ifstream file(path);
    std::stringstream expected;
    expected << file.rdbuf();
    EXPECT_EQ(text, expected.str()) << "If the change is meant: TROUPE_GOLDEN=write";
  }
  ReadAnswer plain_sync(std::string_view who, std::string_view since, std::string_view filter = kNoRules) {
    return sync(who, since, "&filter=" + base::percent_encode(filter));
  }
};

TEST_F(SyncGoldenTest, AStoryOfTwo) {
  rooms::CreateRoom request;
  request.name = "Garden";
  request.topic = "What grows";
  request.invite = {user("bob")};
  request.is_direct = true;
  const auto room = must_create("alice", std::move(request));
  expect_golden("first_of_the_creator", plain_sync("alice", ""), room);
  const auto invited = plain_sync("bob", "");
  expect_golden("invite", invited, room);

  ASSERT_TRUE(join("bob", room));
  const auto joined = plain_sync("bob", invited.next());
  expect_golden("join", joined, room);
  const auto alice = plain_sync("alice", "");

  const auto sent =
      send(with_txn("bob", "txn1"), room, "m.room.message",
           {{"body", "hi alice"}, {"msgtype", "m.text"}, {"m.mentions", {{"user_ids", {user("alice")}}}}});
  ASSERT_TRUE(sent);
  expect_golden("own_message", plain_sync("bob", joined.next()), room);
  const auto heard = plain_sync("alice", alice.next());
  expect_golden("mention", heard, room);

  ASSERT_EQ(call("alice", "POST", "/rooms/" + room + "/receipt/m.read/" + sent->event_id).status, 200);
  ASSERT_EQ(call("alice", "PUT", "/rooms/" + room + "/typing/" + user("alice"), R"({"typing":true})").status, 200);
  ASSERT_EQ(call("alice", "PUT", "/user/" + user("alice") + "/rooms/" + room + "/tags/m.favourite", R"({"order":0.25})")
                .status,
            200);
  const auto read = plain_sync("alice", heard.next());
  expect_golden("receipt_typing_and_tag", read, room);

  ASSERT_TRUE(set_state("alice", room, "m.room.topic", "", {{"topic", "What grew"}}));
  for (int i = 1; i <= 3; ++i) ASSERT_TRUE(send("alice", room, "m" + std::to_string(i)));
  constexpr auto kShort =
      R"({"account_data":{"types":[]},"room":{"timeline":{"limit":2},"state":{"lazy_load_members":true}}})";
  expect_golden("gap_with_lazy_members", plain_sync("bob", joined.next(), kShort), room);

  const auto before = plain_sync("bob", joined.next());
  ASSERT_TRUE(change("alice", room, "bob", "leave"));
  expect_golden("kicked", plain_sync("bob", before.next()), room);
  expect_golden("nothing_new", plain_sync("alice", plain_sync("alice", "").next()), room);
}

}  // namespace
}  // namespace troupe::homeserver::sync
