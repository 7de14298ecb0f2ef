#include "homeserver/crypto/to_device_store.h"

#include "store/words.h"

#include <map>

namespace troupe::homeserver::crypto::to_device_store {
namespace {

using namespace store::words;

constexpr auto kQueue =
    store::columns("d", column("device_id", &Queue::device_id), store::computed("COALESCE(q.bytes, 0)", &Queue::bytes));
constexpr auto kQueues = sql("SELECT ", kQueue,
                             " FROM hs_device d LEFT JOIN hs_to_device_queue q ON q.user_id = d.user_id AND "
                             "q.device_id = d.device_id WHERE d.user_id = ?1 ORDER BY d.device_id");
/// What one sender's messages take in one queue.
struct Share {
  std::string sender;
  std::int64_t bytes = 0;
};
constexpr auto kShare = store::columns(column("sender", &Share::sender), column("bytes", &Share::bytes));
constexpr auto kLargestSenders = sql(
    "SELECT ", kShare, " FROM hs_to_device_sender WHERE user_id = ?1 AND device_id = ?2 ORDER BY bytes DESC LIMIT 2");
constexpr std::string_view kDate =
    "UPDATE hs_to_device SET made_ms = ?4 WHERE user_id = ?1 AND device_id = ?2 AND pos = ?3";
constexpr std::string_view kRemoveOne = "DELETE FROM hs_to_device WHERE user_id = ?1 AND device_id = ?2 AND pos = ?3";
constexpr auto kWaitingRow = store::columns(column("pos", &Waiting::pos), column("json", &Waiting::json));
constexpr auto kWaiting = sql("SELECT ", kWaitingRow,
                              " FROM hs_to_device WHERE user_id = ?1 AND device_id = ?2 AND pos > ?3 AND pos <= ?4 "
                              "ORDER BY pos LIMIT ?5");

/// Rows that one call of shrink() removes at most: a bound that was lowered is reached by and by.
constexpr std::int64_t kMostRemoved = 2'000;

/// Notes that so many bytes of a sender wait no longer.
void take(store::Connection& connection, std::string_view user_id, std::string_view device_id, std::string_view sender,
          std::int64_t bytes) {
  connection.run("UPDATE hs_to_device_queue SET bytes = bytes - ?3 WHERE user_id = ?1 AND device_id = ?2", user_id,
                 device_id, bytes);
  connection.run(
      "UPDATE hs_to_device_sender SET bytes = bytes - ?4 WHERE user_id = ?1 AND device_id = ?2 AND sender = ?3",
      user_id, device_id, sender, bytes);
  connection.run("DELETE FROM hs_to_device_sender WHERE user_id = ?1 AND device_id = ?2 AND sender = ?3 AND bytes <= 0",
                 user_id, device_id, sender);
}

}  // namespace

std::vector<Queue> queues(store::Connection& connection, std::string_view user_id) {
  return store::all(connection.query(kQueues, user_id), kQueue);
}

void insert(store::Tx& tx, std::string_view user_id, std::string_view device_id, StreamPos pos, const Message& message,
            std::int64_t now_ms) {
  const auto bytes = static_cast<std::int64_t>(message.json.size());
  tx.run(
      "INSERT INTO hs_to_device (user_id, device_id, pos, json, made_ms, bytes, sender) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      user_id, device_id, pos, message.json, now_ms, bytes, message.sender);
  tx.run(
      "INSERT INTO hs_to_device_queue (user_id, device_id, bytes) VALUES (?1, ?2, ?3) "
      "ON CONFLICT (user_id, device_id) DO UPDATE SET bytes = hs_to_device_queue.bytes + excluded.bytes",
      user_id, device_id, bytes);
  tx.run(
      "INSERT INTO hs_to_device_sender (user_id, device_id, sender, bytes) VALUES (?1, ?2, ?3, ?4) "
      "ON CONFLICT (user_id, device_id, sender) DO UPDATE "
      "SET bytes = hs_to_device_sender.bytes + excluded.bytes",
      user_id, device_id, message.sender, bytes);
}

void shrink(store::Tx& tx, std::string_view user_id, std::string_view device_id, std::size_t limit_bytes) {
  auto over = store::number(tx.query("SELECT bytes FROM hs_to_device_queue WHERE user_id = ?1 AND device_id = ?2",
                                     user_id, device_id)) -
              static_cast<std::int64_t>(limit_bytes);
  for (std::int64_t left = kMostRemoved; over > 0 && left > 0;) {
    Share most;
    std::int64_t next_bytes = 0;
    {
      const auto largest = store::all(tx.query(kLargestSenders, user_id, device_id), kShare);
      if (largest.empty()) return;
      most = largest.front();
      if (largest.size() > 1) next_bytes = largest.back().bytes;
    }
    std::vector<StreamPos> going;
    std::int64_t freed = 0;
    {
      auto rows = tx.query(
          "SELECT pos, bytes FROM hs_to_device WHERE user_id = ?1 AND device_id = ?2 AND sender = ?3 "
          "ORDER BY pos LIMIT ?4",
          user_id, device_id, most.sender, left);
      while (freed < over && (freed == 0 || most.bytes - freed > next_bytes) && rows.next()) {
        going.push_back(rows.take<StreamPos>());
        freed += rows.take<std::int64_t>();
      }
    }
    if (going.empty()) return;
    for (const auto pos : going) tx.run(kRemoveOne, user_id, device_id, pos);
    take(tx, user_id, device_id, most.sender, freed);
    over -= freed;
    left -= static_cast<std::int64_t>(going.size());
  }
}

std::size_t date_undated(store::Tx& tx, std::int64_t now_ms, std::size_t limit) {
  struct Row {
    std::string user_id;
    std::string device_id;
    StreamPos pos;
  };
  std::vector<Row> undated;
  {
    auto rows = tx.query("SELECT user_id, device_id, pos FROM hs_to_device WHERE made_ms = 0 LIMIT ?1",
                         static_cast<std::int64_t>(limit));
    while (rows.next()) {
      auto& row = undated.emplace_back();
      rows >> row.user_id >> row.device_id >> row.pos;
    }
  }
  for (const auto& row : undated) tx.run(kDate, row.user_id, row.device_id, row.pos, now_ms);
  return undated.size();
}

std::size_t remove_older(store::Tx& tx, std::int64_t before_ms, std::size_t limit) {
  struct Old {
    std::string user_id;
    std::string device_id;
    StreamPos pos;
    std::string sender;
    std::int64_t bytes;
  };
  std::vector<Old> old;
  {
    auto rows = tx.query(
        "SELECT user_id, device_id, pos, sender, bytes FROM hs_to_device WHERE made_ms < ?1 "
        "ORDER BY made_ms LIMIT ?2",
        before_ms, static_cast<std::int64_t>(limit));
    while (rows.next()) {
      auto& row = old.emplace_back();
      rows >> row.user_id >> row.device_id >> row.pos >> row.sender >> row.bytes;
    }
  }
  for (const auto& row : old) {
    tx.run(kRemoveOne, row.user_id, row.device_id, row.pos);
    take(tx, row.user_id, row.device_id, row.sender, row.bytes);
  }
  return old.size();
}

std::vector<Waiting> waiting(store::Connection& connection, std::string_view user_id, std::string_view device_id,
                             StreamPos after, StreamPos upto, std::size_t limit) {
  return store::all(connection.query(kWaiting, user_id, device_id, after, upto, static_cast<std::int64_t>(limit)),
                    kWaitingRow);
}

bool any(store::Connection& connection, std::string_view user_id, std::string_view device_id, StreamPos upto) {
  return store::any(
      connection.query("SELECT 1 FROM hs_to_device WHERE user_id = ?1 AND device_id = ?2 AND pos <= ?3 LIMIT 1",
                       user_id, device_id, upto));
}

void remove(store::Connection& connection, std::string_view user_id, std::string_view device_id, StreamPos upto) {
  std::map<std::string, std::int64_t, std::less<>> taken;
  {
    auto rows = connection.query(
        "DELETE FROM hs_to_device WHERE user_id = ?1 AND device_id = ?2 AND pos <= ?3 RETURNING sender, bytes", user_id,
        device_id, upto);
    for (const auto& share : store::all(std::move(rows), kShare)) taken[share.sender] += share.bytes;
  }
  for (const auto& [sender, bytes] : taken) take(connection, user_id, device_id, sender, bytes);
}

void remove_all(store::Tx& tx, std::string_view user_id, std::string_view device_id) {
  tx.run("DELETE FROM hs_to_device WHERE user_id = ?1 AND device_id = ?2", user_id, device_id);
  tx.run("DELETE FROM hs_to_device_queue WHERE user_id = ?1 AND device_id = ?2", user_id, device_id);
  tx.run("DELETE FROM hs_to_device_sender WHERE user_id = ?1 AND device_id = ?2", user_id, device_id);
}

}  // namespace troupe::homeserver::crypto::to_device_store
