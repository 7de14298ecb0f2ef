// Megolm: one sender's messages to a room (https://gitlab.matrix.org/matrix-org/olm/-/blob/master/docs/megolm.md).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "olm/handle.h"
#include "olm/reason.h"

namespace troupe::olm {

/// The sender's end. Belongs to one thread at a time. Encrypting moves it on: store its pickle before the ciphertext
/// leaves, or two messages could bear one index, and one of them would be taken for a replay.
class GroupSession {
 public:
  static GroupSession create();
  /// Errors: bad_pickle, too_large.
  static Result<GroupSession> from_pickle(std::string_view pickle, const base::SealingKey& key);
  /// Everything of it, sealed: bytes, not text.
  std::string pickle(const base::SealingKey& key) const;

  /// `session_id`, unpadded base64.
  std::string id() const;
  /// The index of the next message: how many it has encrypted.
  std::uint32_t message_index() const;
  /// `session_key` of m.room_key, from which this and the later messages are read. Secret.
  std::string session_key() const;
  /// `ciphertext` of m.room.encrypted, unpadded base64. Errors: too_large.
  Result<std::string> encrypt(std::string_view plaintext);

 private:
  explicit GroupSession(Handle<RawGroupSession> raw) : raw_(std::move(raw)) {}
  Handle<RawGroupSession> raw_;
};

struct GroupPlaintext {
  std::string text;
  /// The same (session, index) under two event ids is a replay: the caller keeps them apart.
  std::uint32_t index = 0;
};

/// The reader's end. Belongs to one thread at a time. Decrypting changes nothing that needs storing.
class InboundGroupSession {
 public:
  /// From `session_key` of m.room_key, whose signature by the session's owner is checked.
  /// Errors: bad_key, bad_signature, too_large.
  static Result<InboundGroupSession> from_session_key(std::string_view session_key);
  /// From what export_at made, here or elsewhere (key backup, forwarded keys): nothing proves whose it is.
  /// Errors: bad_key, too_large.
  static Result<InboundGroupSession> from_exported_key(std::string_view exported_key);
  /// Errors: bad_pickle, too_large.
  static Result<InboundGroupSession> from_pickle(std::string_view pickle, const base::SealingKey& key);
  /// Everything of it, sealed: bytes, not text.
  std::string pickle(const base::SealingKey& key) const;

  /// `session_id`, unpadded base64.
  std::string id() const;
  std::uint32_t first_known_index() const;
  /// Errors: bad_message, bad_signature, bad_mac, unknown_index, too_large.
  Result<GroupPlaintext> decrypt(std::string_view ciphertext);
  /// The key from which messages at the index and later are read. Secret. Errors: unknown_index.
  Result<std::string> export_at(std::uint32_t index);

 private:
  explicit InboundGroupSession(Handle<RawInboundGroupSession> raw) : raw_(std::move(raw)) {}
  Handle<RawInboundGroupSession> raw_;
};

}  // namespace troupe::olm
