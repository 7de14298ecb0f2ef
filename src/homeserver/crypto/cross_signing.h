// Keys by which users vouch for their devices and for each other, and the signatures made with them
// (Client-Server API #cross-signing).
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "homeserver/crypto/device_keys_change.h"
#include "homeserver/crypto/device_keys_store.h"
#include "homeserver/crypto/signed_json.h"
#include "matrix/json.h"

namespace troupe::homeserver::crypto {

struct CrossSigningKey {
  CrossSigningRow row;
  Signatures signatures;  ///< by the owner
};
/// Members master_key, self_signing_key and user_signing_key of a body, those that are there.
/// Errors: bad_json, invalid_param, missing_param (none of them).
Result<std::vector<CrossSigningKey>> read_cross_signing_keys(const matrix::JsonObject& body, std::string_view user_id);

/// One signed object of POST /keys/signatures/upload.
struct SignedObject {
  std::string user_id;
  std::string target;  ///< device id or public key
  std::string json;    ///< signed_part(); empty when it is not canonical
  Signatures signatures;
  std::optional<Error> problem;  ///< why it cannot be taken, found while reading
};
/// Errors: bad_json, invalid_param (too many).
Result<std::vector<SignedObject>> read_signed_objects(const matrix::JsonObject& body, std::string_view signer);

/// One per server; callable from any thread.
class CrossSigning {
 public:
  static constexpr std::size_t kMaxKeyBytes = 8 * 1024;
  static constexpr std::size_t kMaxSignedObjects = 1'000;
  static constexpr std::size_t kMaxSignaturesEach = 100;  ///< of one signer on one object

  CrossSigning(store::Database& db, DeviceChanges& changes) : db_(db), changes_(changes) {}

  enum class Change {
    none,     ///< the keys are there already
    first,    ///< the user has none yet: no proof is needed (MSC3967)
    replaces  ///< the user must prove who they are
  };
  Task<Change> compare(std::string user_id, std::vector<CrossSigningKey> keys);
  /// Errors: missing_param (no master key), invalid_param (M_INVALID_SIGNATURE: not signed by the master key), conflict
  /// (it replaces keys, and the user is not `proven`, nor does an administrator allow it `now`).
  Task<Unit> upload(std::string user_id, std::vector<CrossSigningKey> keys, bool proven, base::UnixMs now = 0);

  /// Yields what failed: user to target to error. Signatures are kept when they are true and made by a device or a
  /// cross-signing key of the signer that may sign that target.
  Task<std::map<std::string, std::map<std::string, Error>>> add_signatures(std::string signer,
                                                                           std::vector<SignedObject> objects);

 private:
  Result<Unit> add_one(store::Tx& tx, const std::string& signer, const SignedObject& object, StreamPos& pos);

  store::Database& db_;
  DeviceChanges& changes_;
};

}  // namespace troupe::homeserver::crypto
