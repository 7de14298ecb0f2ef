// How webhooks are signed: Vexa's way, and Standard Webhooks (https://www.standardwebhooks.com). Pure.
#pragma once
#include <string>
#include <string_view>

#include "net/http/http.h"

namespace troupe::meetings::hooks {

/// "sha256=<hex>": HMAC-SHA256 of `<unix seconds>.<body>` under the secret as it is written.
std::string vexa_signature(std::string_view secret, std::string_view timestamp, std::string_view body);
/// "v1,<base64>": HMAC-SHA256 of `<id>.<unix seconds>.<body>` under what stands base64 encoded behind `whsec_`; a
/// secret that is not written so is taken as it is.
std::string standard_signature(std::string_view secret, std::string_view id, std::string_view timestamp,
                               std::string_view body);

/// A new secret, in the form of Standard Webhooks.
std::string make_secret();

/// The headers of one try; without a secret nothing is signed.
net::http::Headers signed_headers(std::string_view secret, std::string_view id, std::int64_t unix_s,
                                  std::string_view body);

}  // namespace troupe::meetings::hooks
