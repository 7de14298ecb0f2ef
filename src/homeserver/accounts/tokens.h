// The shapes of the credentials that the homeserver hands out: a prefix and 43 characters (256 random bits).
#pragma once
#include <algorithm>
#include <string_view>

namespace troupe::homeserver::accounts {

inline constexpr std::string_view kAccessTokenPrefix = "mct_";
inline constexpr std::string_view kRefreshTokenPrefix = "mcr_";
inline constexpr std::string_view kOpenIdTokenPrefix = "mco_";
inline constexpr std::string_view kLoginTokenPrefix = "mcl_";
inline constexpr std::size_t kTokenRandomChars = 43;

/// Whether it can be one of ours: what cannot be is refused without asking the database.
inline bool looks_like_token(std::string_view token, std::string_view prefix) {
  return token.size() == prefix.size() + kTokenRandomChars && token.starts_with(prefix) &&
         std::ranges::all_of(token.substr(prefix.size()), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

}  // namespace troupe::homeserver::accounts
