#include "base/ed25519.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace troupe::base {
namespace {

// RFC 8032 §7.1, test 2.
const std::string kKey = *hex_decode("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
const std::string kSignature = *hex_decode(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");

TEST(Ed25519, TakesTheVectorOfTheStandard) { EXPECT_TRUE(verify_ed25519(kKey, "\x72", kSignature)); }

TEST(Ed25519, SignsAsTheVectorOfTheStandard) {
  const auto seed = *hex_decode("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  EXPECT_EQ(ed25519_public_key(seed), kKey);
  EXPECT_EQ(sign_ed25519(seed, "\x72"), kSignature);
  EXPECT_THROW(ed25519_public_key("short"), std::invalid_argument);
}

TEST(Ed25519, RefusesWhatWasChanged) {
  EXPECT_FALSE(verify_ed25519(kKey, "\x73", kSignature));
  auto other = kSignature;
  other[5] ^= 1;
  EXPECT_FALSE(verify_ed25519(kKey, "\x72", other));
}

TEST(Ed25519, RefusesWrongLengths) {
  EXPECT_FALSE(verify_ed25519("", "\x72", kSignature));
  EXPECT_FALSE(verify_ed25519(kKey.substr(1), "\x72", kSignature));
  EXPECT_FALSE(verify_ed25519(kKey, "\x72", kSignature + "x"));
}

}  // namespace
}  // namespace troupe::base
