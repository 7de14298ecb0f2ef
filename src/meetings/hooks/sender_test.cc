// What is written down for webhooks goes out once, in order, whatever fails and whenever the program dies.
#include "meetings/hooks/sender.h"

#include <boost/json/parse.hpp>

#include "kit/crash.h"
#include "kit/fake_http.h"
#include "kit/migrate.h"
#include "meetings/hooks/outbox.h"
#include "meetings/hooks/signature.h"
#include "meetings/hooks/webhooks.h"
#include "meetings/life/meetings_fixture.h"
#include "store/fault_plan.h"

namespace troupe::meetings::hooks {
namespace {

using life::milliseconds;
using life::seconds;

constexpr std::string_view kEverything =
    R"({"meeting.started":true,"meeting.status_change":true,"meeting.completed":true,"bot.failed":true,"transcription.ready":true})";

class WebhooksTest : public ::testing::Test, protected kit::TaskRunner {
 protected:
  WebhooksTest() {
    db = store::open_database(dir, metrics, {.faults = &faults});
    kit::migrate(*db, "host", host::migrations());
    kit::migrate(*db, "meetings", meetings::migrations());
    http.answer = [this](const net::client::ClientRequest& request) { return answer(request); };
    hooks = std::make_unique<Webhooks>(Webhooks::Uses{*db, time, key, *bus, {}});
    begin();
  }
  ~WebhooksTest() override {
    end();
    db->stop();
    io.stop();
  }
  asio::any_io_executor tasks_run_on() override { return io.at(0).get_executor(); }
  template <class F>
  auto home(F action) {
    return asio::post(io.at(0), std::packaged_task<decltype(action())()>(std::move(action))).get();
  }
  void begin(std::function<bool(SenderStep)> probe = {}) {
    sender = std::make_unique<Sender>(Sender::Uses{.db = *db,
                                                   .http = http,
                                                   .clock = time,
                                                   .key = key,
                                                   .home = io.at(0).get_executor(),
                                                   .bell = bell,
                                                   .bus = *bus,
                                                   .metrics = metrics},
                                      std::move(probe));
    must(sender->start());
  }
  void end() {
    if (sender) must(sender->stop());
    sender.reset();
  }
  void restart() {
    end();
    begin();
  }
  /// On the sender's thread, as everything of the fake web.
  Result<net::client::ClientResponse> answer(const net::client::ClientRequest& request) {
    const auto& said = statuses[request.url];
    const auto number = seen[request.url].size();
    const int status = said.empty() ? 200 : said[std::min(number, said.size() - 1)];
    seen[request.url].emplace_back(request.headers.get("webhook-id"));
    bodies[request.url].push_back(request.body);
    if (status == 0) return Error(Errc::unavailable, "nobody listens");
    return net::client::ClientResponse{.status = status, .headers = {}, .body = {}};
  }
  std::vector<std::string> sent(const std::string& url) {
    return home([&] { return seen[url]; });
  }
  void says(const std::string& url, std::vector<int> list) {
    home([&] { statuses[url] = std::move(list); });
  }
  void pass(milliseconds by) {
    home([&] { time.advance(by); });
    bus->publish(kHooksChannel, {});
  }
  std::int64_t hook(std::string url, std::int64_t owner = 7, Format format = Format::envelope) {
    return must(hooks->create({.tenant_id = 1, .owner_id = owner, .label = "@anna:localhost"},
                              {.url = std::move(url),
                               .secret = "s3cret",
                               .events = boost::json::parse(kEverything).as_object(),
                               .format = format}))
        .hook.id;
  }
  Meeting meeting(MeetingId id, State state = State::requested) {
    return {.id = id,
            .tenant_id = 1,
            .owner_id = 7,
            .owner = "@anna:localhost",
            .native_id = "abc-defg-hij",
            .link = "https://meet.google.com/abc-defg-hij",
            .sealed_url = "never-shown",
            .life = {.state = state, .attempts = 1},
            .created_ms = time.unix_ms()};
  }
  /// requested → active → completed, and what is told at the end.
  void whole_meeting(MeetingId id) {
    auto write = [&](store::Tx& tx) -> Result<Unit> {
      auto now = meeting(id);
      tell_step(tx, {.meeting = now, .source = "user", .at_ms = time.unix_ms()});
      const auto before = now.life;
      now.life.state = State::active;
      now.active_ms = time.unix_ms();
      now.transitions = 3;
      tell_step(tx, {.before = before, .meeting = now, .source = "bot_callback", .at_ms = time.unix_ms()});
      now.life.state = State::completed;
      now.ended_ms = time.unix_ms();
      tell_end(tx, {.meeting = now, .digest = Digest{{"Ann"}, {"en"}, 3}}, nullptr, time.unix_ms());
      return Unit{};
    };
    ASSERT_TRUE(db->write_now(write));
    bell.ring(id);
  }
  std::vector<Delivery> log(std::int64_t id) { return must(hooks->deliveries({.tenant_id = 1}, id, 0, 100)).items; }
  bool all_done(std::int64_t id, std::size_t count) {
    return eventually([&] {
      const auto list = log(id);
      return list.size() == count &&
             std::ranges::none_of(list, [](const auto& one) { return one.state == DeliveryState::waiting; });
    });
  }

  store::TempDir dir;
  base::MetricRegistry metrics;
  store::FaultPlan faults;
  base::ManualClock time{base::system_clock().unix_ms()};
  base::SealingKey key = *base::SealingKey::from_raw(std::string(32, 'k'));
  std::unique_ptr<store::Database> db;
  net::server::IoThreads io{1};
  std::unique_ptr<bus::Bus> bus = bus::make_local_bus();
  records::Bell bell{*bus};
  kit::FakeHttp http;
  std::map<std::string, std::vector<int>> statuses;
  std::map<std::string, std::vector<std::string>> seen, bodies;
  std::unique_ptr<Webhooks> hooks;
  std::unique_ptr<Sender> sender;
};

constexpr std::size_t kOfMeeting = 5;  // requested, active, started, ready, completed

TEST_F(WebhooksTest, WhatIsForgottenGoesOutNoMore) {
  says("https://a.example/hook", {503});
  const auto id = hook("https://a.example/hook");
  whole_meeting(42);
  ASSERT_TRUE(eventually([&] { return sent("https://a.example/hook").size() == 1; }));
  ASSERT_TRUE(eventually([&] { return log(id).back().tries == 1; }));
  const auto delivery = log(id).back().id;
  EXPECT_TRUE(must(hooks->delivery({.tenant_id = 1}, id, delivery)).body.contains("abc-defg-hij"));
  ASSERT_TRUE(db->write_now([](store::Tx& tx) -> Result<Unit> {
    forget_bodies(tx, 42);
    return Unit{};
  }));
  EXPECT_EQ(must(hooks->delivery({.tenant_id = 1}, id, delivery)).body, "");
  pass(seconds(24 * 3'600));
  EXPECT_TRUE(all_done(id, kOfMeeting));
  EXPECT_EQ(sent("https://a.example/hook").size(), 1U) << "the one that went out before";
}

TEST_F(WebhooksTest, TellsAMeetingInItsOrder) {
  const auto id = hook("https://a.example/hook");
  whole_meeting(42);
  ASSERT_TRUE(all_done(id, kOfMeeting));
  auto list = log(id);
  std::ranges::reverse(list);
  std::vector<std::string> ids, types;
  for (const auto& one : list) {
    ids.push_back(one.event_id);
    types.push_back(one.event_type);
  }
  EXPECT_EQ(sent("https://a.example/hook"), ids);
  EXPECT_EQ(types, (std::vector<std::string>{"meeting.status_change", "meeting.status_change", "meeting.started",
                                             "transcription.ready", "meeting.completed"}));
  const auto last = home([&] { return boost::json::parse(bodies["https://a.example/hook"].back()); });
  EXPECT_EQ(last.at("event_id").as_string(), ids.back());
  EXPECT_EQ(last.at_pointer("/data/meeting/status").as_string(), "completed");
  EXPECT_EQ(last.at_pointer("/data/meeting/data/participants/0").as_string(), "Ann");
  for (const auto& request : home([&] { return http.requests; })) {
    EXPECT_EQ(request.headers.get("X-Webhook-Signature"),
              vexa_signature("s3cret", request.headers.get("X-Webhook-Timestamp"), request.body));
    EXPECT_EQ(request.max_redirects, 0);
    EXPECT_EQ(request.trust, net::client::Trust::untrusted);
    EXPECT_EQ(request.body.find("never-shown"), std::string::npos);
  }
}

TEST_F(WebhooksTest, TheLegacyFormatEndsWithTheBareMeeting) {
  const auto id = hook("https://a.example/", 7, Format::legacy);
  whole_meeting(42);
  ASSERT_TRUE(all_done(id, 2));
  const auto told = home([&] { return bodies["https://a.example/"]; });
  EXPECT_EQ(boost::json::parse(told[0]).at("event_type").as_string(), "meeting.status_change");
  EXPECT_EQ(boost::json::parse(told[0]).at_pointer("/status_change/to").as_string(), "active");
  const auto bare = boost::json::parse(told[1]).as_object();
  EXPECT_FALSE(bare.contains("event_type"));
  EXPECT_EQ(bare.at("id").as_int64(), 42);
  EXPECT_EQ(bare.at("end_time").as_string().size(), std::string("2025-06-27T10:17:05.493417").size());
}

TEST_F(WebhooksTest, TellsTheOwnerAndTheTenantAndNobodyElse) {
  const auto own = hook("https://own.example/"), all = hook("https://all.example/", 0);
  const auto other = hook("https://other.example/", 8);
  whole_meeting(42);
  ASSERT_TRUE(all_done(own, kOfMeeting));
  ASSERT_TRUE(all_done(all, kOfMeeting));
  EXPECT_TRUE(log(other).empty());
  EXPECT_TRUE(sent("https://other.example/").empty());
  EXPECT_EQ(must(hooks->list({.tenant_id = 1, .owner_id = 8})).size(), 1U);
  EXPECT_EQ(run(hooks->find({.tenant_id = 1, .owner_id = 8}, own)).error().code(), Errc::not_found);
  EXPECT_EQ(run(hooks->find({.tenant_id = 2}, own)).error().code(), Errc::not_found);
}

TEST_F(WebhooksTest, AFailureHoldsBackItsMeetingAlone) {
  const auto id = hook("https://a.example/");
  says("https://a.example/", {500, 200});
  whole_meeting(1);
  ASSERT_TRUE(eventually([&] { return sent("https://a.example/").size() == 1; }));
  whole_meeting(2);
  ASSERT_TRUE(eventually([&] { return sent("https://a.example/").size() == 1 + kOfMeeting; })) << "meeting 2 goes on";
  pass(seconds(6));
  ASSERT_TRUE(all_done(id, 2 * kOfMeeting));
  const auto ids = sent("https://a.example/");
  ASSERT_EQ(ids.size(), 1 + 2 * kOfMeeting);
  EXPECT_EQ(ids[0], ids[1 + kOfMeeting]) << "again under the same id, and before what comes after it";
}

TEST_F(WebhooksTest, WhatIsRefusedForGoodIsDeadAndCanBeReplayed) {
  const auto id = hook("https://a.example/");
  says("https://a.example/", {404, 200});
  whole_meeting(1);
  ASSERT_TRUE(all_done(id, kOfMeeting));
  const auto dead = log(id).back();
  EXPECT_EQ(dead.state, DeliveryState::dead);
  EXPECT_EQ(dead.status, 404);
  must(hooks->replay({.tenant_id = 1}, id, dead.id));
  ASSERT_TRUE(eventually([&] { return log(id).back().state == DeliveryState::delivered; }));
  EXPECT_EQ(sent("https://a.example/").back(), dead.event_id);
  EXPECT_EQ(run(hooks->replay({.tenant_id = 1, .owner_id = 8}, id, dead.id)).error().code(), Errc::not_found);
}

TEST_F(WebhooksTest, GoneDisablesTheWebhook) {
  const auto id = hook("https://a.example/");
  says("https://a.example/", {410});
  whole_meeting(1);
  ASSERT_TRUE(all_done(id, kOfMeeting));
  EXPECT_EQ(sent("https://a.example/").size(), 1U);
  const auto now = must(hooks->find({.tenant_id = 1}, id));
  EXPECT_FALSE(now.enabled);
  EXPECT_FALSE(now.disabled_why.empty());
  whole_meeting(2);
  EXPECT_EQ(log(id).size(), kOfMeeting) << "it is told nothing any more";
  EXPECT_EQ(run(hooks->test({.tenant_id = 1}, id)).error().code(), Errc::conflict);
}

TEST_F(WebhooksTest, APingIsTriedOnce) {
  const auto id = hook("https://a.example/");
  says("https://a.example/", {500});
  must(hooks->test({.tenant_id = 1}, id));
  ASSERT_TRUE(all_done(id, 1));
  EXPECT_EQ(log(id).front().state, DeliveryState::dead);
}

TEST_F(WebhooksTest, PingsThatWaitAreFew) {
  end();
  const auto id = hook("https://a.example/");
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(run(hooks->test({.tenant_id = 1}, id)));
  const auto refused = run(hooks->test({.tenant_id = 1}, id));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::limit_exceeded);
  begin();
  EXPECT_TRUE(eventually([&] { return sent("https://a.example/").size() == 5; }));
  EXPECT_TRUE(eventually([&] { return run(hooks->test({.tenant_id = 1}, id)).has_value(); }));
}

TEST_F(WebhooksTest, ADeathAtAnyLineRepeatsOneTryUnderItsId) {
  for (const auto step : {SenderStep::chosen, SenderStep::answered, SenderStep::written}) {
    const auto url = "https://a.example/" + std::to_string(static_cast<int>(step));
    kit::Crash<SenderStep> crash;
    end();
    const auto id = hook(url);
    begin(crash.at_once(step));
    whole_meeting(1 + static_cast<int>(step));
    ASSERT_TRUE(eventually([&] { return crash.died(); }));
    restart();
    ASSERT_TRUE(all_done(id, kOfMeeting));
    auto ids = sent(url);
    const auto repeated = ids.size();
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    EXPECT_EQ(ids.size(), kOfMeeting) << "each event once, in order";
    EXPECT_EQ(repeated, kOfMeeting + (step == SenderStep::answered ? 1 : 0));
    must(hooks->remove({.tenant_id = 1}, id));
  }
}

TEST_F(WebhooksTest, AFullDiskLosesAndRepeatsNothing) {
  for (int first = 0; first < 3 * static_cast<int>(kOfMeeting); ++first) {
    end();
    const auto url = "https://a.example/" + std::to_string(first);
    const auto id = hook(url);
    whole_meeting(1 + first);
    faults.arm(first, store::FaultPlan::Kind::disk_full, 2);
    begin();
    ASSERT_TRUE(all_done(id, kOfMeeting)) << first;
    faults.disarm();
    EXPECT_EQ(sent(url).size(), kOfMeeting) << first << ": what was taken is written when it can be";
    must(hooks->remove({.tenant_id = 1}, id));
  }
}

TEST_F(WebhooksTest, WritingAnEventTwiceWritesItOnce) {
  const auto id = hook("https://a.example/");
  whole_meeting(1);
  whole_meeting(1);
  ASSERT_TRUE(all_done(id, kOfMeeting));
  EXPECT_EQ(sent("https://a.example/").size(), kOfMeeting);
}

TEST_F(WebhooksTest, RefusesWhatLeadsInsideAndWhatIsNoAddress) {
  for (const auto* url :
       {"http://127.0.0.1:9/x", "http://[::1]/", "http://localhost/", "http://a.localhost/", "http://10.1.2.3/",
        "http://169.254.169.254/latest", "http://127.1/", "http://2130706433/", "http://[::ffff:10.1.2.3]/",
        "ftp://a.example/", "nothing", "", "https://user:pw@a.example/"}) {
    const auto made = run(hooks->create({.tenant_id = 1, .owner_id = 7}, {.url = url}));
    ASSERT_FALSE(made) << url;
    EXPECT_EQ(made.error().code(), Errc::invalid_param) << url;
  }
  EXPECT_TRUE(run(hooks->create({.tenant_id = 1, .owner_id = 7, .is_admin = true}, {.url = "http://127.0.0.1:9/x"})));
}

TEST_F(WebhooksTest, TheSecretIsSealedAndShownOnce) {
  const auto made = must(hooks->create({.tenant_id = 1, .owner_id = 7}, {.url = "https://a.example/"}));
  EXPECT_TRUE(made.secret.starts_with("whsec_"));
  EXPECT_EQ(made.hook.sealed_secret.find(made.secret), std::string::npos);
  EXPECT_EQ(*key.open(made.hook.sealed_secret), made.secret);
}

TEST_F(WebhooksTest, VexasOneIsSetChangedAndTakenAway) {
  const Holder anna{.tenant_id = 1, .owner_id = 7, .label = "anna"};
  must(hooks->set_for(anna, "https://a.example/", std::nullopt, std::nullopt, Format::legacy));
  must(hooks->set_for(anna, "https://b.example/", "secret", boost::json::object{{"recording.ready", true}},
                      Format::envelope));
  EXPECT_EQ(must(hooks->list({.tenant_id = 1, .owner_id = 7})).size(), 1U);
  EXPECT_EQ(must(hooks->get_for(1, 7))->url, "https://b.example/");
  EXPECT_EQ(run(hooks->set_for(anna, "http://192.168.0.1/", std::nullopt, std::nullopt, Format::legacy)).error().code(),
            Errc::invalid_param);
  must(hooks->set_for(anna, "", std::nullopt, std::nullopt, Format::legacy));
  EXPECT_FALSE(must(hooks->get_for(1, 7)));
}

TEST_F(WebhooksTest, ASlowWebhookStallsNoOther) {
  const auto slow = hook("https://slow.example/"), quick = hook("https://quick.example/", 0);
  // The fake web answers at once; what is slow is a try that is not due for long.
  says("https://slow.example/", {503});
  for (MeetingId id = 1; id <= 20; ++id) whole_meeting(id);
  ASSERT_TRUE(all_done(quick, 20 * kOfMeeting));
  EXPECT_EQ(std::ranges::count(log(slow), DeliveryState::waiting, &Delivery::state), 20 * kOfMeeting);
}

TEST(WebhookSchedule, TriesEightTimesOverADay) {
  Delivery delivery{.id = 1, .event_type = "meeting.completed"};
  base::UnixMs now = 0;
  std::vector<base::UnixMs> pauses;
  while (delivery.state == DeliveryState::waiting) {
    delivery = after_try(delivery, {.status = 500, .problem = "500"}, now, 0.5);
    if (delivery.state == DeliveryState::waiting) pauses.push_back(delivery.due_ms - now);
    now = delivery.due_ms;
  }
  EXPECT_EQ(delivery.tries, 8);
  EXPECT_EQ(pauses, (std::vector<base::UnixMs>{5'000, 60'000, 300'000, 1'800'000, 7'200'000, 18'000'000, 36'000'000}));
}

TEST(WebhookSchedule, PausesAreATenthShorterOrLonger) {
  const Delivery delivery{.id = 1};
  EXPECT_EQ(after_try(delivery, {.problem = "x"}, 0, 0.0).due_ms, 4'500);
  EXPECT_EQ(after_try(delivery, {.problem = "x"}, 0, 1.0).due_ms, 5'500);
}

TEST(WebhookSchedule, AClockThatJumpedGivesUpNothingUntried) {
  const Delivery delivery{.id = 1};
  const base::UnixMs year = 365LL * 86'400'000;
  EXPECT_EQ(after_try(delivery, {.status = 200}, year, 0).state, DeliveryState::delivered);
  EXPECT_EQ(after_try(delivery, {.status = 500, .problem = "x"}, year, 0).state, DeliveryState::dead);
  EXPECT_EQ(after_try(delivery, {.status = 500, .problem = "x"}, -year, 0).state, DeliveryState::waiting);
}

TEST(WebhookSchedule, SomeAnswersAreForGood) {
  for (const int status : {301, 302, 400, 401, 403, 404, 410, 422}) EXPECT_TRUE(is_permanent(status)) << status;
  for (const int status : {0, 408, 425, 429, 500, 502, 503}) EXPECT_FALSE(is_permanent(status)) << status;
}

}  // namespace
}  // namespace troupe::meetings::hooks
