// What dashboards ask of the server itself.
#include "homeserver/admin/admin_fixture.h"

namespace troupe::homeserver::admin {
namespace {

using matrix::JsonObject;

class ServerStatusTest : public AdminFixture {};

TEST_F(ServerStatusTest, NothingRunsInTheBackground) {
  EXPECT_EQ(ask("GET", "/v1/background_updates/status").text, R"({"enabled":true,"current_updates":{}})");
  EXPECT_EQ(ask("GET", "/v1/background_updates/enabled").text, R"({"enabled":true})");
  EXPECT_EQ(ask("POST", "/v1/background_updates/enabled", JsonObject{{"enabled", true}}).text, R"({"enabled":true})");
  EXPECT_EQ(ask("POST", "/v1/background_updates/enabled", JsonObject{{"enabled", false}}).text, R"({"enabled":false})");
  EXPECT_EQ(ask("GET", "/v1/background_updates/enabled").text, R"({"enabled":false})");
  EXPECT_EQ(ask("GET", "/v1/background_updates/status").text, R"({"enabled":false,"current_updates":{}})");
  EXPECT_EQ(status("POST", "/v1/background_updates/enabled", JsonObject()), "400 M_MISSING_PARAM");
  EXPECT_EQ(status("POST", "/v1/background_updates/enabled", JsonObject{{"enabled", "yes"}}), "400 M_BAD_JSON");
}

TEST_F(ServerStatusTest, WhatSynapseMakesAnewIsAlwaysThere) {
  const auto start = [this](const matrix::Json& body) { return ask("POST", "/v1/background_updates/start_job", body); };
  EXPECT_EQ(start(JsonObject{{"job_name", "regenerate_directory"}}).text, "{}");
  EXPECT_EQ(start(JsonObject{{"job_name", "populate_stats_process_rooms"}}).text, "{}");
  EXPECT_EQ(outcome(start(JsonObject{{"job_name", "make_coffee"}})), "400 M_UNKNOWN");
  EXPECT_EQ(outcome(start(JsonObject())), "400 M_MISSING_PARAM");
}

TEST_F(ServerStatusTest, NoOtherServersAreSpokenTo) {
  EXPECT_EQ(ask("GET", "/v1/federation/destinations?limit=5").text, R"({"destinations":[],"total":0})");
  EXPECT_EQ(status("GET", "/v1/federation/destinations?limit=x"), "400 M_INVALID_PARAM");
  EXPECT_EQ(status("GET", "/v1/federation/destinations?order_by=colour"), "400 M_INVALID_PARAM");
  EXPECT_EQ(ask("GET", "/v1/federation/destinations?order_by=retry_last_ts").status, 200);
  EXPECT_EQ(status("GET", "/v1/federation/destinations/elsewhere.org"), "404 M_NOT_FOUND");
  EXPECT_EQ(status("GET", "/v1/federation/destinations/elsewhere.org/rooms"), "404 M_NOT_FOUND");
  EXPECT_EQ(status("POST", "/v1/federation/destinations/elsewhere.org/reset_connection", JsonObject()),
            "404 M_NOT_FOUND");
}

TEST_F(ServerStatusTest, DeletionsAreTasks) {
  EXPECT_EQ(ask("GET", "/v1/scheduled_tasks").text, R"({"scheduled_tasks":[]})");
  const auto room = server_.call(anna_, "POST", "/createRoom", JsonObject()).string_at("/room_id");
  ASSERT_EQ(ask("DELETE", "/v1/rooms/" + room, JsonObject()).status, 200);
  const auto found = ask("GET", "/v1/scheduled_tasks?resource_id=" + room + "&action_name=shutdown_and_purge_room");
  EXPECT_EQ(found.string_at("/scheduled_tasks/0/status"), "complete") << found.text;
  EXPECT_EQ(found.string_at("/scheduled_tasks/0/resource_id"), room);
  EXPECT_GT(found.at("/scheduled_tasks/0/timestamp_ms").as_int64(), 0);
  EXPECT_TRUE(found.at("/scheduled_tasks/0/result").is_object());
  EXPECT_TRUE(found.at("/scheduled_tasks/0/error").is_null());
  for (const auto* none : {"?action_name=purge_history", "?job_status=failed", "?max_timestamp=5", "?resource_id=!x"})
    EXPECT_EQ(ask("GET", std::string("/v1/scheduled_tasks") + none).at("/scheduled_tasks").as_array().size(), 0U)
        << none;
  EXPECT_EQ(status("GET", "/v1/scheduled_tasks?job_status=done"), "400 M_INVALID_PARAM");
}

TEST_F(ServerStatusTest, RedactionsAreTasks) {
  const std::string tasks = "/v1/scheduled_tasks?action_name=redact_all_events&resource_id=@anna:example.org";
  const auto started = ask("POST", "/v1/user/@anna:example.org/redact", JsonObject{{"rooms", matrix::JsonArray()}});
  ASSERT_EQ(started.status, 200) << started.text;
  const auto waiting = ask("GET", tasks);
  EXPECT_EQ(waiting.string_at("/scheduled_tasks/0/id"), started.string_at("/redact_id")) << waiting.text;
  EXPECT_EQ(waiting.string_at("/scheduled_tasks/0/status"), "scheduled");
  server_.run_job("homeserver.user_redactions");
  const auto done = ask("GET", tasks);
  EXPECT_EQ(done.string_at("/scheduled_tasks/0/status"), "complete") << done.text;
  EXPECT_EQ(done.at("/scheduled_tasks/0/result/redacted"), 0);
  EXPECT_EQ(ask("GET", "/v1/scheduled_tasks?action_name=purge_history").at("/scheduled_tasks").as_array().size(), 0U);
}

TEST_F(ServerStatusTest, FeaturesAreTheSameForEverybody) {
  const std::string path = "/v1/experimental_features/@anna:example.org";
  EXPECT_EQ(ask("GET", path).text, R"({"features":{"msc3881":true,"msc3575":true,"msc4222":true}})");
  EXPECT_EQ(ask("PUT", path, JsonObject{{"features", {{"msc3575", true}, {"msc4222", true}, {"msc3881", true}}}}).text,
            "{}");
  EXPECT_EQ(status("PUT", path, JsonObject{{"features", {{"msc3575", true}, {"msc9999", true}}}}), "400 M_UNKNOWN");
  EXPECT_EQ(status("PUT", path, JsonObject{{"features", {{"msc3881", false}}}}), "400 M_UNKNOWN");
  EXPECT_EQ(status("PUT", path, JsonObject()), "400 M_MISSING_PARAM");
  EXPECT_EQ(status("GET", "/v1/experimental_features/@nobody:example.org"), "404 M_NOT_FOUND");
  EXPECT_EQ(outcome(as(anna_, "GET", path)), "403 M_FORBIDDEN");
}

TEST_F(ServerStatusTest, OnlyAdministratorsAsk) {
  for (const auto* path : {"/v1/background_updates/status", "/v1/background_updates/enabled", "/v1/scheduled_tasks",
                           "/v1/federation/destinations"}) {
    EXPECT_EQ(outcome(as(anna_, "GET", path)), "403 M_FORBIDDEN") << path;
    EXPECT_EQ(outcome(as("", "GET", path)), "401 M_MISSING_TOKEN") << path;
  }
}

}  // namespace
}  // namespace troupe::homeserver::admin
