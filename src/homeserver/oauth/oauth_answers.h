// What the routes answer in JSON, and how OAuth says errors.
#pragma once
#include <optional>
#include <string>

#include "api/shape.h"
#include "host/settings.h"
#include "net/http/http.h"

namespace troupe::homeserver::oauth {

/// RFC 8414; which endpoints there are follows from `root`.
struct ServerMetadata {
  std::string issuer;
  std::string root;      ///< what the endpoints' addresses begin with
  bool sign_up = false;  ///< accounts may be made on the pages
};

struct Issuer {
  std::string issuer;
};

/// RFC 6749 section 5.1.
struct TokenAnswer {
  std::string access_token;
  std::int64_t expires_in = 0;  ///< seconds
  std::string refresh_token;
  std::string scope;
  std::string id_token;  ///< empty: none
};

/// RFC 8628 section 3.2.
struct LinkAnswer {
  std::string device_code;
  std::string user_code;
  std::string verification_uri;
  std::string verification_uri_complete;
  std::int64_t expires_in = 0;  ///< seconds
  std::int64_t interval = 0;    ///< seconds
};

/// The issuer: the public address with a slash at its end.
std::string issuer_of(const host::Settings& settings, const net::http::Request& request);

/// A refusal as RFC 6749 section 5.2 has it; what is no refusal stays an error in the listener's own words, which
/// clients know from everywhere (too many requests, not available). Nothing of it may be kept.
Result<net::http::Response> in_oauth(Result<net::http::Response> answered);

}  // namespace troupe::homeserver::oauth

namespace troupe::api {

Shape<homeserver::oauth::ServerMetadata> make_shape(Of<homeserver::oauth::ServerMetadata>);
Shape<homeserver::oauth::Issuer> make_shape(Of<homeserver::oauth::Issuer>);
Shape<homeserver::oauth::TokenAnswer> make_shape(Of<homeserver::oauth::TokenAnswer>);
Shape<homeserver::oauth::LinkAnswer> make_shape(Of<homeserver::oauth::LinkAnswer>);

}  // namespace troupe::api
