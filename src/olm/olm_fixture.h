// Two devices that talk, and messages that are broken in every way, for this module's tests.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/encoding.h"
#include "olm/account.h"

namespace troupe::olm {

inline base::SealingKey sealing_key(char fill = 'k') { return *base::SealingKey::from_raw(std::string(32, fill)); }

template <class T>
Reason reason_in(const Result<T>& result) {
  return result ? Reason::none : reason_of(result.error());
}

/// Takes the value; the test fails and stops when there is none.
template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error("refused: " + std::string(result.error().wire_code()));
  return std::move(*result);
}

/// A publishes a one-time key, with which B begins a channel.
struct TwoDevices {
  Account a = Account::create();
  Account b = Account::create();

  OneTimeKey publish() {
    a.generate_one_time_keys(1);
    auto keys = a.unpublished_one_time_keys();
    a.mark_keys_published();
    return keys.at(0);
  }
  Session from_b(const OneTimeKey& key) {
    return value_of(b.outbound_session(a.identity_keys().curve25519, key.curve25519));
  }
  Session from_b() { return from_b(publish()); }
  InboundSession at_a(const Message& message) {
    return value_of(a.inbound_session(b.identity_keys().curve25519, message.body));
  }
};

/// A channel over which each has heard the other, so that only normal messages pass.
struct Channel {
  TwoDevices devices;
  Session b = devices.from_b();
  Session a = devices.at_a(value_of(b.encrypt("first"))).session;

  Channel() { value_of(b.decrypt(value_of(a.encrypt("second")))); }
};

/// The encoded bytes cut short at each place, with each byte altered, and things that are nothing at all. No byte has
/// its uppermost bit alone altered: in a Curve25519 key that bit means nothing (RFC 7748).
inline std::vector<std::string> broken_forms(const std::string& encoded) {
  const std::string raw = *base::base64_decode(encoded);
  std::vector<std::string> forms{"", "!", "====", "\xff\xfe", "a b", std::string(1, '\0'), std::string(5000, 'A'), "ü"};
  for (std::size_t size = 0; size < raw.size(); ++size)
    forms.push_back(base::base64(base::as_bytes(raw.substr(0, size))));
  for (std::size_t i = 0; i < raw.size(); ++i) {
    for (const char flip : {'\x01', '\xff'}) {
      std::string altered = raw;
      altered[i] = static_cast<char>(altered[i] ^ flip);
      forms.push_back(base::base64(base::as_bytes(altered)));
    }
  }
  return forms;
}

}  // namespace troupe::olm
