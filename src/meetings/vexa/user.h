// Those who use Vexa's dialect, and their tokens.
#pragma once
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace troupe::meetings::vexa {

/// Somebody who sends bots by this dialect: made by its admin routes, or on the first use of a key of Troupe's own.
struct User {
  std::int64_t id = 0;  ///< of the principal, whose meetings are theirs
  std::int64_t tenant_id = 0;
  std::string email{};
  std::optional<std::string> name{};
  std::optional<std::string> image_url{};
  boost::json::object data{};
  bool wide = false;  ///< asked once for platforms that old clients do not know: lists have them, too
  base::UnixMs created_ms = 0;
  std::optional<std::int64_t> most_at_once{};  ///< nothing: as many as everybody
};

/// What a token may do.
inline constexpr std::string_view kBotScope = "bot";
inline constexpr std::string_view kTranscriptScope = "tx";
inline constexpr std::string_view kBrowserScope = "browser";
inline constexpr std::string_view kTokenScopes[]{kBotScope, kTranscriptScope, kBrowserScope};

/// A token without itself: only its hash is stored.
struct Token {
  std::int64_t id = 0;
  std::int64_t user_id = 0;
  std::int64_t tenant_id = 0;
  std::vector<std::string> scopes{};  ///< empty: all
  std::string name{};
  base::UnixMs created_ms = 0;
  std::optional<base::UnixMs> last_used_ms{};
  std::optional<base::UnixMs> expires_ms{};
};

struct MadeToken {
  Token token{};
  std::string text{};  ///< shown once
};

}  // namespace troupe::meetings::vexa
