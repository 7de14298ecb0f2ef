// A wall clock that was set ahead by mistake deletes nothing.
#include "homeserver/whole_server_fixture.h"
#include "kit/clocks.h"

namespace troupe::homeserver {
namespace {

/// Rows that sweeps delete by their age, all of now; `$` stands for the present.
constexpr std::string_view kRows[][2] = {
    {"hs_to_device",
     "INSERT INTO hs_to_device (user_id, device_id, pos, json, made_ms, bytes, sender) VALUES ('@anna:example.org', "
     "'PHONE', 1, '{}', $, 2, '@anna:example.org')"},
    {"hs_txn", "INSERT INTO hs_txn (path_hash, pos, made_ms) VALUES (?1, 0, $)"},
    {"hs_media",
     "INSERT INTO hs_media (media_id, user_id, created_ms, expires_ms) VALUES ('reserved', '@anna:example.org', $, "
     "$ + 1000)"},
    {"hs_token",
     "INSERT INTO hs_token (token_hash, user_id, device_id, made_ms, expires_ms) VALUES (?1, '@anna:example.org', "
     "'PHONE', $, $)"},
    {"hs_delayed",
     "INSERT INTO hs_delayed (delay_id, user_id, device_id, room_id, type, content, delay_ms, since_ms, due_ms, pos, "
     "state, ended_ms) VALUES ('d', '@anna:example.org', 'PHONE', '!r', 't', '{}', 1, $, $, 1, 1, $)"},
    {"hs_device",
     "INSERT INTO hs_device (user_id, device_id, created_ms, last_seen_ms) VALUES ('@anna:example.org', 'PHONE', $, "
     "$)"},
    {"id_audit",
     "INSERT INTO id_audit (id, at_ms, actor, action, target, detail, request_id) VALUES (1000, $, 'a', 'b', 'c', "
     "'{}', '')"},
    {"id_session",
     "INSERT INTO id_session (id, token_hash, principal_id, created_ms, last_seen_ms, expires_ms, remote_address, "
     "user_agent) VALUES (1000, ?1, 1000, $, $, $ + 1000, '', '')"},
    {"id_api_key",
     "INSERT INTO id_api_key (id, token_hash, principal_id, name, prefix, role, scopes, created_ms, revoked_ms) "
     "VALUES (1000, ?1, 1000, 'k', 'p', 0, '', $, $)"},
};

TEST(AgeTest, NothingIsDeletedByAClockThatWasSetAhead) {
  kit::ShiftedClock clock;
  WholeServer server(clock);
  const auto present = std::to_string(clock.unix_ms());
  ASSERT_TRUE(server.db->write_now([&](store::Tx& tx) -> Result<Unit> {
    tx.run("INSERT INTO hs_account (user_id, localpart, created_ms) VALUES ('@anna:example.org', 'anna', 0)");
    tx.run(
        "INSERT INTO id_principal (id, kind, user_id, name, role, created_ms) "
        "VALUES (1000, 'person', '@anna:example.org', 'anna', 0, 0)");
    for (const auto& [table, text] : kRows) {
      std::string sql(text);
      for (auto at = sql.find('$'); at != sql.npos; at = sql.find('$')) sql.replace(at, 1, present);
      if (sql.find("?1") == sql.npos)
        tx.run(sql);
      else
        tx.run(sql, store::Value::blob(table));
    }
    return Unit{};
  }));
  const auto left = [&] {
    std::string found;
    EXPECT_TRUE(server.db->read_now([&](store::Connection& connection) -> Result<Unit> {
      for (const auto& row : kRows) {
        if (connection.query("SELECT 1 FROM " + std::string(row[0])).next()) found += std::string(row[0]) + " ";
      }
      return Unit{};
    }));
    return found;
  };
  const auto sweep = [&] {
    for (const auto& job : server.context->jobs()) {
      const auto done = server.wait(job.run());
      EXPECT_TRUE(done.has_value()) << job.name << ": " << done.error().message() << " " << done.error().detail();
    }
  };
  const auto all = left();
  sweep();
  EXPECT_EQ(left(), all);
  clock.shift_ms = std::chrono::milliseconds(std::chrono::days(400)).count();
  sweep();
  EXPECT_EQ(left(), all);
  EXPECT_TRUE(server.ages->trouble().has_value());
  // It is right after all.
  clock.passed_ms = std::chrono::milliseconds(std::chrono::hours(25)).count();
  sweep();
  EXPECT_EQ(left(), "");
}

TEST(AgeTest, AClockThatWasSetAheadLocksNoAccount) {
  kit::ShiftedClock clock;
  WholeServer server(clock);
  const auto until = clock.unix_ms() + std::chrono::milliseconds(std::chrono::hours(24)).count();
  ASSERT_TRUE(server.db->write_now([&](store::Tx& tx) -> Result<Unit> {
    tx.run("INSERT INTO hs_account (user_id, localpart, created_ms) VALUES ('@anna:example.org', 'anna', 0)");
    tx.run("UPDATE hs_account SET valid_until_ms = ?1", until);
    return Unit{};
  }));
  const auto locked_after_the_job = [&] {
    server.run_job("homeserver.expired_accounts");
    std::int64_t locked = 0;
    EXPECT_TRUE(server.db->read_now([&](store::Connection& connection) -> Result<Unit> {
      locked = store::number(connection.query("SELECT locked FROM hs_account WHERE user_id = '@anna:example.org'"));
      return Unit{};
    }));
    return locked == 1;
  };
  clock.shift_ms = std::chrono::milliseconds(std::chrono::days(400)).count();
  EXPECT_FALSE(locked_after_the_job());
  clock.shift_ms = 0;
  EXPECT_FALSE(locked_after_the_job());
  clock.passed_ms = std::chrono::milliseconds(std::chrono::hours(25)).count();
  EXPECT_TRUE(locked_after_the_job()) << "its time has passed";
}

}  // namespace
}  // namespace troupe::homeserver
