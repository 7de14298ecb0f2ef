// SQL for keys of devices and users, their signatures, and who changed devices when. Rows become structs here and
// nowhere else.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/database.h"

namespace troupe::homeserver::crypto {

/// A key as it is stored: canonical JSON without `signatures` and `unsigned`.
struct DeviceKeyRow {
  std::string device_id;
  std::string json;
  std::optional<std::string> display_name;  ///< of the device
};

struct ClaimableKeyRow {
  std::string key_id;  ///< without the algorithm
  std::string json;
};

struct CrossSigningRow {
  std::string usage;       ///< master, self_signing, user_signing
  std::string public_key;  ///< unpadded base64
  std::string json;
};

struct SignatureRow {
  std::string target;  ///< device id or public key
  std::string signer;
  std::string key_id;  ///< "ed25519:…"
  std::string signature;
};

// Functions, not a class: they hold no state. All throw store::SqlError only.
namespace device_keys_store {

void put_device_key(store::Tx&, std::string_view user_id, std::string_view device_id, std::string_view json,
                    StreamPos pos);
std::optional<std::string> device_key(store::Connection&, std::string_view user_id, std::string_view device_id);
/// All devices of the user that have keys, with their names.
std::vector<DeviceKeyRow> device_keys(store::Connection&, std::string_view user_id);
/// The device's key, one-time and fallback keys, and the signatures of it.
void delete_device(store::Tx&, std::string_view user_id, std::string_view device_id);

/// All of one algorithm: id to JSON.
std::map<std::string, std::string> one_time_keys(store::Connection&, std::string_view user_id,
                                                 std::string_view device_id, std::string_view algorithm);
void insert_one_time_key(store::Tx&, std::string_view user_id, std::string_view device_id, std::string_view algorithm,
                         const ClaimableKeyRow& key, StreamPos pos, std::int64_t ord);
/// Removes the oldest and yields it.
std::optional<ClaimableKeyRow> take_one_time_key(store::Tx&, std::string_view user_id, std::string_view device_id,
                                                 std::string_view algorithm);
/// Of a key that was given out. `fingerprint`: what tells it from another one of its id.
void note_claimed(store::Tx&, std::string_view user_id, std::string_view device_id, std::string_view algorithm,
                  std::string_view key_id, std::string_view fingerprint, StreamPos pos);
bool was_claimed(store::Connection&, std::string_view user_id, std::string_view device_id, std::string_view algorithm,
                 std::string_view key_id, std::string_view fingerprint);
/// All but the newest `keep` of a device.
void forget_claimed(store::Tx&, std::string_view user_id, std::string_view device_id, std::int64_t keep);
std::map<std::string, std::int64_t> count_one_time_keys(store::Connection&, std::string_view user_id,
                                                        std::string_view device_id);
std::int64_t one_time_key_bytes(store::Connection&, std::string_view user_id, std::string_view device_id);

struct FallbackRow {
  ClaimableKeyRow key;
  bool used = false;
};
std::optional<FallbackRow> fallback_key(store::Connection&, std::string_view user_id, std::string_view device_id,
                                        std::string_view algorithm);
void put_fallback_key(store::Tx&, std::string_view user_id, std::string_view device_id, std::string_view algorithm,
                      const ClaimableKeyRow& key, StreamPos pos);
void mark_fallback_used(store::Tx&, std::string_view user_id, std::string_view device_id, std::string_view algorithm);
std::size_t count_fallback_keys(store::Connection&, std::string_view user_id, std::string_view device_id);
std::vector<std::string> unused_fallback_types(store::Connection&, std::string_view user_id,
                                               std::string_view device_id);

void put_cross_signing_key(store::Tx&, std::string_view user_id, const CrossSigningRow& key, StreamPos pos);
std::vector<CrossSigningRow> cross_signing_keys(store::Connection&, std::string_view user_id);
/// Until then the user's master key may be replaced once without proof. False when there is none.
bool allow_replacement(store::Tx&, std::string_view user_id, std::int64_t until_ms);
bool may_replace(store::Connection&, std::string_view user_id, std::int64_t now_ms);

void put_signature(store::Tx&, std::string_view target_user, const SignatureRow& signature, StreamPos pos);
/// Of everything that belongs to the user, made by the user or by `also_by`.
std::vector<SignatureRow> signatures(store::Connection&, std::string_view target_user, std::string_view also_by);
/// Everybody's signatures of one device or key.
void delete_signatures(store::Tx&, std::string_view target_user, std::string_view target);
std::size_t count_signatures(store::Connection&, std::string_view target_user, std::string_view target,
                             std::string_view signer);
/// Whose keys the user signed after the position, up to another; without the user's own.
std::vector<std::string> signed_users_since(store::Connection&, std::string_view signer, StreamPos after,
                                            StreamPos upto);

void note_change(store::Tx&, std::string_view user_id, StreamPos pos);
/// The users whose last change is after the position and not after the other.
std::vector<std::string> changed_since(store::Connection&, StreamPos after, StreamPos upto);
struct ChangeRow {
  std::string user_id;
  StreamPos pos = 0;
};
/// The same with the positions, the oldest of them.
std::vector<ChangeRow> changes(store::Connection&, StreamPos after, StreamPos upto, std::int64_t limit);

}  // namespace device_keys_store
}  // namespace troupe::homeserver::crypto
