// Since when application services are told of events.
#include "homeserver/appservice_feed/feed_look.h"

#include <algorithm>

#include "homeserver/appservice_feed/feed_store.h"
#include "homeserver/rooms/room_fixture.h"
#include "host/cursor_store.h"
#include "host/migrations.gen.h"

namespace troupe::homeserver::appservice_feed {
namespace {

class FeedLookTest : public rooms::RoomTest {
 protected:
  FeedLookTest() {
    EXPECT_TRUE(store::migrate(*server->db, "host", host::migrations()));
    room_ = public_room("anna");
  }

  /// A start of the program with these services, each of which is told of everything.
  void start_with(const std::vector<std::string>& ids) {
    look_.reset();
    interest_.reset();
    services_ = std::make_unique<appservice::Services>();
    for (const auto& id : ids) {
      appservice::Registration registration;
      registration.id = id;
      registration.url = "http://127.0.0.1:1";
      registration.as_token = "as-" + id;
      registration.hs_token = "hs-" + id;
      registration.sender_localpart = "_" + id;
      registration.users = {{.exclusive = false, .regex = "@.*"}};
      auto made = appservice::Service::make(std::move(registration), "example.org");
      ASSERT_TRUE(made.has_value() && services_->add(*std::move(made)));
    }
    interest_ = std::make_unique<Interest>(*server->rooms);
    look_ = std::make_unique<FeedLook>(*server->db, *server->rooms, *interest_, *services_);
    ASSERT_TRUE(server->run(look_->begin()));
  }
  StreamPos say() {
    const auto sent = send("anna", room_, "hello");
    EXPECT_TRUE(sent.has_value());
    return sent ? sent->pos : 0;
  }
  std::vector<StreamPos> told(const std::string& id) {
    const auto looked = server->run(look_->look());
    EXPECT_TRUE(looked.has_value());
    return *server->read([&](store::Connection& connection) -> Result<std::vector<StreamPos>> {
      return feed_store::waiting(connection, id, 100);
    });
  }

  std::string room_;
  std::unique_ptr<appservice::Services> services_;
  std::unique_ptr<Interest> interest_;
  std::unique_ptr<FeedLook> look_;
};

TEST_F(FeedLookTest, OneThatComesLaterIsToldOfNothingBefore) {
  say();
  start_with({"a"});
  const auto first = say();
  EXPECT_EQ(told("a"), std::vector{first});
  const auto missed = say();  // not looked at before the program ends
  start_with({"a", "b"});
  const auto second = say();
  EXPECT_EQ(told("a"), (std::vector{first, missed, second}));
  EXPECT_EQ(told("b"), std::vector{second});
  start_with({"a", "b"});
  const auto third = say();
  EXPECT_EQ(told("b"), (std::vector{second, third}));
}

TEST_F(FeedLookTest, OneThatComesBackIsNew) {
  start_with({"a"});
  say();
  EXPECT_EQ(told("a").size(), 1U);
  start_with({});
  for (int i = 0; i < 5; ++i) say();
  start_with({"b"});
  EXPECT_TRUE(told("b").empty());
  start_with({"a", "b"});
  const auto now = say();
  EXPECT_EQ(told("a"), std::vector{now}) << "nor is it told what waited for it then";
  EXPECT_EQ(told("b"), std::vector{now});
}

TEST_F(FeedLookTest, OneOfAnEarlierProgramGoesOnWhereItWas) {
  ASSERT_TRUE(server->db->write_now([&](store::Tx& tx) -> Result<Unit> {
    host::advance_cursor(tx, FeedLook::kCursor, server->db->head());
    return Unit{};
  }));
  const auto missed = say();
  start_with({"a"});
  EXPECT_EQ(told("a"), std::vector{missed});
}

}  // namespace
}  // namespace troupe::homeserver::appservice_feed
