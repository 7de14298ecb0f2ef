// /_synapse/metrics as a dashboard made for Synapse scrapes it.
#include <gtest/gtest.h>

#include <charconv>
#include <regex>
#include <set>
#include <sstream>

#include "homeserver/whole_server_fixture.h"

namespace troupe::homeserver::metrics {
namespace {

/// The page by the rules of the text format 0.0.4: every sample belongs to the metric whose TYPE came last, no line
/// comes twice, and the buckets of a histogram rise to its count.
class Scrape {
 public:
  explicit Scrape(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) read(line);
  }
  /// The value on the line that begins with this; nothing: there is no such line.
  std::optional<double> number(const std::string& line) const {
    const auto found = samples_.find(line);
    return found == samples_.end() ? std::nullopt : std::optional(found->second);
  }
  /// Names of samples that begin so.
  std::set<std::string> names(const std::string& prefix) const {
    std::set<std::string> out;
    for (const auto& [line, value] : samples_) {
      const auto name = line.substr(0, line.find('{'));
      if (name.starts_with(prefix)) out.insert(name);
    }
    return out;
  }

 private:
  void read(const std::string& line) {
    static const std::regex kType("# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)");
    static const std::regex kHelp("# HELP [a-zA-Z_:][a-zA-Z0-9_:]* .+");
    static const std::regex kSample(
        R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\\\|\\"|\\n)*",?)+\})? (\S+))re");
    std::smatch found;
    if (std::regex_match(line, found, kType)) {
      EXPECT_TRUE(metrics_.insert(found[1]).second) << "a second TYPE: " << line;
      name_ = found[1];
      type_ = found[2];
      bucket_ = 0;
      return;
    }
    if (std::regex_match(line, kHelp)) return;
    ASSERT_TRUE(std::regex_match(line, found, kSample)) << line;
    sample(found[1], found[2], found[3]);
  }

  void sample(const std::string& name, const std::string& labels, const std::string& value) {
    double number = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
    EXPECT_EQ(read.ec, std::errc()) << name << labels << " " << value;
    EXPECT_EQ(read.ptr, value.data() + value.size()) << name << labels << " " << value;
    EXPECT_TRUE(samples_.emplace(name + labels, number).second) << "twice: " << name << labels;
    if (type_ != "histogram") {
      EXPECT_EQ(name, name_);
      return;
    }
    EXPECT_TRUE(name == name_ + "_bucket" || name == name_ + "_sum" || name == name_ + "_count") << name;
    if (name.ends_with("_bucket")) {
      if (labels.find("le=\"0.0001\"") != std::string::npos) bucket_ = 0;
      EXPECT_GE(number, bucket_) << name << labels;
      bucket_ = number;
    }
    if (name.ends_with("_count")) {
      EXPECT_EQ(number, bucket_) << name << labels;
    }
  }

  std::map<std::string, double> samples_;
  std::set<std::string> metrics_;
  std::string name_;
  std::string type_;
  double bucket_ = 0;
};

constexpr auto kOfServer = R"(server_name="example.org")";

/// What the dashboard in Synapse's tree asks for, and is answered here. Some come only with something to count.
const std::set<std::string> kNames{"synapse_admin_mau_current",
                                   "synapse_admin_mau_max",
                                   "synapse_build_info",
                                   "synapse_event_persisted_position",
                                   "synapse_federation_client_sent_edus_total",
                                   "synapse_federation_client_sent_pdu_destinations_count_total",
                                   "synapse_federation_client_sent_transactions_total",
                                   "synapse_federation_server_number_inbound_pdu_in_staging",
                                   "synapse_federation_server_received_edus_total",
                                   "synapse_federation_server_received_pdus_total",
                                   "synapse_federation_soft_failed_events_total",
                                   "synapse_federation_transaction_queue_pending_edus",
                                   "synapse_federation_transaction_queue_pending_pdus",
                                   "synapse_forward_extremities_bucket",
                                   "synapse_forward_extremities_count",
                                   "synapse_forward_extremities_sum",
                                   "synapse_handler_presence_federation_presence_out_total",
                                   "synapse_handler_presence_federation_presence_total",
                                   "synapse_handler_presence_notified_presence_total",
                                   "synapse_handler_presence_presence_updates_total",
                                   "synapse_http_httppusher_http_pushes_failed_total",
                                   "synapse_http_httppusher_http_pushes_processed_total",
                                   "synapse_http_matrixfederationclient_requests_total",
                                   "synapse_http_server_in_flight_requests_count",
                                   "synapse_http_server_requests_received_total",
                                   "synapse_http_server_response_time_seconds_bucket",
                                   "synapse_http_server_response_time_seconds_count",
                                   "synapse_http_server_response_time_seconds_sum",
                                   "synapse_notifier_users_woken_by_stream_total",
                                   "synapse_rate_limit_reject_affected_hosts",
                                   "synapse_rate_limit_reject_total",
                                   "synapse_rate_limit_sleep_affected_hosts",
                                   "synapse_rate_limit_sleep_total",
                                   "synapse_server_name_info",
                                   "synapse_state_res_cpu_for_biggest_room_seconds_total",
                                   "synapse_state_res_db_for_biggest_room_seconds_total",
                                   "synapse_storage_events_persisted_events_sep_total",
                                   "synapse_storage_events_persisted_events_total",
                                   "synapse_storage_events_potential_times_prune_extremities_total",
                                   "synapse_storage_events_state_resolutions_during_persistence_total",
                                   "synapse_storage_events_times_pruned_extremities_total",
                                   "synapse_storage_schedule_time_bucket",
                                   "synapse_storage_schedule_time_count",
                                   "synapse_storage_schedule_time_sum",
                                   "synapse_storage_transaction_time_count_total",
                                   "synapse_storage_transaction_time_sum_total",
                                   "synapse_util_caches_cache",
                                   "synapse_util_caches_cache_evicted_size",
                                   "synapse_util_caches_cache_hits",
                                   "synapse_util_caches_cache_size",
                                   "synapse_util_metrics_block_ru_stime_seconds_total",
                                   "synapse_util_metrics_block_ru_utime_seconds_total"};

class SynapseMetricsTest : public testing::Test {
 protected:
  Scrape scrape() { return Scrape(server_.scrape("/_synapse/metrics")); }
  int say(const std::string& body) {
    return server_
        .call(anna_, "PUT", "/rooms/" + room_ + "/send/m.room.message/" + body, {{"msgtype", "m.text"}, {"body", body}})
        .status;
  }
  WholeServer server_;
  std::string anna_ = server_.person("anna");
  std::string room_ = server_.call(anna_, "POST", "/createRoom", matrix::JsonObject()).string_at("/room_id");
};

TEST_F(SynapseMetricsTest, TheNamesThatDashboardsReadAreThere) {
  ASSERT_EQ(say("hello"), 200);
  auto names = scrape().names("synapse_");
  names.erase("synapse_event_processing_positions");  // these two come with the first round of a job
  names.erase("synapse_background_process_start_total");
  EXPECT_EQ(names, kNames);
}

TEST_F(SynapseMetricsTest, NumbersAreWhatHappened) {
  const auto of = [](const std::string& name, const std::string& own = {}) {
    return name + "{" + own + (own.empty() ? "" : ",") + kOfServer + "}";
  };
  const auto before = scrape();
  ASSERT_EQ(say("hello"), 200);
  ASSERT_EQ(server_.call(anna_, "PUT", "/rooms/!nowhere:example.org/send/m.room.message/1", {{"body", "x"}}).status,
            403);
  const auto after = scrape();
  const auto grew = [&](const std::string& line) {
    return after.number(line).value_or(-1) - before.number(line).value_or(0);
  };
  EXPECT_EQ(grew(of("synapse_storage_events_persisted_events_total")), 1);
  EXPECT_EQ(grew(of("synapse_storage_events_persisted_events_sep_total",
                    R"(type="m.room.message",origin_type="local",origin_entity="*client*")")),
            1);
  EXPECT_EQ(after.number(of("synapse_storage_events_persisted_events_sep_total",
                            R"(type="m.room.create",origin_type="local",origin_entity="*client*")")),
            1);
  EXPECT_EQ(after.number(of("synapse_event_persisted_position")), static_cast<double>(server_.db->head()));
  EXPECT_EQ(after.number("synapse_build_info{version=\"" + server_.settings.version + "\"}"), 1);
  EXPECT_EQ(after.number(of("synapse_server_name_info")), 1);
  const std::string send = R"(method="PUT",servlet="RoomSendEventRestServlet")";
  EXPECT_EQ(grew(of("synapse_http_server_requests_received_total", send)), 2);
  EXPECT_EQ(grew(of("synapse_http_server_response_time_seconds_count", send + R"(,code="2xx",tag="")")), 1);
  EXPECT_EQ(grew(of("synapse_http_server_response_time_seconds_count", send + R"(,code="4xx",tag="")")), 1);
  EXPECT_EQ(after.number(of("synapse_http_server_requests_received_total",
                            R"(method="POST",servlet="/_matrix/client/v3/createRoom")")),
            1);
  EXPECT_GT(after.number(of("synapse_storage_transaction_time_count_total", R"(desc="write_batch")")), 0);
  EXPECT_GT(after.number(of("synapse_util_caches_cache_size", R"(name="rooms")")), 0);
  EXPECT_EQ(after.number(of("synapse_federation_server_received_pdus_total")), 0);
  for (const auto* name : {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds",
                           "process_max_fds", "process_start_time_seconds", "process_virtual_memory_bytes"})
    EXPECT_GT(after.number(name), 0) << name;
  EXPECT_TRUE(after.number("troupe_store_batches_total")) << "its own names stay";
}

TEST_F(SynapseMetricsTest, WhatIsKnownOfAccountsAndMemoryIsSaid) {
  const auto pusher = [&](const std::string& app, const std::string& key) {
    matrix::JsonObject body{{"app_id", app},
                            {"pushkey", key},
                            {"kind", "http"},
                            {"app_display_name", "App"},
                            {"device_display_name", "Phone"},
                            {"lang", "en"},
                            {"data", {{"url", "https://push.example.org/_matrix/push/v1/notify"}}}};
    return server_.call(anna_, "POST", "/pushers/set", std::move(body)).status;
  };
  ASSERT_EQ(pusher("org.a", "1"), 200);
  ASSERT_EQ(pusher("org.a", "2"), 200);
  ASSERT_EQ(pusher("org.\"b\"", "1"), 200);
  server_.run_job("homeserver.last_seen");
  auto& rounds = server_.metrics.counter("troupe_host_jobs_total", "Rounds of repeating jobs", {"job", "outcome"});
  rounds.with({"some.job", "done"}).add(2);
  rounds.with({"some.job", "failed"}).add();
  const auto page = scrape();
  const auto of = [](const std::string& name, const std::string& own) { return name + "{" + own + kOfServer + "}"; };
  EXPECT_EQ(page.number(of("synapse_pushers", R"(kind="http",app_id="org.a",)")), 2);
  EXPECT_EQ(page.number(of("synapse_pushers", R"(kind="http",app_id="org.\"b\"",)")), 1);
  EXPECT_GE(page.number(of("synapse_admin_mau_current", "")), 1);
  EXPECT_EQ(page.number(of("synapse_admin_mau_max", "")), 0);
  const auto looked = page.number(of("synapse_util_caches_cache", R"(name="sessions",)"));
  const auto hits = page.number(of("synapse_util_caches_cache_hits", R"(name="sessions",)"));
  EXPECT_GT(hits, 0);
  EXPECT_GT(looked, hits) << "each token is looked up once";
  const auto rooms = page.number(of("synapse_util_caches_cache_size", R"(name="rooms",)"));
  EXPECT_EQ(page.number("synapse_forward_extremities_bucket{" + std::string(kOfServer) + ",le=\"1\"}"), rooms);
  EXPECT_EQ(page.number(of("synapse_background_process_start_total", R"(name="some.job",)")), 3);
  // Counted once a minute.
  ASSERT_EQ(pusher("org.a", "3"), 200);
  EXPECT_EQ(scrape().number(of("synapse_pushers", R"(kind="http",app_id="org.a",)")), 2);
}

TEST_F(SynapseMetricsTest, WaitsAreCounted) {
  const auto of = [](const std::string& name, const std::string& own = {}) {
    return name + "{" + own + kOfServer + "}";
  };
  const auto before = scrape();
  ASSERT_EQ(say("hello"), 200);
  server_.call(anna_, "GET", "/rooms/" + room_ + "/messages?dir=b");
  const auto after = scrape();
  const auto grew = [&](const std::string& line) {
    return after.number(line).value_or(-1) - before.number(line).value_or(0);
  };
  EXPECT_GE(grew(of("synapse_storage_schedule_time_count")), 2) << "a send and a read";
  const auto seconds = [&](const std::string& kind) {
    return "troupe_store_wait_seconds_count{kind=\"" + kind + "\"}";
  };
  EXPECT_EQ(*after.number(seconds("read")) + *after.number(seconds("write")),
            *after.number(of("synapse_storage_schedule_time_count")));
  for (const auto* kind : {"read", "write"}) EXPECT_GE(grew(seconds(kind)), 1) << kind;
}

TEST_F(SynapseMetricsTest, UsersWhoWaitAreCountedByWhatWokeThem) {
  const auto woken = [this](const std::string& stream) {
    return scrape().number("synapse_notifier_users_woken_by_stream_total{stream=\"" + stream + "\"," + kOfServer + "}");
  };
  ASSERT_EQ(say("to nobody who waits"), 200);
  EXPECT_EQ(woken("room_key"), 0);
  auto next = server_.call(anna_, "GET", "/sync").string_at("/next_batch");
  // What is said before it waits wakes nobody: so again, until somebody was woken.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(15);
  for (int i = 0; woken("room_key") == 0 && std::chrono::steady_clock::now() < deadline; ++i) {
    auto waiting = server_.start(anna_, "GET", "/sync?timeout=20000&since=" + next);
    ASSERT_EQ(say("again" + std::to_string(i)), 200);
    next = waiting.get().string_at("/next_batch");
  }
  EXPECT_EQ(woken("room_key"), 1);
  EXPECT_EQ(woken("typing_key"), 0);
}

TEST_F(SynapseMetricsTest, EventsThatWereLookedAtAreCountedWithTheirLag) {
  const std::string name = R"(name="push",)";
  const auto count = [&] {
    return scrape().number("synapse_event_processing_lag_by_event_count{" + name + kOfServer + "}").value_or(0);
  };
  EXPECT_EQ(count(), 0);
  ASSERT_EQ(server_
                .call(anna_, "POST", "/pushers/set",
                      matrix::JsonObject{{"app_id", "org.a"},
                                         {"pushkey", "1"},
                                         {"kind", "http"},
                                         {"app_display_name", "App"},
                                         {"device_display_name", "Phone"},
                                         {"lang", "en"},
                                         {"data", {{"url", "https://push.example.org/_matrix/push/v1/notify"}}}})
                .status,
            200);
  server_.run_job("homeserver.push");
  const auto before = count();
  ASSERT_EQ(say("hello"), 200);
  server_.run_job("homeserver.push");
  EXPECT_EQ(count(), before + 1);
  EXPECT_LT(scrape().number("synapse_event_processing_lag_by_event_sum{" + name + kOfServer + "}").value_or(1e9), 60);
}

TEST_F(SynapseMetricsTest, TypesThatPeopleMakeUpAreCountedTogether) {
  const auto line = R"(synapse_storage_events_persisted_events_sep_total{type="other",origin_type="local",)"
                    R"(origin_entity="*client*",server_name="example.org"})";
  EXPECT_FALSE(scrape().number(line));
  for (const std::string type : {"org.example.a", "org.example.b"})
    ASSERT_EQ(server_.call(anna_, "PUT", "/rooms/" + room_ + "/send/" + type + "/1", matrix::JsonObject()).status, 200);
  EXPECT_EQ(scrape().number(line), 2);
}

}  // namespace
}  // namespace troupe::homeserver::metrics
