// The SQL of sign-ins that have begun.
#pragma once
#include <optional>

#include "assistant/sign_in/pending.h"
#include "store/database.h"

namespace troupe::assistant::sign_in::sign_in_store {

inline constexpr std::int64_t kMaxPending = 5;  ///< of one person; a further one ends the oldest

/// Beside those of the same person, of which the oldest go.
void put(store::Tx& tx, const Pending& pending);
/// Takes it out, so that it is good once. Nothing: there is none, it is over, or it is somebody else's, of another
/// service or of another session; then it stays for those whose it is.
std::optional<Pending> take(store::Tx& tx, const std::string& state_hash, const Beginner& who, std::string_view service,
                            base::UnixMs now);
/// Deletes what is over, at most a piece of it.
void sweep(store::Tx& tx, base::UnixMs now);

}  // namespace troupe::assistant::sign_in::sign_in_store
