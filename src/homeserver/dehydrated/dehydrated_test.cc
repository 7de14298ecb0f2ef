// A device that nobody is signed in on.
#include <gtest/gtest.h>

#include "homeserver/dehydrated/dehydrated_devices.h"
#include "homeserver/whole_server_fixture.h"

namespace troupe::homeserver::dehydrated {
namespace {

using matrix::Json;
using matrix::JsonObject;

constexpr std::string_view kPath = "/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device";

class DehydratedTest : public testing::Test {
 protected:
  static JsonObject device(const std::string& id, const std::string& key = "1") {
    const JsonObject keys{{"curve25519:" + id, "curve" + key}, {"ed25519:" + id, "ed" + key}};
    return {{"device_id", id},
            {"device_data", {{"algorithm", "m.dehydration.v2"}, {"device_pickle", "x"}, {"nonce", "y"}}},
            {"initial_device_display_name", "Dehydrated"},
            {"device_keys",
             {{"user_id", "@anna:example.org"},
              {"device_id", id},
              {"dehydrated", true},
              {"algorithms", {"m.olm.v1.curve25519-aes-sha2"}},
              {"keys", keys},
              {"signatures", JsonObject()}}},
            {"one_time_keys", {{"signed_curve25519:AA", {{"key", "one" + key}}}}},
            {"fallback_keys", {{"signed_curve25519:FF", {{"key", "fall" + key}, {"fallback", true}}}}}};
  }
  WholeAnswer put(const JsonObject& body) { return server_.call(anna_, "PUT", std::string(kPath), body); }
  WholeAnswer get(const std::string& rest = {}) { return server_.call(anna_, "GET", std::string(kPath) + rest); }
  void send(const std::string& device_id, const std::string& text) {
    const auto sent = server_.call(bert_, "PUT", "/sendToDevice/m.room.encrypted/" + std::to_string(++txn_),
                                   JsonObject{{"messages", {{"@anna:example.org", {{device_id, {{"body", text}}}}}}}});
    ASSERT_EQ(sent.status, 200) << sent.text;
  }
  Json keys_of(const std::string& device_id) {
    const auto found = server_.call(bert_, "POST", "/keys/query",
                                    JsonObject{{"device_keys", {{"@anna:example.org", matrix::JsonArray()}}}});
    return found.at("/device_keys/@anna:example.org/" + device_id);
  }
  std::string claim(const std::string& device_id) {
    const auto found =
        server_.call(bert_, "POST", "/keys/claim",
                     JsonObject{{"one_time_keys", {{"@anna:example.org", {{device_id, "signed_curve25519"}}}}}});
    const auto keys = found.at("/one_time_keys/@anna:example.org/" + device_id);
    return keys.is_object() ? std::string(keys.as_object().begin()->value().at("key").as_string()) : "";
  }
  /// Ids in one's list, the dehydrated one with a star.
  std::string listed() {
    std::string ids;
    const auto answer = server_.call(anna_, "GET", "/devices");
    for (const auto& row : answer.at("/devices").as_array()) {
      ids += std::string(row.at("device_id").as_string()) + (row.as_object().contains("dehydrated") ? "* " : " ");
    }
    return ids;
  }

  WholeServer server_;
  std::string anna_ = server_.person("anna");
  std::string bert_ = server_.person("bert");
  int txn_ = 0;
};

TEST_F(DehydratedTest, IsADeviceWithKeysAndMessages) {
  EXPECT_EQ(get().string_at("/errcode"), "M_NOT_FOUND");
  EXPECT_EQ(put(device("DRY")).text, R"({"device_id":"DRY"})");
  const auto shown = get();
  EXPECT_EQ(shown.string_at("/device_id"), "DRY");
  EXPECT_EQ(shown.string_at("/device_data/algorithm"), "m.dehydration.v2");
  EXPECT_EQ(shown.string_at("/device_data/nonce"), "y");
  EXPECT_EQ(listed(), "DRY* PHONE ");
  EXPECT_EQ(server_.call(anna_, "GET", "/devices/DRY").string_at("/display_name"), "Dehydrated");
  EXPECT_EQ(keys_of("DRY").at("dehydrated"), true);
  EXPECT_EQ(claim("DRY"), "one1");
  EXPECT_EQ(claim("DRY"), "fall1") << "the fallback key, once the others are gone";
  send("DRY", "a");
  send("*", "b");
  const auto events = get("/DRY/events");
  EXPECT_EQ(events.string_at("/events/0/content/body"), "a") << events.text;
  EXPECT_EQ(events.string_at("/events/1/content/body"), "b");
  EXPECT_EQ(events.string_at("/events/0/sender"), "@bert:example.org");
  EXPECT_TRUE(events.at("/next_batch").is_null()) << "that was all";
  EXPECT_EQ(get("/DRY/events").text, events.text) << "none is removed";
}

TEST_F(DehydratedTest, MessagesComeByPages) {
  put(device("DRY"));
  for (std::size_t i = 0; i < DehydratedDevices::kPage + 5; ++i) send("DRY", std::to_string(i));
  const auto first = get("/DRY/events");
  EXPECT_EQ(first.at("/events").as_array().size(), DehydratedDevices::kPage);
  const auto second = get("/DRY/events?from=" + first.string_at("/next_batch"));
  EXPECT_EQ(second.at("/events").as_array().size(), 5U);
  EXPECT_EQ(second.string_at("/events/0/content/body"), "100");
  EXPECT_TRUE(second.at("/next_batch").is_null());
  // As the proposal has it: until nothing comes.
  const auto post = [&](const JsonObject& body) {
    return server_.call(anna_, "POST", std::string(kPath) + "/DRY/events", body);
  };
  auto page = post({});
  EXPECT_EQ(page.text, first.text);
  page = post({{"next_batch", page.string_at("/next_batch")}});
  EXPECT_EQ(page.at("/events").as_array().size(), 5U);
  page = post({{"next_batch", page.string_at("/next_batch")}});
  EXPECT_EQ(page.at("/events").as_array().size(), 0U);
  EXPECT_FALSE(page.string_at("/next_batch").empty());
  EXPECT_EQ(post({{"next_batch", "s5"}}).string_at("/errcode"), "M_INVALID_PARAM");
  EXPECT_EQ(get("/DRY/events?from=x").string_at("/errcode"), "M_INVALID_PARAM");
}

TEST_F(DehydratedTest, AnotherTakesItsPlace) {
  put(device("ONE"));
  send("ONE", "for the first");
  ASSERT_EQ(put(device("TWO", "2")).status, 200);
  EXPECT_EQ(listed(), "PHONE TWO* ");
  EXPECT_EQ(get("/ONE/events").string_at("/errcode"), "M_FORBIDDEN");
  EXPECT_EQ(get("/TWO/events").at("/events").as_array().size(), 0U);
  EXPECT_TRUE(keys_of("ONE").is_null());
  EXPECT_EQ(claim("TWO"), "one2");
  ASSERT_EQ(put(device("TWO", "3")).status, 200) << "under the same id";
  EXPECT_EQ(claim("TWO"), "one3");
}

TEST_F(DehydratedTest, ARefusedOneLeavesTheOneBefore) {
  put(device("ONE"));
  send("ONE", "kept");
  EXPECT_EQ(put(device("PHONE")).string_at("/errcode"), "M_INVALID_PARAM") << "somebody is signed in there";
  auto bad = device("TWO");
  bad["one_time_keys"] = JsonObject{{"nameless", "x"}};
  EXPECT_EQ(put(bad).status, 400);
  bad = device("TWO");
  bad["device_keys"].as_object()["device_id"] = "OTHER";
  EXPECT_EQ(put(bad).status, 400);
  bad = device("TWO");
  bad.erase("device_keys");
  EXPECT_EQ(put(bad).status, 400);
  bad = device("TWO");
  bad["device_data"] = JsonObject();
  EXPECT_EQ(put(bad).string_at("/errcode"), "M_BAD_JSON");
  bad = device("TWO");
  bad["device_data"].as_object()["device_pickle"] = std::string(70'000, 'x');
  EXPECT_EQ(put(bad).string_at("/errcode"), "M_TOO_LARGE");
  EXPECT_EQ(listed(), "ONE* PHONE ");
  EXPECT_EQ(get("/ONE/events").string_at("/events/0/content/body"), "kept");
  EXPECT_EQ(claim("ONE"), "one1");
}

TEST_F(DehydratedTest, OthersDoNotSeeIt) {
  put(device("DRY"));
  EXPECT_EQ(server_.call(bert_, "GET", std::string(kPath)).status, 404);
  EXPECT_EQ(server_.call(bert_, "GET", std::string(kPath) + "/DRY/events").status, 403);
  EXPECT_EQ(server_.call(bert_, "DELETE", std::string(kPath)).status, 404);
  EXPECT_EQ(server_.call("", "GET", std::string(kPath)).status, 401);
}

TEST_F(DehydratedTest, EndsAsDevicesDo) {
  put(device("DRY"));
  EXPECT_EQ(server_.call(anna_, "DELETE", std::string(kPath)).text, R"({"device_id":"DRY"})");
  EXPECT_EQ(server_.call(anna_, "DELETE", std::string(kPath)).status, 404);
  EXPECT_EQ(listed(), "PHONE ");
  EXPECT_TRUE(keys_of("DRY").is_null());

  put(device("DRY"));
  ASSERT_EQ(server_.call(anna_, "POST", "/logout/all").status, 200);
  const auto again =
      server_.wait(server_.context->get<matrix::Accounts>().issue_token("@anna:example.org", "PHONE")).value();
  anna_ = again.access_token;
  EXPECT_EQ(get().status, 404);
  EXPECT_EQ(listed(), "PHONE ");

  // Who signs in under its id has a usual device.
  put(device("DRY"));
  const auto signed_in =
      server_.wait(server_.context->get<matrix::Accounts>().issue_token("@anna:example.org", "DRY")).value();
  EXPECT_EQ(server_.call(signed_in.access_token, "GET", "/account/whoami").string_at("/device_id"), "DRY");
  EXPECT_EQ(get().status, 404);
  EXPECT_EQ(listed(), "DRY PHONE ");
}

}  // namespace
}  // namespace troupe::homeserver::dehydrated
