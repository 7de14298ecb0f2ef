#include "homeserver/appservice_feed/feed_store.h"

#include "store/words.h"

namespace troupe::homeserver::appservice_feed::feed_store {
namespace {

using namespace store::words;

constexpr auto kTransaction =
    store::columns(column("service", &TransactionRow::service), column("txn", &TransactionRow::number),
                   column("events", &TransactionRow::events), column("body", &TransactionRow::body));
constexpr auto kFind = sql("SELECT ", kTransaction, " FROM hs_appservice_txn WHERE service = ?1");
constexpr auto kInsert = store::insert("hs_appservice_txn", kTransaction);

}  // namespace

void put(store::Tx& tx, std::string_view service, StreamPos pos) {
  tx.run("INSERT INTO hs_appservice_event (service, pos) VALUES (?1, ?2) ON CONFLICT (service, pos) DO NOTHING",
         service, pos);
}

std::vector<StreamPos> waiting(store::Connection& connection, std::string_view service, std::int64_t limit) {
  return store::values<StreamPos>(
      connection.query("SELECT pos FROM hs_appservice_event WHERE service = ?1 ORDER BY pos LIMIT ?2", service, limit));
}

void remove_upto(store::Tx& tx, std::string_view service, StreamPos pos) {
  tx.run("DELETE FROM hs_appservice_event WHERE service = ?1 AND pos <= ?2", service, pos);
}

std::optional<TransactionRow> find_transaction(store::Connection& connection, std::string_view service) {
  return store::one(connection.query(kFind, service), kTransaction);
}

void insert_transaction(store::Tx& tx, const TransactionRow& row) { store::run_insert(tx, kInsert, kTransaction, row); }

void remove_transaction(store::Tx& tx, std::string_view service, std::int64_t number) {
  tx.run("DELETE FROM hs_appservice_txn WHERE service = ?1 AND txn = ?2", service, number);
}

std::string service_after(store::Connection& connection, std::string_view service) {
  const auto events = store::values<std::string>(
      connection.query("SELECT service FROM hs_appservice_event WHERE service > ?1 ORDER BY service LIMIT 1", service));
  const auto transactions = store::values<std::string>(
      connection.query("SELECT service FROM hs_appservice_txn WHERE service > ?1 ORDER BY service LIMIT 1", service));
  if (events.empty()) return transactions.empty() ? std::string() : transactions.front();
  return transactions.empty() ? events.front() : std::min(events.front(), transactions.front());
}

bool remove_some(store::Tx& tx, std::string_view service, std::int64_t limit) {
  tx.run("DELETE FROM hs_appservice_txn WHERE service = ?1", service);
  const auto some = waiting(tx, service, limit);
  if (!some.empty()) remove_upto(tx, service, some.back());
  return std::ssize(some) == limit;
}

}  // namespace troupe::homeserver::appservice_feed::feed_store
