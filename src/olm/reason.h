// Why Olm or Megolm refused: what the errors of this module tell beside their kind.
#pragma once
#include <cstdint>

#include "base/result.h"

namespace troupe::olm {

/// The numbers are those of the C ABI (olm/abi.h, olm/rust/src/reason.rs).
enum class Reason : std::int32_t {
  none = 0,                  ///< Not an error of this module.
  bad_key = 1,               ///< A key that is no base64, of another length, or no point of its curve.
  bad_message = 2,           ///< A message that is no base64, cut short, of another version or badly padded.
  bad_pickle = 3,            ///< Not sealed by this key, altered, or of another kind.
  bad_mac = 4,               ///< Altered, or another session's.
  bad_signature = 5,         ///< Not signed by the owner of the key.
  unknown_index = 6,         ///< Megolm: sent before the first index this session knows.
  used_message = 7,          ///< Olm: its key is used up (a replay) or was thrown away (older than five chains).
  gap_too_big = 8,           ///< Olm: more messages are missing in between than a session may skip.
  unknown_one_time_key = 9,  ///< A first message for a one-time key that is used up, or was never ours.
  wrong_sender = 10,         ///< A first message whose identity key is not the one that was named.
  insecure_key = 11,         ///< A key of low order: the secret that came of it would be known to all.
  too_large = 12,            ///< Over the limit of its kind.
  internal = 13,             ///< A defect: throw the object away and take it from its pickle again.
};

/// The reason that an error of this module carries; Reason::none for any other error.
Reason reason_of(const Error& error);
/// An error that carries the reason, which is not Reason::none.
Error refusal(Reason reason);

inline constexpr std::size_t kMaxPlaintextBytes = 64 * 1024;     ///< As much as a whole event may hold.
inline constexpr std::size_t kMaxMessageBytes = 128 * 1024;      ///< An encoded message or session key.
inline constexpr std::size_t kMaxPickleBytes = 4 * 1024 * 1024;  ///< Sealed; an account's with every key it can hold.

}  // namespace troupe::olm
