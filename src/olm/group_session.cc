#include "olm/group_session.h"

#include "olm/calls.h"

namespace troupe::olm {
namespace {

/// An end for reading from a key in the form that `make` reads.
Result<Handle<RawInboundGroupSession>> from_key(Reason (*make)(Text, RawInboundGroupSession**), std::string_view key) {
  if (key.size() > kMaxMessageBytes) return refusal(Reason::too_large);
  RawInboundGroupSession* raw = nullptr;
  if (const Reason reason = make(key, &raw); reason != Reason::none) return refusal(reason);
  return Handle<RawInboundGroupSession>(raw);
}

}  // namespace

template <>
void Release<RawGroupSession>::operator()(RawGroupSession* raw) const noexcept {
  troupe_olm_group_free(raw);
}

template <>
void Release<RawInboundGroupSession>::operator()(RawInboundGroupSession* raw) const noexcept {
  troupe_olm_inbound_group_free(raw);
}

GroupSession GroupSession::create() {
  RawGroupSession* raw = nullptr;
  certainly(troupe_olm_group_create(&raw));
  return GroupSession(Handle<RawGroupSession>(raw));
}

Result<GroupSession> GroupSession::from_pickle(std::string_view pickle, const base::SealingKey& key) {
  TRY(auto raw, read_pickle(troupe_olm_group_read, pickle, key));
  return GroupSession(std::move(raw));
}

std::string GroupSession::pickle(const base::SealingKey& key) const {
  return seal_pickle(troupe_olm_group_write, raw_, key);
}

std::string GroupSession::id() const { return text_of(troupe_olm_group_id, raw_); }

std::uint32_t GroupSession::message_index() const { return troupe_olm_group_message_index(raw_.get()); }

std::string GroupSession::session_key() const { return text_of(troupe_olm_group_session_key, raw_); }

Result<std::string> GroupSession::encrypt(std::string_view plaintext) {
  if (plaintext.size() > kMaxPlaintextBytes) return refusal(Reason::too_large);
  std::string ciphertext;
  const Reason reason = troupe_olm_group_encrypt(raw_.get(), plaintext, into(ciphertext));
  if (reason != Reason::none) return refusal(reason);
  return ciphertext;
}

Result<InboundGroupSession> InboundGroupSession::from_session_key(std::string_view session_key) {
  TRY(auto raw, from_key(troupe_olm_inbound_group_create, session_key));
  return InboundGroupSession(std::move(raw));
}

Result<InboundGroupSession> InboundGroupSession::from_exported_key(std::string_view exported_key) {
  TRY(auto raw, from_key(troupe_olm_inbound_group_import, exported_key));
  return InboundGroupSession(std::move(raw));
}

Result<InboundGroupSession> InboundGroupSession::from_pickle(std::string_view pickle, const base::SealingKey& key) {
  TRY(auto raw, read_pickle(troupe_olm_inbound_group_read, pickle, key));
  return InboundGroupSession(std::move(raw));
}

std::string InboundGroupSession::pickle(const base::SealingKey& key) const {
  return seal_pickle(troupe_olm_inbound_group_write, raw_, key);
}

std::string InboundGroupSession::id() const { return text_of(troupe_olm_inbound_group_id, raw_); }

std::uint32_t InboundGroupSession::first_known_index() const {
  return troupe_olm_inbound_group_first_known_index(raw_.get());
}

Result<GroupPlaintext> InboundGroupSession::decrypt(std::string_view ciphertext) {
  if (ciphertext.size() > kMaxMessageBytes) return refusal(Reason::too_large);
  GroupPlaintext plaintext;
  const Reason reason =
      troupe_olm_inbound_group_decrypt(raw_.get(), ciphertext, into(plaintext.text), &plaintext.index);
  if (reason != Reason::none) return refusal(reason);
  return plaintext;
}

Result<std::string> InboundGroupSession::export_at(std::uint32_t index) {
  std::string key;
  const Reason reason = troupe_olm_inbound_group_export(raw_.get(), index, into(key));
  if (reason != Reason::none) return refusal(reason);
  return key;
}

}  // namespace troupe::olm
