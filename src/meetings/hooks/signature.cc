#include "meetings/hooks/signature.h"

#include "base/crypto.h"

namespace troupe::meetings::hooks {
namespace {

constexpr std::string_view kStandardPrefix = "whsec_";
constexpr std::size_t kSecretBytes = 32;

/// base::base64 leaves the padding out, which others want.
std::string padded(std::string text) {
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::string standard_key(std::string_view secret) {
  if (!secret.starts_with(kStandardPrefix)) return std::string(secret);
  auto key = base::base64_decode(secret.substr(kStandardPrefix.size()));
  return key && !key->empty() ? *std::move(key) : std::string(secret);
}

}  // namespace

std::string vexa_signature(std::string_view secret, std::string_view timestamp, std::string_view body) {
  const auto content = std::string(timestamp) + "." + std::string(body);
  return "sha256=" + base::hex(base::as_bytes(base::hmac_sha256(secret, content)));
}

std::string standard_signature(std::string_view secret, std::string_view id, std::string_view timestamp,
                               std::string_view body) {
  const auto content = std::string(id) + "." + std::string(timestamp) + "." + std::string(body);
  return "v1," + padded(base::base64(base::as_bytes(base::hmac_sha256(standard_key(secret), content))));
}

std::string make_secret() {
  return std::string(kStandardPrefix) + padded(base::base64(base::as_bytes(base::random_bytes(kSecretBytes))));
}

net::http::Headers signed_headers(std::string_view secret, std::string_view id, std::int64_t unix_s,
                                  std::string_view body) {
  const auto timestamp = std::to_string(unix_s);
  net::http::Headers headers;
  headers.add("Content-Type", "application/json");
  headers.add("User-Agent", "Troupe-Webhook/1.0");
  headers.add("webhook-id", std::string(id));
  headers.add("webhook-timestamp", timestamp);
  headers.add("X-Webhook-Timestamp", timestamp);
  if (secret.empty()) return headers;
  headers.add("webhook-signature", standard_signature(secret, id, timestamp, body));
  headers.add("X-Webhook-Signature", vexa_signature(secret, timestamp, body));
  return headers;
}

}  // namespace troupe::meetings::hooks
