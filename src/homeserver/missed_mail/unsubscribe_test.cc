#include "homeserver/missed_mail/unsubscribe.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace troupe::homeserver::missed_mail {
namespace {

TEST(UnsubscribeTest, OnlyThisServersTokens) {
  const auto key = base::SealingKey::from_raw(std::string(32, 'k')).value();
  const auto other = base::SealingKey::from_raw(std::string(32, 'o')).value();
  const Subscriber whom{.user_id = "@ben:example.org", .address = "ben@example.net", .made_ms = 1'700'000'000'000};
  EXPECT_EQ(read_unsubscribe_token(key, unsubscribe_token(key, whom)).value(), whom);
  EXPECT_FALSE(read_unsubscribe_token(key, unsubscribe_token(other, whom)));
  for (const auto* plain : {"", "x", "unsubscribe\na\nb", "unsubscribe\na\nb\nc", "unsubscribe\na\nb\n1\nmore",
                            "other\na\nb\n1", "unsubscribe\n\nb\n1"}) {
    EXPECT_FALSE(read_unsubscribe_token(key, base::base64url(base::as_bytes(key.seal(plain))))) << plain;
  }
}

}  // namespace
}  // namespace troupe::homeserver::missed_mail
