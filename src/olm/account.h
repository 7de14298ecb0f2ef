// The keys of one device: who it is, and with which others begin a channel to it.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "olm/session.h"

namespace troupe::olm {

struct IdentityKeys {
  std::string curve25519;  ///< unpadded base64
  std::string ed25519;     ///< unpadded base64
};

/// A one-time or a fallback key as it is uploaded, unsigned: `signed_curve25519:<id>`.
struct OneTimeKey {
  std::string id;          ///< the account's number of it, never used twice
  std::string curve25519;  ///< unpadded base64
};

struct InboundSession;

/// Belongs to one thread at a time. What changes it says so: store its pickle before the change is told to anybody.
class Account {
 public:
  /// The most one-time keys to keep on the server, and to generate at once.
  static constexpr std::size_t kMaxOneTimeKeys = 50;

  /// New identity keys.
  static Account create();
  /// Errors: bad_pickle, too_large.
  static Result<Account> from_pickle(std::string_view pickle, const base::SealingKey& key);
  /// Everything of it, sealed: bytes, not text.
  std::string pickle(const base::SealingKey& key) const;

  IdentityKeys identity_keys() const;
  /// The ed25519 signature (unpadded base64) of a text, for instance canonical JSON.
  std::string sign(std::string_view text) const;

  /// Adds to the unpublished keys; of more than kMaxOneTimeKeys only so many are made. Changes the account. It holds
  /// 5000 secret parts, published ones too; the oldest give way.
  void generate_one_time_keys(std::size_t count);
  /// In the order they were made.
  std::vector<OneTimeKey> unpublished_one_time_keys() const;
  /// A new one; the one before is kept for first messages that are on their way. Changes the account.
  void generate_fallback_key();
  std::optional<OneTimeKey> unpublished_fallback_key() const;
  /// Forgets the one before the newest; false: there is none. Changes the account.
  bool forget_old_fallback_key();
  /// The server has them all: one-time keys and the fallback key. Changes the account.
  void mark_keys_published();

  /// A channel to a device by a one-time key of its that was claimed (and whose signature the caller has checked).
  /// Errors: bad_key, insecure_key.
  Result<Session> outbound_session(std::string_view their_curve25519, std::string_view their_one_time_key) const;
  /// A channel from a device by its first message, a Message::kPrekey. Uses up the one-time key it names, a fallback
  /// key not; changes the account only when it succeeds. Errors: bad_key, bad_message, bad_mac, unknown_one_time_key,
  /// wrong_sender, insecure_key, too_large.
  Result<InboundSession> inbound_session(std::string_view their_curve25519, std::string_view prekey_body);

 private:
  explicit Account(Handle<RawAccount> raw) : raw_(std::move(raw)) {}
  Handle<RawAccount> raw_;
};

/// A session and what its first message said.
struct InboundSession {
  Session session;
  std::string plaintext;
};

}  // namespace troupe::olm
