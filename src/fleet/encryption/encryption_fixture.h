// A fleet whose homeserver carries keys, and a person's client. Only tests include this.
#pragma once
#include <gmock/gmock.h>

#include "fleet/encryption/cut_keys.h"
#include "fleet/encryption/encrypted_file.h"
#include "fleet/encryption/spoken.h"
#include "fleet/encryption/test_client.h"
#include "fleet/fleet_fixture.h"
#include "kit/fake_homeserver/fake_keys.h"

namespace troupe::fleet::encryption {

class EncryptionTest : public FleetTest {
 protected:
  void adjust(service::Deps& made) override { made.server.keys = &cut; }

  /// An encrypted room of anna, perhaps others, and a bot that is in it.
  void start_room(const std::vector<std::string>& others = {}, matrix::JsonObject encryption = {}) {
    begin();
    anna_client.publish();
    bot = add_running_bot("helper");
    std::vector<std::string> people{anna};
    people.insert(people.end(), others.begin(), others.end());
    room = room_of(people, {bot});
    encryption["algorithm"] = kMegolmAlgorithm;
    homeserver->put(room, anna, "m.room.encryption", std::move(encryption), "");
    ASSERT_TRUE(eventually([&] { return published("helper"); }));
  }
  /// With ben and his client, which reads along, in the room: whether a first question of anna's is answered.
  bool answers_one_before(TestClient& ben_client) {
    ben_client.publish();
    start_room({ben});
    anna_client.share(room, {bot});
    anna_client.say(room, "!helper one");
    return settled("helper", 1);
  }
  std::int64_t rows_of(const std::string& table, const std::string& where = "1 = 1") {
    std::int64_t count = 0;
    const auto sql = "SELECT COUNT(*) FROM " + table + " WHERE " + where;
    auto look = [&](store::Connection& c) -> Result<Unit> {
      count = store::number(c.query(sql));
      return Unit{};
    };
    if (!db->read_now(look)) throw std::runtime_error("rows cannot be counted");
    return count;
  }
  std::int64_t waiting_rows() { return rows_of("fleet_unread"); }
  bool published(const std::string& bot_id) {
    return rows_of("fleet_device", "published = 1 AND bot = " + std::to_string(view(bot_id).bot.id)) == 1;
  }
  bool log_says(const std::string& bot_id, std::string_view text) {
    return rows_of("fleet_log",
                   "bot = " + std::to_string(view(bot_id).bot.id) + " AND text LIKE '%" + std::string(text) + "%'") > 0;
  }
  /// The sessions that the bot has written with.
  std::set<std::string> sessions_written() {
    std::set<std::string> found;
    for (const auto& event : must(homeserver->events_after(0, 1000)).events) {
      if (event.sender == bot && event.type == "m.room.encrypted") {
        found.insert(boost::json::value_to<std::string>(event.content.at("session_id")));
      }
    }
    return found;
  }
  /// What the bot has said, as anna's client reads it.
  std::vector<matrix::JsonObject> contents_of(const std::string& sender) {
    std::vector<matrix::JsonObject> found;
    for (const auto& event : must(homeserver->events_after(0, 1000)).events) {
      if (event.sender != sender || event.type != "m.room.encrypted") continue;
      if (auto content = anna_client.read(event.content)) found.push_back(*std::move(content));
    }
    return found;
  }

  /// All that the bot has ever sent, to devices and to rooms.
  Spoken spoken() {
    Spoken found;
    for (const auto& body : keys.sent_bodies()) {
      const auto messages = boost::json::parse(body).as_object();
      for (const auto& user : messages) {
        for (const auto& one : user.value().as_object()) {
          const auto& content = one.value().as_object();
          const auto* sealed = matrix::find_object(content, "ciphertext");
          if (sealed == nullptr || user.key() == bot) continue;
          for (const auto& part : *sealed) {
            found.olm(part.key(), static_cast<int>(part.value().at("type").as_int64()),
                      boost::json::value_to<std::string>(part.value().at("body")));
          }
        }
      }
    }
    for (const auto& event : must(homeserver->events_after(0, 1000)).events) {
      if (event.sender != bot || event.type != "m.room.encrypted") continue;
      found.megolm(boost::json::value_to<std::string>(event.content.at("session_id")),
                   boost::json::value_to<std::string>(event.content.at("ciphertext")));
    }
    return found;
  }

  kit::FakeKeys keys;
  CutKeys cut{keys};
  TestClient anna_client{*this, *homeserver, keys, anna, "ANNAPHONE"};
  std::string bot;
  std::string room;
};

}  // namespace troupe::fleet::encryption
