// A message of Web Push, encrypted for one subscription (RFC 8291, over the encoding aes128gcm of RFC 8188).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/p256.h"

namespace troupe::homeserver::gateway {

/// What a browser or a distributor says of itself when somebody subscribes.
struct Subscription {
  std::string public_key;  ///< p256dh: a point, P256Key::kPublicBytes
  std::string auth;        ///< kAuthBytes that both sides know
};
inline constexpr std::size_t kAuthBytes = 16;
inline constexpr std::size_t kSaltBytes = 16;
/// Push services need not take more in all (RFC 8030 section 7.2).
inline constexpr std::size_t kMaxMessageBytes = 4096;
/// So much of it is left for what is said: header, delimiter and tag take the rest.
inline constexpr std::size_t kMaxPlainBytes =
    kMaxMessageBytes - (kSaltBytes + 4 + 1 + base::P256Key::kPublicBytes) - 17;

/// From what a client gave: base64, either alphabet. Nothing when it is no point of the curve, or no secret.
std::optional<Subscription> read_subscription(std::string_view public_key, std::string_view auth);

/// The body of the request, with a fresh key and a fresh salt. Nothing when it is longer than kMaxPlainBytes.
std::optional<std::string> encrypt(const Subscription& subscription, std::string_view plain);
/// The same with these, for the standard's own example.
std::optional<std::string> encrypt_with(const base::P256Key& key, std::string_view salt,
                                        const Subscription& subscription, std::string_view plain);

}  // namespace troupe::homeserver::gateway
