#include "homeserver/s3/sign.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/text.h"
#include "base/utc.h"

namespace troupe::homeserver::s3 {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string time_text(base::UnixMs now) { return base::utc_text(now, "%Y%m%dT%H%M%SZ"); }

std::string trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return std::string(text);
}

std::string hex_of_sha256(std::string_view text) { return base::hex(base::sha256(text)); }

}  // namespace

std::string query_text(const Pairs& query) {
  Pairs encoded;
  encoded.reserve(query.size());
  for (const auto& [name, value] : query) encoded.emplace_back(base::percent_encode(name), base::percent_encode(value));
  std::ranges::sort(encoded);
  std::string text;
  for (const auto& [name, value] : encoded) {
    if (!text.empty()) text += '&';
    text += name + '=' + value;
  }
  return text;
}

Pairs sign(const Signable& request, const Keys& keys, base::UnixMs now) {
  const auto time = time_text(now);
  const auto day = time.substr(0, 8);
  Pairs headers;
  for (const auto& [name, value] : request.headers) headers.emplace_back(base::ascii_lower(name), trimmed(value));
  headers.emplace_back("host", request.host);
  headers.emplace_back("x-amz-content-sha256", request.body_sha256);
  headers.emplace_back("x-amz-date", time);
  std::ranges::sort(headers);
  std::string listed, names;
  for (const auto& [name, value] : headers) {
    listed += name + ':' + value + '\n';
    names += (names.empty() ? "" : ";") + name;
  }
  const auto canonical = request.method + '\n' + request.path + '\n' + query_text(request.query) + '\n' + listed +
                         '\n' + names + '\n' + request.body_sha256;
  const auto scope = day + '/' + keys.region + "/s3/aws4_request";
  const auto signed_text = std::string(kAlgorithm) + '\n' + time + '\n' + scope + '\n' + hex_of_sha256(canonical);
  auto key = base::hmac_sha256("AWS4" + keys.secret_key, day);
  for (const auto* part : {keys.region.c_str(), "s3", "aws4_request"}) key = base::hmac_sha256(key, part);
  const auto signature = base::hex(base::as_bytes(base::hmac_sha256(key, signed_text)));
  return {{"X-Amz-Date", time},
          {"X-Amz-Content-Sha256", request.body_sha256},
          {"Authorization", std::string(kAlgorithm) + " Credential=" + keys.access_key + '/' + scope +
                                ",SignedHeaders=" + names + ",Signature=" + signature}};
}

}  // namespace troupe::homeserver::s3
