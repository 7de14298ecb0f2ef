// What redaction leaves of an event, and the bytes that the reference hash is taken over. Room versions #redactions.
#pragma once
#include <string>
#include <string_view>

#include "matrix/json.h"
#include "matrix/room_version.h"

namespace troupe::matrix {

/// Writes the canonical form of the content that a redaction of an event of this type leaves.
void append_redacted_content(std::string& out, const RoomVersion& version, std::string_view type,
                             const JsonObject& content);
/// The same as a value.
JsonObject redacted_content(const RoomVersion& version, std::string_view type, const JsonObject& content);

/// The canonical form of the redacted PDU without `signatures` and `unsigned`: what the reference hash covers.
std::string reference_bytes(const RoomVersion& version, const JsonObject& pdu);

/// The id that the SHA-256 of those bytes gives, from version 3 on.
std::string reference_id(const RoomVersion& version, std::string_view reference_bytes);

}  // namespace troupe::matrix
