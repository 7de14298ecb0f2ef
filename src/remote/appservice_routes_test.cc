// What the other homeserver pushes: events become durable once, what is ephemeral is told to whoever observes.
#include "remote/appservice_routes.h"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "host/listeners.h"
#include "matrix/json.h"
#include "net/server/server.h"
#include "remote/migrations.gen.h"
#include "remote/remote_store.h"
#include "store/test_database.h"

namespace troupe::remote {
namespace {

using testing::ElementsAre;

class AppserviceRoutesTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store::migrate(*db_, "remote", migrations()));
    router_.add_listener(host::matrix_listener());
    router_.add_scheme(std::string(kHomeserverScheme), gate_);
    add_appservice_routes(router_, *db_, base::system_clock(), metrics_, observers_);
    router_.freeze();
  }
  void TearDown() override {
    db_->stop();
    io_.stop();
  }
  int push(const std::string& txn_id, std::string body, const std::string& token = "hs-token") {
    net::http::Request request;
    request.method = "PUT";
    EXPECT_TRUE(request.set_target("/_matrix/app/v1/transactions/" + txn_id));
    request.headers.add("Authorization", "Bearer " + token);
    request.body = std::move(body);
    auto answer = asio::co_spawn(io_.at(0), router_.dispatch(host::kMatrixListener, request), asio::use_future);
    return answer.get().status;
  }
  std::size_t events() {
    std::size_t count = 0;
    EXPECT_TRUE(db_->read_now([&](store::Connection& connection) -> Result<Unit> {
      count = events_after(connection, 0, 1'000'000'000, 100).size();
      return Unit{};
    }));
    return count;
  }
  void observe() {
    observing_ = observers_.add([this](const matrix::Edu& edu) { heard_.push_back(edu); });
  }

  store::TempDir dir_;
  base::MetricRegistry metrics_;
  std::unique_ptr<store::Database> db_ = store::open_database(dir_, metrics_);
  net::server::IoThreads io_{1};
  EphemeralObservers observers_;
  HomeserverToken gate_{"hs-token", "elsewhere"};
  net::route::Router router_{metrics_};
  std::vector<matrix::Edu> heard_;
  base::SubscriptionPtr observing_;
};

constexpr const char* kEphemeral = R"([
  {"type":"m.typing","room_id":"!r:elsewhere","content":{"user_ids":["@a:elsewhere","@b:elsewhere"]}},
  {"type":"m.receipt","room_id":"!r:elsewhere","content":{"$one":{
     "m.read":{"@a:elsewhere":{"ts":7},"@b:elsewhere":{"ts":8,"thread_id":"main"}},
     "m.read.private":{"@bot_x:elsewhere":{"ts":9}}}}},
  {"type":"m.presence","sender":"@a:elsewhere","content":{"presence":"online","status_msg":"tea","last_active_ago":1}},
  {"type":"m.presence","sender":"@a:elsewhere","content":{"presence":"asleep"}},
  {"type":"m.typing","content":{"user_ids":[]}},
  {"type":"m.unknown","content":{}}, 7])";

const matrix::Edu kTyping = matrix::TypingEdu{.room_id = "!r:elsewhere", .user_ids = {"@a:elsewhere", "@b:elsewhere"}};
const matrix::Edu kReceipt = matrix::ReceiptEdu{
    .room_id = "!r:elsewhere", .user_id = "@a:elsewhere", .event_id = "$one", .thread_id = {}, .ts_ms = 7};
const matrix::Edu kThreaded = matrix::ReceiptEdu{
    .room_id = "!r:elsewhere", .user_id = "@b:elsewhere", .event_id = "$one", .thread_id = "main", .ts_ms = 8};
const matrix::Edu kOnline = matrix::PresenceEdu{.user_id = "@a:elsewhere", .presence = "online", .status_msg = "tea"};

TEST_F(AppserviceRoutesTest, EphemeralDataIsToldUnderBothNamesOnceEach) {
  observe();
  const auto list = std::string(kEphemeral);
  EXPECT_EQ(push("1", R"({"events":[],"ephemeral":)" + list + "}"), 200);
  EXPECT_THAT(heard_, ElementsAre(kTyping, kReceipt, kThreaded, kOnline));
  heard_.clear();
  EXPECT_EQ(push("2", R"({"events":[],"de.sorunome.msc2409.ephemeral":)" + list + "}"), 200);
  EXPECT_EQ(heard_.size(), 4U);
  heard_.clear();
  EXPECT_EQ(push("3", R"({"events":[],"ephemeral":)" + list + R"(,"de.sorunome.msc2409.ephemeral":)" + list + "}"),
            200);
  EXPECT_EQ(heard_.size(), 4U) << "Synapse sends it under both names";
  heard_.clear();
  EXPECT_EQ(push("4", R"({"events":[],"ephemeral":)" + list + "}", "wrong"), 403);
  EXPECT_TRUE(heard_.empty());
  observing_.reset();
  EXPECT_EQ(push("5", R"({"events":[],"ephemeral":)" + list + "}"), 200);
  EXPECT_TRUE(heard_.empty());
}

TEST_F(AppserviceRoutesTest, ATransactionThatComesAgainChangesNothing) {
  observe();
  const std::string body = R"({"events":[{"event_id":"$one","type":"m.room.message","sender":"@a:elsewhere",
      "room_id":"!r:elsewhere","content":{"body":"hi"}}],
      "ephemeral":[{"type":"m.typing","room_id":"!r:elsewhere","content":{"user_ids":[]}}]})";
  EXPECT_EQ(push("1", body), 200);
  EXPECT_EQ(push("1", body), 200);
  EXPECT_EQ(events(), 1U);
  EXPECT_THAT(heard_, ElementsAre(matrix::Edu(matrix::TypingEdu{.room_id = "!r:elsewhere", .user_ids = {}})));
}

}  // namespace
}  // namespace troupe::remote
