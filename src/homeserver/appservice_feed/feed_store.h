// SQL for what application services are still to be told of. All functions throw store::SqlError only.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace troupe::homeserver::appservice_feed {

/// A transaction that a service has not confirmed.
struct TransactionRow {
  std::string service;
  std::int64_t number = 0;
  std::int64_t events = 0;
  std::string body;
};

namespace feed_store {

/// Nothing when it is there already.
void put(store::Tx&, std::string_view service, StreamPos pos);
/// The oldest positions that wait for a service.
std::vector<StreamPos> waiting(store::Connection&, std::string_view service, std::int64_t limit);
void remove_upto(store::Tx&, std::string_view service, StreamPos pos);
std::optional<TransactionRow> find_transaction(store::Connection&, std::string_view service);
void insert_transaction(store::Tx&, const TransactionRow& row);
void remove_transaction(store::Tx&, std::string_view service, std::int64_t number);

/// The first service after this id for which something waits; empty: none.
std::string service_after(store::Connection&, std::string_view service);
/// Removes up to so many waiting positions of a service, and its transaction. Yields whether there may be more.
bool remove_some(store::Tx&, std::string_view service, std::int64_t limit);

}  // namespace feed_store
}  // namespace troupe::homeserver::appservice_feed
