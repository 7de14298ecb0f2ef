// SQL for previews that were made.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "store/database.h"

namespace troupe::homeserver::previews {

/// A preview of an address as it was at some time. The address itself is not kept: it may hold what is secret.
struct PreviewRow {
  std::string url_hash;  ///< SHA-256, 32 bytes
  std::int64_t fetched_ms = 0;
  std::int64_t ends_ms = 0;  ///< until then it is given
  std::string body;          ///< the answer, JSON
};

// Functions, not a class: they hold no state. All throw store::SqlError only.
namespace preview_store {

void put(store::Tx&, const PreviewRow& row);
/// The newest that was fetched by then and had not ended.
std::optional<PreviewRow> find(store::Connection&, std::string_view url_hash, std::int64_t at_ms);
std::int64_t count(store::Connection&);
/// Those that ended by then, at most `limit`; yields how many went.
std::int64_t delete_ended(store::Tx&, std::int64_t by_ms, std::size_t limit);
/// Those that end first, whether they have or not; yields how many went.
std::int64_t delete_first(store::Tx&, std::int64_t limit);

}  // namespace preview_store
}  // namespace troupe::homeserver::previews
