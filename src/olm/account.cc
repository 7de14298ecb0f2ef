#include "olm/account.h"

#include "olm/calls.h"

namespace troupe::olm {
namespace {

std::vector<OneTimeKey> keys_of(Reason (*list)(const RawAccount*, Sink), const Handle<RawAccount>& account) {
  std::vector<std::string> pieces;
  certainly(list(account.get(), into(pieces)));
  std::vector<OneTimeKey> keys;
  for (std::size_t i = 0; i + 1 < pieces.size(); i += 2)
    keys.push_back({std::move(pieces[i]), std::move(pieces[i + 1])});
  return keys;
}

}  // namespace

template <>
void Release<RawAccount>::operator()(RawAccount* raw) const noexcept {
  troupe_olm_account_free(raw);
}

Account Account::create() {
  RawAccount* raw = nullptr;
  certainly(troupe_olm_account_create(&raw));
  return Account(Handle<RawAccount>(raw));
}

Result<Account> Account::from_pickle(std::string_view pickle, const base::SealingKey& key) {
  TRY(auto raw, read_pickle(troupe_olm_account_read, pickle, key));
  return Account(std::move(raw));
}

std::string Account::pickle(const base::SealingKey& key) const {
  return seal_pickle(troupe_olm_account_write, raw_, key);
}

IdentityKeys Account::identity_keys() const {
  IdentityKeys keys;
  certainly(troupe_olm_account_identity_keys(raw_.get(), into(keys.curve25519), into(keys.ed25519)));
  return keys;
}

std::string Account::sign(std::string_view text) const {
  std::string signature;
  certainly(troupe_olm_account_sign(raw_.get(), text, into(signature)));
  return signature;
}

void Account::generate_one_time_keys(std::size_t count) {
  certainly(troupe_olm_account_generate_one_time_keys(raw_.get(), count));
}

std::vector<OneTimeKey> Account::unpublished_one_time_keys() const {
  return keys_of(troupe_olm_account_one_time_keys, raw_);
}

void Account::generate_fallback_key() { certainly(troupe_olm_account_generate_fallback_key(raw_.get())); }

std::optional<OneTimeKey> Account::unpublished_fallback_key() const {
  auto keys = keys_of(troupe_olm_account_fallback_key, raw_);
  if (keys.empty()) return std::nullopt;
  return std::move(keys.front());
}

bool Account::forget_old_fallback_key() { return troupe_olm_account_forget_fallback_key(raw_.get()); }

void Account::mark_keys_published() { certainly(troupe_olm_account_mark_published(raw_.get())); }

Result<Session> Account::outbound_session(std::string_view their_curve25519,
                                          std::string_view their_one_time_key) const {
  RawSession* raw = nullptr;
  const Reason reason = troupe_olm_account_outbound(raw_.get(), their_curve25519, their_one_time_key, &raw);
  if (reason != Reason::none) return refusal(reason);
  return Session(Handle<RawSession>(raw));
}

Result<InboundSession> Account::inbound_session(std::string_view their_curve25519, std::string_view prekey_body) {
  if (prekey_body.size() > kMaxMessageBytes) return refusal(Reason::too_large);
  std::string plaintext;
  RawSession* raw = nullptr;
  const Reason reason = troupe_olm_account_inbound(raw_.get(), their_curve25519, prekey_body, into(plaintext), &raw);
  if (reason != Reason::none) return refusal(reason);
  return InboundSession{Session(Handle<RawSession>(raw)), std::move(plaintext)};
}

}  // namespace troupe::olm
