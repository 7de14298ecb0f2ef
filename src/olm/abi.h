// The C ABI between this folder and olm/rust. Whoever calls checks sizes first; nothing unwinds over it. A function
// that returns a Reason leaves its outputs alone unless it returns Reason::none; one that changes an object has then
// not changed it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "olm/handle.h"
#include "olm/reason.h"

namespace troupe::olm {

/// Bytes that live as long as the call.
struct Text {
  // Implicit, so that every call reads as a call.
  Text(std::string_view text)  // NOLINT(google-explicit-constructor)
      : data(reinterpret_cast<const std::uint8_t*>(text.data())), size(text.size()) {}
  Text(const std::string& text) : Text(std::string_view(text)) {}  // NOLINT(google-explicit-constructor)
  const std::uint8_t* data;
  std::size_t size;
};

/// Where results go: `put` copies before it returns. Called once for each result; for lists once for each piece.
struct Sink {
  void* into;
  void (*put)(void* into, const std::uint8_t* data, std::size_t size) noexcept;
};

extern "C" {
Reason troupe_olm_account_create(RawAccount** out);
Reason troupe_olm_account_read(Text pickled, RawAccount** out);
Reason troupe_olm_account_write(const RawAccount* account, Sink pickled);
void troupe_olm_account_free(RawAccount* account);
Reason troupe_olm_account_identity_keys(const RawAccount* account, Sink curve25519, Sink ed25519);
Reason troupe_olm_account_sign(const RawAccount* account, Text text, Sink signature);
Reason troupe_olm_account_generate_one_time_keys(RawAccount* account, std::size_t count);
/// An id, its key, the next id …
Reason troupe_olm_account_one_time_keys(const RawAccount* account, Sink ids_and_keys);
Reason troupe_olm_account_generate_fallback_key(RawAccount* account);
Reason troupe_olm_account_fallback_key(const RawAccount* account, Sink ids_and_keys);
bool troupe_olm_account_forget_fallback_key(RawAccount* account);
Reason troupe_olm_account_mark_published(RawAccount* account);
Reason troupe_olm_account_outbound(const RawAccount* account, Text identity_key, Text one_time_key, RawSession** out);
Reason troupe_olm_account_inbound(RawAccount* account, Text identity_key, Text prekey_body, Sink plaintext,
                                  RawSession** out);

Reason troupe_olm_session_read(Text pickled, RawSession** out);
Reason troupe_olm_session_write(const RawSession* session, Sink pickled);
void troupe_olm_session_free(RawSession* session);
Reason troupe_olm_session_id(const RawSession* session, Sink id);
bool troupe_olm_session_has_received(const RawSession* session);
Reason troupe_olm_session_encrypt(RawSession* session, Text plaintext, std::int32_t* message_type, Sink body);
Reason troupe_olm_session_decrypt(RawSession* session, std::int32_t message_type, Text body, Sink plaintext);
Reason troupe_olm_prekey_session_id(Text prekey_body, Sink id);

Reason troupe_olm_group_create(RawGroupSession** out);
Reason troupe_olm_group_read(Text pickled, RawGroupSession** out);
Reason troupe_olm_group_write(const RawGroupSession* session, Sink pickled);
void troupe_olm_group_free(RawGroupSession* session);
Reason troupe_olm_group_id(const RawGroupSession* session, Sink id);
std::uint32_t troupe_olm_group_message_index(const RawGroupSession* session);
Reason troupe_olm_group_session_key(const RawGroupSession* session, Sink key);
Reason troupe_olm_group_encrypt(RawGroupSession* session, Text plaintext, Sink ciphertext);

Reason troupe_olm_inbound_group_create(Text session_key, RawInboundGroupSession** out);
Reason troupe_olm_inbound_group_import(Text exported_key, RawInboundGroupSession** out);
Reason troupe_olm_inbound_group_read(Text pickled, RawInboundGroupSession** out);
Reason troupe_olm_inbound_group_write(const RawInboundGroupSession* session, Sink pickled);
void troupe_olm_inbound_group_free(RawInboundGroupSession* session);
Reason troupe_olm_inbound_group_id(const RawInboundGroupSession* session, Sink id);
std::uint32_t troupe_olm_inbound_group_first_known_index(const RawInboundGroupSession* session);
Reason troupe_olm_inbound_group_decrypt(RawInboundGroupSession* session, Text ciphertext, Sink plaintext,
                                        std::uint32_t* index);
Reason troupe_olm_inbound_group_export(RawInboundGroupSession* session, std::uint32_t index, Sink key);
}

}  // namespace troupe::olm
