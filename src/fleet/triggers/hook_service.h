// Inbound webhooks: other services post to /webhook/{hook}, and a bot says it in a room.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "fleet/encryption/encrypted_file.h"
#include "fleet/triggers/hook_body.h"
#include "fleet/triggers/hook_store.h"
#include "fleet/triggers/outbox.h"
#include "matrix/media_repository.h"
#include "net/route/rate_limit.h"
#include "net/route/router.h"

namespace troupe::fleet::triggers {

struct NewHook {
  std::string name;     ///< 1…64 bytes
  std::string room_id;  ///< the bot must be in it
  bool wait_for_complete = false;
  std::optional<std::int64_t> expires_in_days = {};  ///< 1…3650; nothing: never
};
struct MadeHook {
  Hook hook;
  std::string path;  ///< "/webhook/<secret>": shown once, only its hash is kept
};

/// One POST.
struct HookDelivery {
  std::string content_type;
  std::string body;
  std::string idempotency_key;  ///< empty: each delivery is a new one
};
struct HookAccepted {
  std::int64_t outgoing_id = 0;
  bool duplicate = false;  ///< this key was here within the last day
  bool wait = false;       ///< the hook wants its caller to wait until the message is in the room
};

inline constexpr std::size_t kMaxHooksPerBot = 100;
/// Per hook: one a second for long, thirty at once.
inline constexpr net::route::RateClass kHookRate{1, 30};
inline constexpr std::size_t kMaxHookBodyBytes = 1024 * 1024;

/// Callable from any thread.
class HookService {
 public:
  HookService(store::Database& db, matrix::RoomActions& rooms, matrix::MediaRepository& media, const base::Clock& clock,
              bus::Bus& bus, bool rate_limits = true, bool bots_encrypt = false);

  /// Errors: not_found (no such bot), invalid_param (name, days, or the bot is not in the room), conflict (too many).
  Task<MadeHook> create(std::int64_t tenant_id, std::string bot_id, NewHook wanted, Actor actor);
  Task<std::vector<Hook>> list(std::int64_t tenant_id, std::string bot_id);
  /// Deliveries that were accepted before still arrive. Errors: not_found.
  Task<Unit> remove(std::int64_t tenant_id, std::string bot_id, std::string hook_id);

  /// Completes when the message is durable; it reaches the room once, whatever is killed when. Errors: not_found (no
  /// such hook; with status 410 when it has expired), bad_json and not_json (the body), too_large (a file),
  /// limit_exceeded, unavailable (the bot is stopped).
  Task<HookAccepted> deliver(std::string token, HookDelivery delivery);
  /// Waits until the message is in the room. Errors: timed_out, forbidden (the room refused it).
  Task<std::string> wait(std::int64_t outgoing_id, std::chrono::milliseconds patience);
  /// Tells rooms of hooks that end within three days, once; clears away those that ended a month ago, and what belongs
  /// to bots that are gone.
  Task<Unit> tidy(base::UnixMs aged);

 private:
  /// Uploads what is not there yet; yields the mxc:// addresses.
  /// Whether its files go into an encrypted room.
  Task<bool> seals_files(std::string room_id, const HookMessage& message);
  /// `sealed`, when they do: so are they, and it holds what opens each.
  Task<std::vector<std::string>> upload(std::string bot_user_id, const std::vector<HookFile>& files,
                                        encryption::SealedFiles* sealed);

  store::Database& db_;
  matrix::RoomActions& rooms_;
  matrix::MediaRepository& media_;
  const base::Clock& clock_;
  bus::Bus& bus_;
  const bool bots_encrypt_;
  net::route::RateLimiter limiter_;
};

}  // namespace troupe::fleet::triggers
