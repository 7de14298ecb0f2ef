// AWS Signature Version 4, as S3 and what speaks its language ask for it.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace troupe::homeserver::s3 {

struct Keys {
  std::string access_key;
  std::string secret_key;
  std::string region;
};

/// Names and values, not encoded.
using Pairs = std::vector<std::pair<std::string, std::string>>;

/// What is signed of a request.
struct Signable {
  std::string method;
  std::string host;         ///< as the Host header has it
  std::string path;         ///< as it goes on the wire, percent-encoded once
  Pairs query;              ///< of the address
  Pairs headers;            ///< besides Host, X-Amz-Date and X-Amz-Content-Sha256; those given here are all signed
  std::string body_sha256;  ///< hex
};

/// "a=1&b=", names in order, encoded as the signature wants it and as it goes on the wire.
std::string query_text(const Pairs& query);
/// The headers to add: X-Amz-Date, X-Amz-Content-Sha256, Authorization.
/// SPEC: AWS, "Authenticating Requests: Using the Authorization Header (Signature Version 4)", payload in one piece.
Pairs sign(const Signable& request, const Keys& keys, base::UnixMs now);

}  // namespace troupe::homeserver::s3
