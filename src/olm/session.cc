#include "olm/session.h"

#include "olm/calls.h"

namespace troupe::olm {

template <>
void Release<RawSession>::operator()(RawSession* raw) const noexcept {
  troupe_olm_session_free(raw);
}

Result<Session> Session::from_pickle(std::string_view pickle, const base::SealingKey& key) {
  TRY(auto raw, read_pickle(troupe_olm_session_read, pickle, key));
  return Session(std::move(raw));
}

std::string Session::pickle(const base::SealingKey& key) const {
  return seal_pickle(troupe_olm_session_write, raw_, key);
}

std::string Session::id() const { return text_of(troupe_olm_session_id, raw_); }

bool Session::has_received() const { return troupe_olm_session_has_received(raw_.get()); }

Result<Message> Session::encrypt(std::string_view plaintext) {
  if (plaintext.size() > kMaxPlaintextBytes) return refusal(Reason::too_large);
  Message message;
  const Reason reason = troupe_olm_session_encrypt(raw_.get(), plaintext, &message.type, into(message.body));
  if (reason != Reason::none) return refusal(reason);
  return message;
}

Result<std::string> Session::decrypt(const Message& message) {
  if (message.body.size() > kMaxMessageBytes) return refusal(Reason::too_large);
  std::string plaintext;
  const Reason reason = troupe_olm_session_decrypt(raw_.get(), message.type, message.body, into(plaintext));
  if (reason != Reason::none) return refusal(reason);
  return plaintext;
}

Result<std::string> session_id_of(std::string_view prekey_body) {
  if (prekey_body.size() > kMaxMessageBytes) return refusal(Reason::too_large);
  std::string id;
  if (const Reason reason = troupe_olm_prekey_session_id(prekey_body, into(id)); reason != Reason::none) {
    return refusal(reason);
  }
  return id;
}

}  // namespace troupe::olm
