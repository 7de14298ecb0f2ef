#include "homeserver/gateway/web_push_message.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace troupe::homeserver::gateway {
namespace {

std::string decoded(std::string_view text) { return base::base64_decode(text).value(); }

constexpr auto kPublic = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
constexpr auto kAuth = "BTBZMqHH6r4Tts7J_aSIgg";

/// RFC 8291 section 5 and appendix A.
TEST(WebPushMessageTest, IsWhatTheStandardHas) {
  const auto key = base::P256Key::from_private(decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"));
  const auto subscription = read_subscription(kPublic, kAuth);
  ASSERT_TRUE(key && subscription);
  const auto body =
      encrypt_with(*key, decoded("DGv6ra1nlYgDCS1FRnbzlw"), *subscription, "When I grow up, I want to be a watermelon");
  ASSERT_TRUE(body);
  EXPECT_EQ(base::base64url(base::as_bytes(*body)),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6"
            "PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN");
}

TEST(WebPushMessageTest, SubscriptionsThatAreNone) {
  EXPECT_FALSE(read_subscription(kPublic, "short"));
  EXPECT_FALSE(read_subscription(kPublic, ""));
  EXPECT_FALSE(read_subscription("not a key!", kAuth));
  EXPECT_FALSE(read_subscription("", kAuth));
  auto off = decoded(kPublic);
  off.back() = static_cast<char>(off.back() ^ 1);
  EXPECT_FALSE(read_subscription(base::base64url(base::as_bytes(off)), kAuth)) << "not on the curve";
}

TEST(WebPushMessageTest, FreshEachTimeAndNeverLongerThanServicesTake) {
  const auto subscription = read_subscription(kPublic, kAuth);
  ASSERT_TRUE(subscription);
  EXPECT_NE(encrypt(*subscription, "same"), encrypt(*subscription, "same"));
  const auto longest = encrypt(*subscription, std::string(kMaxPlainBytes, 'x'));
  ASSERT_TRUE(longest);
  EXPECT_EQ(longest->size(), kMaxMessageBytes);
  EXPECT_FALSE(encrypt(*subscription, std::string(kMaxPlainBytes + 1, 'x')));
}

}  // namespace
}  // namespace troupe::homeserver::gateway
