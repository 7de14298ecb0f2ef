// Writing keys: uploads, and devices that go or change their name.
#include "homeserver/crypto/device_keys.h"

#include <set>

#include "base/crypto.h"
#include "homeserver/accounts/account_store.h"
#include "homeserver/crypto/to_device_store.h"

namespace troupe::homeserver::crypto {
namespace {

/// Of those that a device gave out: its client may send an upload again whose answer it lost, also after a restart.
constexpr std::int64_t kClaimedRemembered = 1000;

}  // namespace

std::string key_fingerprint(std::string_view json) {
  const auto hash = base::sha256(unsigned_form(json));
  return {reinterpret_cast<const char*>(hash.data()), 16};
}

Task<std::map<std::string, std::int64_t>> DeviceKeys::upload(std::string user_id, std::string device_id,
                                                             KeyUpload keys) {
  auto write = [&](store::Tx& tx) -> Result<std::map<std::string, std::int64_t>> {
    TRY(upload_in(tx, user_id, device_id, keys));
    return device_keys_store::count_one_time_keys(tx, user_id, device_id);
  };
  co_return co_await db_.write(write);
}

Result<Unit> DeviceKeys::upload_in(store::Tx& tx, const std::string& user_id, const std::string& device_id,
                                   const KeyUpload& keys) {
  if (!accounts::account_store::find_device(tx, user_id, device_id)) {
    return Error(Errc::unknown_token, "This device has been signed out.").with_member("soft_logout", false);
  }
  TRY(const auto fresh, new_one_time_keys(tx, user_id, device_id, keys.one_time_keys));
  for (const auto& key : keys.fallback_keys) {
    if (device_keys_store::fallback_key(tx, user_id, device_id, key.algorithm)) continue;
    if (device_keys_store::count_fallback_keys(tx, user_id, device_id) + keys.fallback_keys.size() > kMaxAlgorithms) {
      return Error(Errc::invalid_param, "A device may have fallback keys of at most 8 algorithms.");
    }
  }
  if (keys.identity) store_identity(tx, user_id, device_id, *keys.identity);
  store_claimable_keys(tx, user_id, device_id, fresh, keys.fallback_keys);
  return Unit{};
}

Result<std::vector<const ClaimableKey*>> DeviceKeys::new_one_time_keys(store::Tx& tx, const std::string& user_id,
                                                                       const std::string& device_id,
                                                                       const std::vector<ClaimableKey>& keys) {
  std::vector<const ClaimableKey*> fresh;
  if (keys.empty()) return fresh;
  auto counts = device_keys_store::count_one_time_keys(tx, user_id, device_id);
  auto bytes = device_keys_store::one_time_key_bytes(tx, user_id, device_id);
  std::map<std::string_view, std::map<std::string, std::string>> stored;
  for (const auto& key : keys) {
    if (!stored.contains(key.algorithm)) {
      stored[key.algorithm] = device_keys_store::one_time_keys(tx, user_id, device_id, key.algorithm);
    }
    const auto& known = stored[key.algorithm];
    if (const auto same = known.find(key.key_id); same != known.end()) {
      if (same->second == key.json || unsigned_form(same->second) == unsigned_form(key.json)) continue;
      // COMPAT: clients recognise the sentence and the code from Synapse.
      return Error(Errc::invalid_param, "One time key " + key.algorithm + ':' + key.key_id +
                                            " already exists. Old key: " + same->second + "; new key: " + key.json)
          .with_wire_code("M_UNKNOWN");
    }
    // Somebody has it already: who gets it as well could read what is meant for them.
    if (device_keys_store::was_claimed(tx, user_id, device_id, key.algorithm, key.key_id, key_fingerprint(key.json)))
      continue;
    if (++counts[key.algorithm] > kMaxStoredKeys) {
      return Error(Errc::invalid_param, "A device may have at most 200 one-time keys of an algorithm.");
    }
    bytes += static_cast<std::int64_t>(key.json.size());
    if (bytes > kMaxStoredKeyBytes) {
      return Error(Errc::invalid_param, "A device may have one-time keys of at most 1 MiB in all.");
    }
    fresh.push_back(&key);
  }
  if (counts.size() > kMaxAlgorithms) {
    return Error(Errc::invalid_param, "A device may have one-time keys of at most 8 algorithms.");
  }
  return fresh;
}

void DeviceKeys::store_identity(store::Tx& tx, const std::string& user_id, const std::string& device_id,
                                const KeyUpload::Identity& identity) {
  auto missing = identity.signatures;
  const bool same = device_keys_store::device_key(tx, user_id, device_id) == identity.json;
  if (same) {
    for (const auto& row : device_keys_store::signatures(tx, user_id, user_id)) {
      const auto known = missing.find(row.key_id);
      if (row.target == device_id && known != missing.end() && known->second == row.signature) missing.erase(known);
    }
    if (missing.empty()) return;
  }
  const auto pos = changes_.changed(tx, user_id);
  if (!same) {
    // Whatever signed the old key says nothing about the new one.
    device_keys_store::delete_signatures(tx, user_id, device_id);
    device_keys_store::put_device_key(tx, user_id, device_id, identity.json, pos);
  }
  for (const auto& [key_id, signature] : missing) {
    device_keys_store::put_signature(tx, user_id, {device_id, user_id, key_id, signature}, pos);
  }
}

void DeviceKeys::store_claimable_keys(store::Tx& tx, const std::string& user_id, const std::string& device_id,
                                      const std::vector<const ClaimableKey*>& one_time_keys,
                                      const std::vector<ClaimableKey>& fallback_keys) {
  std::vector<const ClaimableKey*> new_fallback_keys;
  for (const auto& key : fallback_keys) {
    const auto present = device_keys_store::fallback_key(tx, user_id, device_id, key.algorithm);
    // The same key again stays as used as it is.
    if (present && present->key.key_id == key.key_id && present->key.json == key.json) continue;
    new_fallback_keys.push_back(&key);
  }
  if (one_time_keys.empty() && new_fallback_keys.empty()) return;
  device_keys_store::forget_claimed(tx, user_id, device_id, kClaimedRemembered);
  const auto pos = tx.next_pos();
  std::int64_t ord = 0;
  for (const auto* key : one_time_keys) {
    device_keys_store::insert_one_time_key(tx, user_id, device_id, key->algorithm, {key->key_id, key->json}, pos,
                                           ord++);
  }
  for (const auto* key : new_fallback_keys) {
    device_keys_store::put_fallback_key(tx, user_id, device_id, key->algorithm, {key->key_id, key->json}, pos);
  }
  changes_.touched(tx, user_id, pos);
}

Result<Unit> DeviceKeys::device_removed(store::Tx& tx, std::string_view user_id, std::string_view device_id) {
  if (device_keys_store::device_key(tx, user_id, device_id)) changes_.changed(tx, user_id);
  device_keys_store::delete_device(tx, user_id, device_id);
  to_device_store::remove_all(tx, user_id, device_id);
  return Unit{};
}

Result<Unit> DeviceKeys::device_renamed(store::Tx& tx, std::string_view user_id, std::string_view device_id) {
  if (device_keys_store::device_key(tx, user_id, device_id)) changes_.changed(tx, user_id);
  return Unit{};
}

}  // namespace troupe::homeserver::crypto
