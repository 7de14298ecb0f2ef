#include "fleet/encryption/vouching.h"

#include "fleet/encryption/encryption_store.h"
#include "fleet/encryption/signed_keys.h"
#include "olm/signing_key.h"

namespace troupe::fleet::encryption {
namespace {

Result<olm::SigningKey> self_signing_of(const DeviceRow& row, const base::SealingKey& sealing_key) {
  TRY(const auto opened, sealing_key.open(row.cross_signing));
  TRY(const auto parsed, matrix::parse_json(opened));
  if (!parsed.is_object()) return Error(Errc::internal, "What is kept of a bot's cross-signing keys is damaged.");
  return olm::SigningKey::from_seed(matrix::find_string(parsed.get_object(), "self_signing").value_or(""));
}

/// A member of a member of an answer; nullptr when it is not there.
const matrix::JsonObject* find_in(const matrix::JsonObject& answer, std::string_view list, std::string_view user_id) {
  const auto* all = matrix::find_object(answer, list);
  return all == nullptr ? nullptr : matrix::find_object(*all, user_id);
}

}  // namespace

Task<Unit> Vouching::vouch(BotKey bot, std::string user_id, std::string device_id) {
  auto look = [bot](store::Connection& c) -> Result<std::optional<DeviceRow>> { return find_device(c, bot); };
  CO_TRY(const auto row, co_await uses_.db.read(look));
  if (!row || !row->published) co_return Error(Errc::conflict, "The bot has no keys of its own yet; ask again.");
  CO_TRY(const auto self_signing, self_signing_of(*row, uses_.sealing_key));
  CO_TRY(const auto answer, co_await uses_.keys.query_keys(user_id, {user_id}));
  const auto* published = find_in(answer, "self_signing_keys", user_id);
  if (published == nullptr || cross_signing_key(*published, user_id) != self_signing.public_key()) {
    co_return Error(Errc::forbidden, "The account's cross-signing keys are not the bot's own any more.");
  }
  const auto* devices = find_in(answer, "device_keys", user_id);
  const auto* found = devices ? matrix::find_object(*devices, device_id) : nullptr;
  if (found == nullptr) co_return Error(Errc::conflict, "The device has no keys yet; ask again.");
  if (!read_device_keys(*found, user_id, device_id)) {
    co_return Error(Errc::invalid_param, "What the device has published is not its own.");
  }
  if (is_signed_by(*found, user_id, self_signing.public_key(), self_signing.public_key())) co_return Unit{};
  auto object = *found;
  object.erase("signatures");
  object.erase("unsigned");
  sign_object(object, user_id, self_signing.public_key(),
              [&](std::string_view text) { return self_signing.sign(text); });
  matrix::JsonObject of_user;
  of_user[device_id] = std::move(object);
  matrix::JsonObject body;
  body[user_id] = std::move(of_user);
  co_return co_await uses_.keys.upload_signatures(std::move(user_id), std::move(body));
}

}  // namespace troupe::fleet::encryption
