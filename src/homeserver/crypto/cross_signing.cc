#include "homeserver/crypto/cross_signing.h"

#include <algorithm>

#include "matrix/ids.h"

namespace troupe::homeserver::crypto {
namespace {

constexpr std::string_view kMaster = "master";
constexpr std::string_view kSelfSigning = "self_signing";
constexpr std::string_view kUserSigning = "user_signing";
constexpr std::string_view kEd25519Prefix = "ed25519:";

const CrossSigningRow* find_usage(const std::vector<CrossSigningRow>& rows, std::string_view usage) {
  const auto found = std::ranges::find(rows, usage, &CrossSigningRow::usage);
  return found == rows.end() ? nullptr : &*found;
}

/// True when a key is not stored as it is.
bool differs(const std::vector<CrossSigningRow>& stored, const std::vector<CrossSigningKey>& keys) {
  return std::ranges::any_of(keys, [&stored](const CrossSigningKey& key) {
    const auto* present = find_usage(stored, key.row.usage);
    return !present || present->json != key.row.json;
  });
}

Error invalid_signature() {
  return Error(Errc::invalid_param, "The signature does not fit the key.").with_wire_code("M_INVALID_SIGNATURE");
}

/// A key other than the master key must be signed by the master key.
Result<Unit> check_signed_by_master(const CrossSigningKey& key, const CrossSigningRow& master) {
  const auto signature = key.signatures.find(std::string(kEd25519Prefix) + master.public_key);
  if (signature == key.signatures.end() || !is_signed(key.row.json, master.public_key, signature->second)) {
    return Error(Errc::invalid_param, "The " + key.row.usage + " key is not signed by the master key.")
        .with_wire_code("M_INVALID_SIGNATURE");
  }
  return Unit{};
}

/// The public key "ed25519:<device id>" of one of the signer's devices; empty when there is none.
std::string device_signing_key(store::Connection& connection, std::string_view user_id, std::string_view device_id) {
  const auto json = device_keys_store::device_key(connection, user_id, device_id);
  if (!json) return {};
  const auto parsed = matrix::parse_json(*json);
  const auto* object = parsed ? parsed->if_object() : nullptr;
  return object ? std::string(ed25519_key(*object, device_id)) : std::string();
}

/// What is stored under a target, and the key that may sign it for the signer.
struct Signable {
  std::string json;
  std::string_view usage;  ///< of the cross-signing key that signs it; empty: devices of the signer do
};

Result<Signable> find_signable(store::Connection& connection, const std::string& signer, const SignedObject& object) {
  for (const auto& key : device_keys_store::cross_signing_keys(connection, object.user_id)) {
    if (key.public_key != object.target) continue;
    if (key.usage != kMaster)
      return Error(Errc::invalid_param, "Of the cross-signing keys only master keys are signed.");
    return Signable{.json = key.json, .usage = object.user_id == signer ? std::string_view() : kUserSigning};
  }
  if (object.user_id == signer) {
    if (auto json = device_keys_store::device_key(connection, signer, object.target)) {
      return Signable{.json = *std::move(json), .usage = kSelfSigning};
    }
  }
  return Error(Errc::not_found, "There is no such device or key.");
}

/// The signatures that count, each of them true. What other keys signed is passed over: clients send along the
/// signature that a device or a master key made of itself. Error: invalid_param (M_INVALID_SIGNATURE), also when none
/// counts.
Result<Signatures> true_signatures(store::Connection& connection, const std::string& signer, const SignedObject& object,
                                   std::string_view usage) {
  const auto own_keys = device_keys_store::cross_signing_keys(connection, signer);
  const auto* signing = find_usage(own_keys, usage);
  Signatures counted;
  for (const auto& [key_id, signature] : object.signatures) {
    const auto id = std::string_view(key_id).substr(kEd25519Prefix.size());
    std::string key;
    if (usage.empty()) {
      key = device_signing_key(connection, signer, id);
    } else if (signing && signing->public_key == id) {
      key = signing->public_key;
    }
    if (key.empty()) continue;
    if (!is_signed(object.json, key, signature)) return invalid_signature();
    counted.emplace(key_id, signature);
  }
  if (counted.empty()) return invalid_signature();
  return counted;
}

}  // namespace

Task<CrossSigning::Change> CrossSigning::compare(std::string user_id, std::vector<CrossSigningKey> keys) {
  auto read = [&](store::Connection& connection) -> Result<Change> {
    const auto stored = device_keys_store::cross_signing_keys(connection, user_id);
    if (!differs(stored, keys)) return Change::none;
    return find_usage(stored, kMaster) ? Change::replaces : Change::first;
  };
  co_return co_await db_.read(read);
}

Task<Unit> CrossSigning::upload(std::string user_id, std::vector<CrossSigningKey> keys, bool proven, base::UnixMs now) {
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    const auto stored = device_keys_store::cross_signing_keys(tx, user_id);
    if (!differs(stored, keys)) return Unit{};
    const auto* master = find_usage(stored, kMaster);
    if (master && !proven && !device_keys_store::may_replace(tx, user_id, now)) {
      return Error(Errc::conflict, "There are cross-signing keys already.");
    }
    const auto given = std::ranges::find(keys, kMaster, [](const CrossSigningKey& key) { return key.row.usage; });
    if (given != keys.end()) master = &given->row;
    if (!master) return Error(Errc::missing_param, "No master key available: upload master_key first.");
    for (const auto& key : keys) {
      if (key.row.usage == kMaster) continue;
      TRY(check_signed_by_master(key, *master));
    }
    const auto pos = changes_.changed(tx, user_id);
    for (const auto& key : keys) {
      const auto* old = find_usage(stored, key.row.usage);
      if (old && old->public_key != key.row.public_key) {
        device_keys_store::delete_signatures(tx, user_id, old->public_key);
      }
      device_keys_store::put_cross_signing_key(tx, user_id, key.row, pos);
      for (const auto& [key_id, signature] : key.signatures) {
        device_keys_store::put_signature(tx, user_id, {key.row.public_key, user_id, key_id, signature}, pos);
      }
    }
    return Unit{};
  };
  co_return co_await db_.write(write);
}

Result<Unit> CrossSigning::add_one(store::Tx& tx, const std::string& signer, const SignedObject& object,
                                   StreamPos& pos) {
  if (object.problem) return std::unexpected(*object.problem);
  TRY(const auto signable, find_signable(tx, signer, object));
  if (signable.json != object.json) return Error(Errc::invalid_param, "The signed key is not the one that is stored.");
  TRY(const auto signatures, true_signatures(tx, signer, object, signable.usage));
  const auto present = device_keys_store::count_signatures(tx, object.user_id, object.target, signer);
  if (present + signatures.size() > kMaxSignaturesEach) {
    return Error(Errc::invalid_param, "This key bears too many signatures by you.");
  }
  if (pos == 0) pos = tx.next_pos();
  for (const auto& [key_id, signature] : signatures) {
    device_keys_store::put_signature(tx, object.user_id, {object.target, signer, key_id, signature}, pos);
  }
  return Unit{};
}

Task<std::map<std::string, std::map<std::string, Error>>> CrossSigning::add_signatures(
    std::string signer, std::vector<SignedObject> objects) {
  using Failures = std::map<std::string, std::map<std::string, Error>>;
  auto write = [&](store::Tx& tx) -> Result<Failures> {
    Failures failures;
    StreamPos pos = 0;
    bool own = false;
    for (const auto& object : objects) {
      auto added = add_one(tx, signer, object, pos);
      if (!added) {
        failures[object.user_id].emplace(object.target, std::move(added).error());
      } else {
        own |= object.user_id == signer;
      }
    }
    // Signatures of one's own devices show to everybody, those of others' keys only to oneself.
    if (own) {
      changes_.changed(tx, signer);
    } else if (pos != 0) {
      changes_.touched(tx, signer, pos);
    }
    return failures;
  };
  co_return co_await db_.write(write);
}

}  // namespace troupe::homeserver::crypto
