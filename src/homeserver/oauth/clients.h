// The programs that may ask people to sign in: they register themselves (RFC 7591).
#pragma once
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/task.h"
#include "homeserver/oauth/client_metadata.h"
#include "store/database.h"

namespace troupe::homeserver::oauth {

/// One per server; callable from any thread. A client's id follows from what it says of itself, so that registering
/// again changes nothing and makes no row.
class Clients {
 public:
  /// Registered and not yet used by anybody; of more the oldest go.
  static constexpr std::int64_t kMaxUnused = 10'000;
  static constexpr std::chrono::hours kKeepUnused{24};
  /// After the last sign-in, when no device is signed in by it any more.
  static constexpr std::chrono::hours kKeepUsed{90 * 24};
  static constexpr std::size_t kMaxIdBytes = 64;

  Clients(store::Database& db, const base::Clock& clock) : db_(db), clock_(clock) {}

  /// Errors: those of check_metadata.
  Task<Registered> add(ClientMetadata said);
  /// Error: unknown_token "invalid_client".
  Task<Client> find(std::string client_id);
  /// Deletes what nobody needs any more. From a job.
  Task<Unit> sweep(base::UnixMs age_now);

 private:
  store::Database& db_;
  const base::Clock& clock_;
};

}  // namespace troupe::homeserver::oauth
