// A delayed event that is asked for again is the one that was asked for.
#include <gtest/gtest.h>

#include <set>

#include "homeserver/whole_server_fixture.h"

namespace troupe::homeserver::delayed {
namespace {

using matrix::JsonObject;

class DelayedRepeatTest : public testing::Test {
 protected:
  std::string path(const std::string& txn) const {
    return "/rooms/" + room_ + "/send/m.room.message/" + txn + "?org.matrix.msc4140.delay=1000000";
  }

  WholeServer server_;
  std::string anna_ = server_.person("anna");
  std::string room_ = server_.call(anna_, "POST", "/createRoom", JsonObject()).string_at("/room_id");
  JsonObject text_{{"msgtype", "m.text"}, {"body", "a"}};
};

TEST_F(DelayedRepeatTest, ItIsKnownByItsTransactionAlsoWithoutItsBody) {
  const auto first = server_.call(anna_, "PUT", path("same"), text_);
  ASSERT_EQ(first.status, 200) << first.text;
  EXPECT_EQ(server_.call(anna_, "PUT", path("same")).text, first.text);
  EXPECT_EQ(server_.call(anna_, "PUT", path("other")).string_at("/errcode"), "M_NOT_JSON");
  const auto at_once = server_.call(anna_, "PUT", "/rooms/" + room_ + "/send/m.room.message/now");
  EXPECT_EQ(at_once.string_at("/errcode"), "M_NOT_JSON") << "what is sent now has a body";
}

TEST_F(DelayedRepeatTest, ManyTimesAtOnceItIsOne) {
  std::vector<std::future<WholeAnswer>> tries;
  for (int i = 0; i < 30; ++i) tries.push_back(server_.start(anna_, "PUT", path("at-once"), text_));
  std::set<std::string> ids;
  for (auto& one : tries) ids.insert(one.get().string_at("/delay_id"));
  EXPECT_EQ(ids.size(), 1U);
  const auto waiting =
      server_.call(anna_, "GET", "/_matrix/client/unstable/org.matrix.msc4140/delayed_events?status=scheduled");
  EXPECT_EQ(waiting.at("/scheduled").as_array().size(), 1U);
}

}  // namespace
}  // namespace troupe::homeserver::delayed
