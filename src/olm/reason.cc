#include "olm/reason.h"

#include <algorithm>
#include <array>
#include <string>

namespace troupe::olm {
namespace {

struct ReasonRow {
  Reason reason;
  Errc code;
  std::string_view name;  ///< the error's wire code
  std::string_view message;
};

constexpr std::array kReasons{
    ReasonRow{Reason::bad_key, Errc::invalid_param, "bad_key", "This is no key."},
    ReasonRow{Reason::bad_message, Errc::invalid_param, "bad_message", "This is no encrypted message."},
    ReasonRow{Reason::bad_pickle, Errc::internal, "bad_pickle", "The stored keys cannot be read."},
    ReasonRow{Reason::bad_mac, Errc::invalid_param, "bad_mac", "The message was altered, or is another session's."},
    ReasonRow{Reason::bad_signature, Errc::invalid_param, "bad_signature", "The signature does not match."},
    ReasonRow{Reason::unknown_index, Errc::not_found, "unknown_index", "The message is older than the key for it."},
    ReasonRow{Reason::used_message, Errc::conflict, "used_message", "The message has been read before, or is too old."},
    ReasonRow{Reason::gap_too_big, Errc::limit_exceeded, "gap_too_big",
              "Too many messages before this one are missing."},
    ReasonRow{Reason::unknown_one_time_key, Errc::not_found, "unknown_one_time_key", "The one-time key is not there."},
    ReasonRow{Reason::wrong_sender, Errc::invalid_param, "wrong_sender", "The message is from another device."},
    ReasonRow{Reason::insecure_key, Errc::invalid_param, "insecure_key", "The key is not secure."},
    ReasonRow{Reason::too_large, Errc::too_large, "too_large", "This is too large to be encrypted or decrypted."},
    ReasonRow{Reason::internal, Errc::internal, "olm_defect", "Encryption failed."},
};

}  // namespace

Reason reason_of(const Error& error) {
  const auto row = std::ranges::find(kReasons, error.wire_code(), &ReasonRow::name);
  return row == kReasons.end() ? Reason::none : row->reason;
}

Error refusal(Reason reason) {
  const auto row = std::ranges::find(kReasons, reason, &ReasonRow::reason);
  const ReasonRow& known = row == kReasons.end() ? kReasons.back() : *row;
  return Error(known.code, std::string(known.message)).with_wire_code(known.name);
}

}  // namespace troupe::olm
