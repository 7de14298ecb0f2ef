#include "base/p256.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/public_key.h"

namespace troupe::base {
namespace {

std::string decoded(std::string_view text) { return base64_decode(text).value(); }

// RFC 8291 appendix A.
const auto kPrivate = decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
const auto kPublic = decoded("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8");
const auto kOther = decoded("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");

TEST(P256KeyTest, AgreesAsTheStandardHasIt) {
  const auto key = P256Key::from_private(kPrivate);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->public_bytes(), kPublic);
  EXPECT_EQ(key->private_bytes(), kPrivate);
  EXPECT_EQ(key->agree(kOther), decoded("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs"));
}

TEST(P256KeyTest, WhatIsNoKeyIsNone) {
  EXPECT_FALSE(P256Key::from_private(std::string(32, '\0')));
  EXPECT_FALSE(P256Key::from_private(std::string(32, '\xff'))) << "beyond the order of the curve";
  EXPECT_FALSE(P256Key::from_private(kPrivate.substr(1)));
  const auto key = P256Key::generate();
  auto off = kOther;
  off.back() = static_cast<char>(off.back() ^ 1);
  EXPECT_FALSE(key.agree(off)) << "not on the curve";
  EXPECT_FALSE(key.agree(kOther.substr(1)));
  EXPECT_FALSE(key.agree(std::string(1, '\0') + kOther.substr(1)));
  EXPECT_FALSE(key.agree(""));
}

TEST(P256KeyTest, WhatItSignsIsVerified) {
  const auto key = P256Key::generate();
  const auto again = P256Key::from_private(key.private_bytes());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->public_bytes(), key.public_bytes());
  const auto x = key.public_bytes().substr(1, 32);
  const auto y = key.public_bytes().substr(33);
  for (int i = 0; i < 50; ++i) {  // some numbers are shorter than 32 bytes
    const auto message = "message " + std::to_string(i);
    const auto signature = again->sign_es256(message);
    ASSERT_EQ(signature.size(), P256Key::kSignatureBytes);
    EXPECT_TRUE(verify_es256(x, y, message, signature));
    EXPECT_FALSE(verify_es256(x, y, message + ".", signature));
  }
}

}  // namespace
}  // namespace troupe::base
