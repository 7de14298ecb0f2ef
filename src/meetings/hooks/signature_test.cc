#include "meetings/hooks/signature.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace troupe::meetings::hooks {
namespace {

constexpr std::string_view kBody =
    R"({"event_id":"evt_00000000000000000000000000000001","event_type":"meeting.completed","api_version":"2026-03-01",)"
    R"("created_at":"2026-01-02T03:04:05.000Z","data":{"meeting":{"id":42}}})";
constexpr std::string_view kStandardSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

TEST(WebhookSignature, IsWhatVexasReceiversCheck) {
  ASSERT_EQ(kBody.size(), 180U);
  EXPECT_EQ(vexa_signature("troupe-test-secret", "1767323045", kBody),
            "sha256=a6f937201ce2b2a8134775780f77ad3a07c096e167ff44545b6e2ef1d7bcd8d1");
}

TEST(WebhookSignature, IsThatOfStandardWebhooks) {
  EXPECT_EQ(standard_signature(kStandardSecret, "msg_000000000000000000000001", "1767323045", kBody),
            "v1,DGklYuqKw6uS0hBJ8GWqOUTLgdzfrJ+f1R5epiPqVu4=");
}

TEST(WebhookSignature, BothStandOnOneRequestAndAgreeOnTheTime) {
  const auto headers = signed_headers(kStandardSecret, "msg_000000000000000000000001", 1'767'323'045, kBody);
  EXPECT_EQ(headers.get("webhook-signature"), "v1,DGklYuqKw6uS0hBJ8GWqOUTLgdzfrJ+f1R5epiPqVu4=");
  EXPECT_EQ(headers.get("X-Webhook-Signature"), vexa_signature(kStandardSecret, "1767323045", kBody));
  EXPECT_EQ(headers.get("webhook-timestamp"), headers.get("X-Webhook-Timestamp"));
  for (const auto& [name, value] : headers.all()) EXPECT_EQ(value.find("MDEyMzQ1"), std::string::npos) << name;
}

TEST(WebhookSignature, WithoutASecretNothingIsSigned) {
  const auto headers = signed_headers("", "evt_1", 1, kBody);
  EXPECT_FALSE(headers.has("webhook-signature"));
  EXPECT_FALSE(headers.has("X-Webhook-Signature"));
  EXPECT_EQ(headers.get("webhook-id"), "evt_1");
}

TEST(WebhookSignature, ASecretOfOursIsOneOfStandardWebhooks) {
  const auto secret = make_secret();
  ASSERT_TRUE(secret.starts_with("whsec_"));
  EXPECT_EQ(secret.size() % 4, 2U) << "padded behind the prefix";
  EXPECT_EQ(base::base64_decode(secret.substr(6))->size(), 32U);
  EXPECT_NE(secret, make_secret());
}

}  // namespace
}  // namespace troupe::meetings::hooks
