// Stored filters and the parsed form of those in use (Client-Server API #filtering).
#pragma once
#include <string>
#include <unordered_map>

#include "base/mutex.h"
#include "homeserver/sync/filter.h"
#include "store/database.h"

namespace troupe::homeserver::sync {

inline constexpr std::int64_t kMaxFiltersOfUser = 1000;

/// One per server; callable from any thread.
class Filters {
 public:
  explicit Filters(store::Database& db) : db_(db) {}

  /// Stores a filter and yields its id; an equal one keeps the id it has.
  /// Errors: bad_json (no filter), limit_exceeded.
  Task<std::string> add(std::string user_id, matrix::JsonObject json);
  /// Errors: not_found.
  Task<matrix::JsonObject> get(std::string user_id, std::string filter_id);
  /// The value of a `filter` parameter: inline JSON, an id, or empty for none.
  /// Errors: invalid_param (no such id), not_json, bad_json.
  Task<FilterPtr> resolve(std::string user_id, std::string parameter);

 private:
  static constexpr std::size_t kMaxCached = 4096;
  FilterPtr find(const std::string& key);
  void remember(std::string key, FilterPtr filter);

  store::Database& db_;
  base::Mutex mutex_;
  std::unordered_map<std::string, FilterPtr> cached_ GUARDED_BY(mutex_);  ///< by inline text, or user and id
};

}  // namespace troupe::homeserver::sync
