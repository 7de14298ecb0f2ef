// What application services that encrypt are told of devices.
#include <gmock/gmock.h>

#include <set>

#include "homeserver/appservice_feed/appservice_fixture.h"

namespace troupe::homeserver::appservice_feed {
namespace {

using matrix::Json;
using matrix::JsonObject;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kCarl = "@_irc_carl:example.org";

class DeviceFeedTest : public AppserviceTest {
 protected:
  explicit DeviceFeedTest(std::string_view more = "org.matrix.msc3202: true\nio.element.msc4190: true\n")
      : AppserviceTest(more), anna(server->person("anna")) {
    make_ghost("_irc_carl");
    EXPECT_EQ(as("_irc_carl", "PUT", "/devices/BRIDGE", JsonObject()).status, 201);
  }

  void send_to(const std::string& device, const std::string& text) {
    const auto sent = server->call(anna, "PUT", "/sendToDevice/m.room.encrypted/" + std::to_string(++txn),
                                   JsonObject{{"messages", {{kCarl, {{device, {{"body", text}}}}}}}});
    ASSERT_EQ(sent.status, 200) << sent.text;
  }
  /// What the transactions so far hold under a name, which they hold under the other as well.
  std::vector<Json> told(std::string_view name, std::string_view prefix) {
    std::vector<Json> found;
    for (const auto& transaction : bridge.transactions()) {
      const auto* stable = transaction.as_object().if_contains(name);
      const auto* unstable = transaction.as_object().if_contains(std::string(prefix) + std::string(name));
      EXPECT_EQ(stable == nullptr, unstable == nullptr);
      if (!stable || !unstable) continue;
      EXPECT_EQ(*stable, *unstable);
      found.push_back(*stable);
    }
    return found;
  }
  std::vector<std::string> messages() {
    std::vector<std::string> found;
    for (const auto& list : told("to_device", "de.sorunome.msc2409.")) {
      for (const auto& event : list.as_array()) {
        EXPECT_EQ(event.at("type"), "m.room.encrypted");
        EXPECT_EQ(event.at("sender"), "@anna:example.org");
        EXPECT_EQ(matrix::view(event.at("to_user_id").as_string()), kCarl);
        found.push_back(std::string(matrix::view(event.at("to_device_id").as_string())) + ": " +
                        std::string(matrix::view(event.at("content").at("body").as_string())));
      }
    }
    return found;
  }
  std::set<std::string> listed(std::string_view kind) {
    std::set<std::string> found;
    for (const auto& lists : told("device_lists", "org.matrix.msc3202."))
      for (const auto& user : lists.at(kind).as_array()) found.emplace(matrix::view(user.as_string()));
    return found;
  }
  /// Of the newest transaction that says so.
  Json key_counts() {
    const auto all = told("device_one_time_keys_count", "org.matrix.msc3202.");
    return all.empty() ? Json() : all.back();
  }
  Json fallbacks() {
    const auto all = told("device_unused_fallback_key_types", "org.matrix.msc3202.");
    return all.empty() ? Json() : all.back();
  }
  static JsonObject identity(std::string_view user, const std::string& device) {
    const JsonObject keys{{"curve25519:" + device, "curve"}, {"ed25519:" + device, "ed"}};
    return {{"user_id", user},
            {"device_id", device},
            {"algorithms", {"m.olm.v1.curve25519-aes-sha2"}},
            {"keys", keys},
            {"signatures", JsonObject()}};
  }
  /// So that what is new for a person is told, too.
  void upload_of(const std::string& token, const std::string& user) {
    const auto done = server->call(token, "POST", "/keys/upload",
                                   JsonObject{{"device_keys", identity("@" + user + ":example.org", "PHONE")}});
    ASSERT_EQ(done.status, 200) << done.text;
  }
  std::vector<std::string> synced(const std::string& device) {
    const auto answer = as("_irc_carl", "GET", "/sync?device_id=" + device);
    EXPECT_EQ(answer.status, 200) << answer.text;
    std::vector<std::string> found;
    const auto events = answer.at("/to_device/events");
    if (!events.is_array()) return found;
    for (const auto& event : events.get_array())
      found.emplace_back(matrix::view(event.at("content").at("body").as_string()));
    return found;
  }

  std::string anna;
};

TEST_F(DeviceFeedTest, MessagesForDevicesOfItsUsers) {
  send_to("BRIDGE", "one");
  send_to("*", "two");
  ASSERT_TRUE(told_until([&] { return messages().size() >= 2; }));
  EXPECT_THAT(messages(), ElementsAre("BRIDGE: one", "BRIDGE: two"));
  EXPECT_THAT(synced("BRIDGE"), IsEmpty()) << "nobody signed in there";
}

TEST_F(DeviceFeedTest, ADeviceThatSomebodySignedInOnSyncsThemAsWell) {
  const auto login = server->call("as-irc", "POST", "/login",
                                  {{"type", "m.login.application_service"},
                                   {"identifier", {{"type", "m.id.user"}, {"user", "_irc_carl"}}},
                                   {"device_id", "LAPTOP"}});
  ASSERT_EQ(login.status, 200) << login.text;
  send_to("LAPTOP", "one");
  ASSERT_TRUE(told_until([&] { return !messages().empty(); }));
  EXPECT_THAT(synced("LAPTOP"), ElementsAre("one"));
}

TEST_F(DeviceFeedTest, AMessageWaitsWhileTheServiceIsAway) {
  bridge.answer_status(503);
  send_to("BRIDGE", "one");
  ASSERT_TRUE(told_until([&] { return !messages().empty(); }));
  send_to("BRIDGE", "two");
  bridge.answer_status(200);
  ASSERT_TRUE(later_until([&] {
    const auto all = messages();
    return std::ranges::find(all, "BRIDGE: two") != all.end();
  }));
  auto all = messages();
  std::erase(all, "BRIDGE: one");
  EXPECT_THAT(all, ElementsAre("BRIDGE: two"));
}

TEST_F(DeviceFeedTest, NumbersOfKeys) {
  const auto key = [](const std::string& id) { return JsonObject{{"key", id}}; };
  const auto uploaded =
      as("_irc_carl", "POST", "/keys/upload?device_id=BRIDGE",
         JsonObject{{"device_keys", identity(kCarl, "BRIDGE")},
                    {"one_time_keys", {{"signed_curve25519:A", key("a")}, {"signed_curve25519:B", key("b")}}},
                    {"fallback_keys", {{"signed_curve25519:F", {{"key", "f"}, {"fallback", true}}}}}});
  ASSERT_EQ(uploaded.status, 200) << uploaded.text;
  const auto count_is = [&](int count) {
    return told_until([&] {
      const auto counts = key_counts();
      return !counts.is_null() && counts.at(kCarl).at("BRIDGE").at("signed_curve25519") == count;
    });
  };
  EXPECT_TRUE(count_is(2));
  EXPECT_EQ(fallbacks().at(kCarl).at("BRIDGE"), matrix::JsonArray{"signed_curve25519"});
  const auto claim = [&] {
    const auto claimed = server->call(anna, "POST", "/keys/claim",
                                      JsonObject{{"one_time_keys", {{kCarl, {{"BRIDGE", "signed_curve25519"}}}}}});
    EXPECT_EQ(claimed.status, 200) << claimed.text;
  };
  claim();
  EXPECT_TRUE(count_is(1));
  claim();
  EXPECT_TRUE(count_is(0));
  claim();
  EXPECT_TRUE(told_until([&] { return fallbacks().at(kCarl).at("BRIDGE") == matrix::JsonArray(); }));
}

TEST_F(DeviceFeedTest, WhoseDevicesChanged) {
  const auto bert = server->person("bert");
  const auto room = make_room(anna);
  upload_of(bert, "bert");
  ASSERT_EQ(as("_irc_carl", "POST", "/join/" + enc(room), JsonObject()).status, 200);
  EXPECT_TRUE(told_until([&] { return listed("changed").contains("@anna:example.org"); })) << "it shares a room now";
  bridge.clear();
  upload_of(anna, "anna");
  EXPECT_TRUE(told_until([&] { return listed("changed").contains("@anna:example.org"); }));
  EXPECT_FALSE(listed("changed").contains("@bert:example.org"));
  ASSERT_EQ(join(bert, room), 200);
  EXPECT_TRUE(told_until([&] { return listed("changed").contains("@bert:example.org"); }));
  EXPECT_THAT(listed("left"), IsEmpty());
  ASSERT_EQ(server->call(bert, "POST", "/rooms/" + enc(room) + "/leave", JsonObject()).status, 200);
  EXPECT_TRUE(told_until([&] { return listed("left").contains("@bert:example.org"); }));
  bridge.clear();
  ASSERT_EQ(server->call(bert, "PUT", "/devices/PHONE", {{"display_name", "x"}}).status, 200);
  send(anna, room, "last");
  ASSERT_TRUE(told_until([&] { return was_told("last"); }));
  EXPECT_FALSE(listed("changed").contains("@bert:example.org"));
}

/// The registration says nothing of MSC3202.
class PlainFeedTest : public DeviceFeedTest {
 protected:
  PlainFeedTest() : DeviceFeedTest("") {}
};

TEST_F(PlainFeedTest, OneThatDoesNotAskIsToldOfMessagesOnly) {
  const auto room = make_room(anna);
  ASSERT_EQ(as("_irc_carl", "POST", "/join/" + enc(room), JsonObject()).status, 200);
  upload_of(anna, "anna");
  send_to("BRIDGE", "one");
  ASSERT_TRUE(told_until([&] { return !messages().empty(); }));
  EXPECT_THAT(told("device_lists", "org.matrix.msc3202."), IsEmpty());
  EXPECT_TRUE(key_counts().is_null());
}

}  // namespace
}  // namespace troupe::homeserver::appservice_feed
