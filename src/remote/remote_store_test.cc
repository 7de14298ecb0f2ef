// What comes from another homeserver is handed on as it came, on both databases.
#include "remote/remote_store.h"

#include <gtest/gtest.h>

#include "matrix/json.h"
#include "remote/migrations.gen.h"
#include "store/test_database.h"

namespace troupe::remote {
namespace {

/// {"in":{"in":…}}, `depth` objects deep.
matrix::JsonObject nested(int depth) {
  std::string text;
  for (int i = 1; i < depth; ++i) text += R"({"in":)";
  text += R"({"number":0.1})" + std::string(static_cast<std::size_t>(depth - 1), '}');
  return matrix::parse_json(text)->as_object();
}

class RemoteStoreTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(store::migrate(*db_, "remote", migrations())); }
  store::TempDir dir_;
  base::MetricRegistry metrics_;
  std::unique_ptr<store::Database> db_ = store::open_database(dir_, metrics_);
};

TEST_F(RemoteStoreTest, AnEventKeepsItsContentHoweverDeepItIs) {
  const auto content = nested(60);
  const auto done = db_->write_now([&](store::Tx& tx) -> Result<Unit> {
    Incoming incoming{.key = "$one", .event = {}};
    incoming.event.room_id = "!room:elsewhere";
    incoming.event.event_id = "$one";
    incoming.event.type = "m.room.message";
    incoming.event.sender = "@bob:elsewhere";
    incoming.event.content = content;
    insert_events(tx, {incoming}, 5);
    return Unit{};
  });
  ASSERT_TRUE(done) << done.error().detail();
  ASSERT_TRUE(db_->read_now([&](store::Connection& connection) -> Result<Unit> {
    const auto events = events_after(connection, 0, 1'000'000'000, 10);
    EXPECT_EQ(events.size(), 1U);
    if (events.size() == 1) EXPECT_EQ(events.front().content, content);
    return Unit{};
  }));
}

}  // namespace
}  // namespace troupe::remote
