// Long answers: read in pieces that fit together, in pages, behind a gate that holds up nobody else.
#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <regex>
#include <thread>

#include "homeserver/crypto/device_keys_store.h"
#include "homeserver/crypto/to_device_store.h"
#include "homeserver/sync/sync_fixture.h"

namespace troupe::homeserver::sync {
namespace {

using testing::Contains;
using testing::Not;

TEST_F(SyncTest, ToDeviceMessagesArePagedAndForgottenWhenANewerTokenComes) {
  constexpr int kMessages = 201;  // two full answers and one more
  const auto fill = [](store::Tx& tx) -> Result<Unit> {
    for (int n = 0; n < kMessages; ++n) {
      const auto json = R"({"type":"m.test","n":)" + std::to_string(n) + "}";
      crypto::to_device_store::insert(tx, user("alice"), "PHONE", tx.next_pos(), {.sender = user("bob"), .json = json},
                                      0);
    }
    for (int n = 0; n < 50; ++n) {
      crypto::device_keys_store::insert_one_time_key(tx, user("alice"), "PHONE", "signed_curve25519",
                                                     {.key_id = std::to_string(n), .json = "{}"}, tx.next_pos(), n);
    }
    crypto::device_keys_store::put_fallback_key(tx, user("alice"), "PHONE", "signed_curve25519",
                                                {.key_id = "f", .json = "{}"}, tx.next_pos());
    return Unit{};
  };
  ASSERT_TRUE(server->run(server->db->write(fill)));
  const auto waiting = [&] {
    auto count = [](store::Connection& connection) -> Result<std::size_t> {
      const auto all = crypto::to_device_store::waiting(connection, user("alice"), "PHONE", 0, 1LL << 60, kMessages);
      return all.size();
    };
    return server->read(count).value();
  };
  public_room("alice");
  auto answer = sync("alice");
  EXPECT_EQ(answer.at("to_device", "events", 0, "n"), 0);
  EXPECT_EQ(answer.at("to_device", "events", 99, "n"), 99);
  EXPECT_EQ(waiting(), 201u);
  answer = get("alice", "/sync?timeout=20000&since=" + answer.next());
  EXPECT_EQ(answer.at("to_device", "events", 0, "n"), 100);
  EXPECT_EQ(waiting(), 101u);
  answer = get("alice", "/sync?timeout=20000&since=" + answer.next());
  EXPECT_EQ(answer.at("to_device", "events", 0, "n"), 200);
  EXPECT_EQ(waiting(), 1u);
  answer = sync("alice", answer.next());
  EXPECT_TRUE(answer.at("to_device").is_null());
  EXPECT_EQ(answer.at("device_one_time_keys_count", "signed_curve25519"), 50);
  EXPECT_EQ(answer.at("device_unused_fallback_key_types", 0), "signed_curve25519");
  EXPECT_EQ(waiting(), 0u);
}

TEST_F(SyncTest, AFirstSyncInPiecesSaysTheSameAsInOne) {
  std::vector<std::string> rooms;
  for (int i = 0; i < 12; ++i) {
    rooms.push_back(public_room("alice"));
    ASSERT_TRUE(join("bob", rooms.back()));
    for (int text = 0; text < 15; ++text) ASSERT_TRUE(send("bob", rooms.back(), std::to_string(text)));
  }
  ASSERT_TRUE(change("bob", rooms[3], "bob", "leave"));
  ASSERT_TRUE(change("alice", rooms[4], "carol", "invite"));
  // Without what the time of asking changes.
  const auto lasting = [](const ReadAnswer& answer) {
    static const std::regex passing(R"re("(next_batch|age)":("[^"]*"|\d+))re");
    return std::regex_replace(answer.text, passing, "");
  };
  for (const auto* who : {"alice", "bob", "carol"}) {
    restart_all();
    readers->sync.set_piece(std::chrono::hours(1));
    const auto whole = sync(who);
    restart_all();
    readers->sync.set_piece(std::chrono::milliseconds(0));  // each room by itself
    EXPECT_EQ(lasting(sync(who)), lasting(whole)) << who << ", cold";
    EXPECT_EQ(lasting(sync(who)), lasting(whole)) << who << ", warm";
  }
}

/// A person's rooms as a client puts them together from one answer after the other.
class Client {
 public:
  /// What a client must not be told is a failure: an event twice, or a room's next events after a gap.
  void take(const ReadAnswer& answer) {
    ASSERT_EQ(answer.status, 200) << answer.text;
    token = answer.next();
    const auto left = answer.at("rooms", "leave");
    if (left.is_object()) {
      for (const auto& [key, part] : left.get_object()) told.erase(std::string(matrix::view(key)));
    }
    const auto joined = answer.at("rooms", "join");
    if (!joined.is_object()) return;
    for (const auto& [key, part] : joined.get_object()) {
      const std::string room(matrix::view(key));
      const ReadAnswer of{200, {}, part};
      auto& events = told[room];
      // Who came back is told of the room anew.
      if (of.at("timeline", "events", 0, "type") == "m.room.create") events.clear();
      EXPECT_EQ(of.at("timeline", "limited"), false) << room;
      const auto list = of.at("timeline", "events");
      if (!list.is_array()) continue;
      for (const auto& event : list.get_array()) {
        auto id = ReadAnswer{200, {}, event}.text_at("event_id");
        EXPECT_THAT(events, Not(Contains(id))) << "told twice in " << room;
        events.push_back(std::move(id));
      }
    }
  }

  std::string token;
  std::map<std::string, std::vector<std::string>, std::less<>> told;
};

TEST_F(SyncTest, AFirstSyncInPiecesFitsItsToken) {
  constexpr int kRounds = 6;
  constexpr int kSaidInARound = 60;
  std::vector<std::string> rooms;
  for (int i = 0; i < 8; ++i) {
    rooms.push_back(public_room("alice"));
    ASSERT_TRUE(join("bob", rooms.back()));
  }
  readers->sync.set_piece(std::chrono::milliseconds(0));  // each room by itself
  constexpr std::string_view kAll = R"({"room":{"timeline":{"limit":100}}})";
  std::atomic<int> may_say{0};
  std::atomic<int> said{0};
  std::atomic<bool> enough{false};
  const auto write = [&] {
    for (int i = 0; !enough; ++i) {
      if (said >= may_say) {
        std::this_thread::yield();
        continue;
      }
      const auto& room = rooms[static_cast<std::size_t>(said++) % rooms.size()];
      EXPECT_TRUE(send("alice", room, std::to_string(i)));
    }
  };
  // Bob comes and goes, so that rooms appear in the middle of his answers, and leave them.
  const auto wander = [&] {
    while (!enough) {
      EXPECT_TRUE(change("bob", rooms[0], "bob", "leave"));
      EXPECT_TRUE(join("bob", rooms[0]));
      const auto seen = said.load();
      while (!enough && said < seen + kSaidInARound / 4) std::this_thread::yield();
    }
  };
  std::vector<Client> clients(kRounds);
  {
    std::vector<std::future<void>> others;
    // Ends them whatever happens below: a throw that left them going would be waited for, unseen, for ever.
    const std::shared_ptr<void> end(nullptr, [&enough](void*) { enough = true; });
    for (const auto& work : {std::function<void()>(write), std::function<void()>(write), std::function<void()>(wander)})
      others.push_back(std::async(std::launch::async, work));
    for (auto& client : clients) {
      may_say += kSaidInARound;
      server->users->evict_idle(std::chrono::minutes(0));  // the view is made while others write, too
      client.take(sync_filtered("bob", "", kAll));
      for (auto& earlier : clients) {
        if (!earlier.token.empty()) earlier.take(sync_filtered("bob", earlier.token, kAll));
      }
      while (said < may_say && !HasFailure()) std::this_thread::yield();
    }
  }
  for (auto& client : clients) {
    client.take(sync_filtered("bob", client.token, kAll));
    for (const auto& room : rooms) {
      EXPECT_EQ(client.told[room].size(), story(room).size()) << "passed over in " << room;
      EXPECT_EQ(client.told[room], clients.front().told[room]);
    }
  }
}

TEST_F(SyncTest, OnesCrowdOfLongAnswersHoldsUpNobodyElse) {
  std::vector<std::string> rooms;
  for (int i = 0; i < 10; ++i) rooms.push_back(public_room("crowd"));
  ASSERT_TRUE(join("anna", rooms.front()));
  readers->sync.set_piece(std::chrono::milliseconds(0));
  const auto token = sync("crowd").next();
  // First syncs and whole states alike; all are asked for before anna is.
  std::atomic<int> answered{0};
  const auto flood = [&](std::string path) -> asio::awaitable<int> {
    const auto answer = co_await ask("crowd", "GET", "/_matrix/client/v3" + path, "");
    ++answered;
    co_return answer.status;
  };
  std::vector<std::future<int>> crowd;
  std::future<std::pair<int, int>> anna;  // her status, and how many were answered before her
  const auto last = [&]() -> asio::awaitable<std::pair<int, int>> {
    const auto answer = co_await ask("anna", "GET", "/_matrix/client/v3" + sync_path("", ""), "");
    co_return std::pair(answer.status, answered.load());
  };
  std::promise<void> asked;
  boost::asio::post(server->io, [&] {
    for (int i = 0; i < 60; ++i) {
      auto path = i % 2 == 0 ? sync_path("", "") : sync_path(token, "&full_state=true");
      crowd.push_back(boost::asio::co_spawn(server->io, flood(std::move(path)), boost::asio::use_future));
    }
    anna = boost::asio::co_spawn(server->io, last(), boost::asio::use_future);
    asked.set_value();
  });
  asked.get_future().get();
  const auto [status_of_anna, before_anna] = anna.get();
  EXPECT_EQ(status_of_anna, 200);
  int good = 0;
  int refused = 0;
  for (auto& each : crowd) {
    const auto status = each.get();
    (status == 200 ? good : refused)++;
    if (status != 200) {
      EXPECT_EQ(status, 429);
    }
  }
  EXPECT_GE(good, 10);
  EXPECT_GE(refused, 20) << "so many of one account do not wait";
  EXPECT_LE(before_anna - refused, 6) << "anna waited for the crowd";
}

}  // namespace
}  // namespace troupe::homeserver::sync
