#include "homeserver/appservice/device_notes_store.h"

#include <algorithm>
#include <array>

#include "store/words.h"

namespace troupe::homeserver::appservice::device_notes_store {
namespace {

using namespace store::words;

constexpr auto kMessage = store::columns(column("pos", &MessageNote::pos), column("user_id", &MessageNote::user_id),
                                         column("device_id", &MessageNote::device_id));
constexpr auto kMessages = sql("SELECT ", kMessage,
                               " FROM hs_appservice_to_device WHERE service = ?1 ORDER BY pos, user_id, device_id "
                               "LIMIT ?2");
constexpr auto kList = store::columns(column("user_id", &ListNote::user_id), column("has_left", &ListNote::has_left),
                                      column("pos", &ListNote::pos));
constexpr auto kLists =
    sql("SELECT ", kList, " FROM hs_appservice_device_list WHERE service = ?1 ORDER BY user_id LIMIT ?2");
constexpr auto kCount = store::columns(column("user_id", &CountNote::user_id), column("pos", &CountNote::pos));
constexpr auto kCounts =
    sql("SELECT ", kCount, " FROM hs_appservice_key_count WHERE service = ?1 ORDER BY user_id LIMIT ?2");
constexpr std::array<std::string_view, 3> kServiceAfter{
    "SELECT service FROM hs_appservice_to_device WHERE service > ?1 ORDER BY service LIMIT 1",
    "SELECT service FROM hs_appservice_device_list WHERE service > ?1 ORDER BY service LIMIT 1",
    "SELECT service FROM hs_appservice_key_count WHERE service > ?1 ORDER BY service LIMIT 1"};
constexpr auto kKnownService =
    store::columns(column("service", &KnownService::service), column("from_pos", &KnownService::from_pos));
constexpr auto kKnown = sql("SELECT ", kKnownService, " FROM hs_appservice ORDER BY service");

}  // namespace

void note_message(store::Tx& tx, std::string_view service, const MessageNote& note) {
  tx.run(
      "INSERT INTO hs_appservice_to_device (service, pos, user_id, device_id) "
      "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (service, pos, user_id, device_id) DO NOTHING",
      service, note.pos, note.user_id, note.device_id);
}
std::vector<MessageNote> messages(store::Connection& connection, std::string_view service, std::int64_t limit) {
  return store::all(connection.query(kMessages, service, limit), kMessage);
}
void remove_message(store::Tx& tx, std::string_view service, const MessageNote& note) {
  tx.run("DELETE FROM hs_appservice_to_device WHERE service = ?1 AND pos = ?2 AND user_id = ?3 AND device_id = ?4",
         service, note.pos, note.user_id, note.device_id);
}

void note_list(store::Tx& tx, std::string_view service, const ListNote& note) {
  tx.run(
      "INSERT INTO hs_appservice_device_list (service, user_id, has_left, pos) "
      "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (service, user_id) DO UPDATE "
      "SET has_left = excluded.has_left, pos = excluded.pos",
      service, note.user_id, note.has_left, note.pos);
}
std::vector<ListNote> lists(store::Connection& connection, std::string_view service, std::int64_t limit) {
  return store::all(connection.query(kLists, service, limit), kList);
}
void remove_list(store::Tx& tx, std::string_view service, const ListNote& note) {
  tx.run("DELETE FROM hs_appservice_device_list WHERE service = ?1 AND user_id = ?2 AND pos = ?3", service,
         note.user_id, note.pos);
}

void note_count(store::Tx& tx, std::string_view service, const CountNote& note) {
  tx.run(
      "INSERT INTO hs_appservice_key_count (service, user_id, pos) VALUES (?1, ?2, ?3) "
      "ON CONFLICT (service, user_id) DO UPDATE SET pos = excluded.pos",
      service, note.user_id, note.pos);
}
std::vector<CountNote> counts(store::Connection& connection, std::string_view service, std::int64_t limit) {
  return store::all(connection.query(kCounts, service, limit), kCount);
}
void remove_count(store::Tx& tx, std::string_view service, const CountNote& note) {
  tx.run("DELETE FROM hs_appservice_key_count WHERE service = ?1 AND user_id = ?2 AND pos = ?3", service, note.user_id,
         note.pos);
}

std::string service_after(store::Connection& connection, std::string_view service) {
  std::string first;
  for (const auto query : kServiceAfter) {
    auto found = store::values<std::string>(connection.query(query, service));
    if (!found.empty() && (first.empty() || found.front() < first)) first = std::move(found.front());
  }
  return first;
}

bool remove_some(store::Tx& tx, std::string_view service, std::int64_t limit) {
  const auto notes = messages(tx, service, limit);
  for (const auto& note : notes) remove_message(tx, service, note);
  const auto changed = lists(tx, service, limit);
  for (const auto& note : changed) remove_list(tx, service, note);
  const auto counted = counts(tx, service, limit);
  for (const auto& note : counted) remove_count(tx, service, note);
  return std::max({std::ssize(notes), std::ssize(changed), std::ssize(counted)}) == limit;
}

std::vector<KnownService> known(store::Connection& connection) {
  return store::all(connection.query(kKnown), kKnownService);
}
void put_known(store::Tx& tx, const KnownService& service) {
  tx.run("INSERT INTO hs_appservice (service, from_pos) VALUES (?1, ?2) ON CONFLICT (service) DO NOTHING",
         service.service, service.from_pos);
}
void remove_known(store::Tx& tx, std::string_view service) {
  tx.run("DELETE FROM hs_appservice WHERE service = ?1", service);
}

}  // namespace troupe::homeserver::appservice::device_notes_store
