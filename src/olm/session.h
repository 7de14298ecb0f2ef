// One end of an Olm channel between two devices (https://gitlab.matrix.org/matrix-org/olm/-/blob/master/docs/olm.md).
#pragma once
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "olm/handle.h"
#include "olm/reason.h"

namespace troupe::olm {

/// `type` and `body` of a ciphertext in m.room.encrypted (Client-Server API #molmv1curve25519-aes-sha2).
struct Message {
  static constexpr int kPrekey = 0;
  static constexpr int kNormal = 1;

  int type = kPrekey;
  std::string body;  ///< unpadded base64
};

/// Encrypts to one device and decrypts what it sends. Made by an Account. Belongs to one thread at a time.
/// Encrypting and decrypting both move it on: store its pickle before a ciphertext leaves, and before a plain text is
/// acted upon. After an error it is what it was.
class Session {
 public:
  /// Errors: bad_pickle, too_large.
  static Result<Session> from_pickle(std::string_view pickle, const base::SealingKey& key);
  /// Everything of it, sealed: bytes, not text.
  std::string pickle(const base::SealingKey& key) const;

  /// The same at both ends, unpadded base64; see session_id_of.
  std::string id() const;
  /// Whether the other end has ever answered. Until then it sends first messages (Message::kPrekey).
  bool has_received() const;

  /// Errors: too_large, insecure_key.
  Result<Message> encrypt(std::string_view plaintext);
  /// Takes messages of both types, up to 40 out of order in a chain, each once.
  /// Errors: bad_message, bad_mac, used_message, gap_too_big, insecure_key, too_large.
  Result<std::string> decrypt(const Message& message);

 private:
  friend class Account;
  explicit Session(Handle<RawSession> raw) : raw_(std::move(raw)) {}
  Handle<RawSession> raw_;
};

/// The id of the session that a first message (Message::kPrekey) belongs to: look for that one before making another.
/// Errors: bad_message, too_large.
Result<std::string> session_id_of(std::string_view prekey_body);

}  // namespace troupe::olm
