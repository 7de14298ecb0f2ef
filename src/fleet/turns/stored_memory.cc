#include "fleet/turns/stored_memory.h"

#include <boost/json/serialize.hpp>

#include "fleet/bots/session_store.h"

namespace troupe::fleet::turns {

Result<Unit> check_memory(std::string_view key, const boost::json::value& value) {
  if (key.empty() || key.size() > kMaxMemoryKeyBytes || key.starts_with('_')) {
    return Error(Errc::invalid_param, "A key of a session's memory must be 1 to 64 bytes, not beginning with '_'.");
  }
  if (boost::json::serialize(value).size() > kMaxMemoryValueBytes) {
    return Error(Errc::too_large, "The value '" + std::string(key) + "' of a session's memory is larger than 256 KiB.");
  }
  return Unit{};
}

Task<std::optional<boost::json::value>> StoredMemory::get(std::string key) {
  auto look = [&](store::Connection& c) -> Result<std::optional<boost::json::value>> {
    return bots::session_value(c, bot_, place_, key);
  };
  co_return co_await store_.read(look);
}

Task<Unit> StoredMemory::put(std::string key, boost::json::value value) {
  CO_TRY(check_memory(key, value));
  auto now = clock_.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    bots::store_session_value(tx, bot_, place_, key, value, now);
    return Unit{};
  };
  co_return co_await store_.persist(write);
}

Task<Unit> StoredMemory::erase(std::string key) { co_return co_await put(std::move(key), nullptr); }

Task<Unit> StoredMemory::reset() {
  auto now = clock_.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    bots::reset_session(tx, bot_, place_, now);
    return Unit{};
  };
  co_return co_await store_.persist(write);
}

}  // namespace troupe::fleet::turns
