// What a client says of itself when it registers (RFC 7591), and where it may have people sent back to. Client-Server
// API #client-registration.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/shape.h"
#include "base/result.h"
#include "matrix/json.h"

namespace troupe::homeserver::oauth {

inline constexpr std::string_view kCodeGrant = "authorization_code";
inline constexpr std::string_view kRefreshGrant = "refresh_token";
inline constexpr std::string_view kLinkGrant = "urn:ietf:params:oauth:grant-type:device_code";

/// Of what clients say only this is looked at.
struct ClientMetadata {
  std::string client_uri;
  std::string client_name;       ///< empty: none; any text, so shown only beside the host of client_uri
  std::string application_type;  ///< "web", "native"; empty: not said
  std::string token_endpoint_auth_method = "none";
  std::vector<std::string> redirect_uris;
  std::vector<std::string> grant_types;
  std::vector<std::string> response_types;
  std::string logo_uri;
  std::string policy_uri;
  std::string tos_uri;
};

/// A client that registered.
struct Client {
  std::string client_id;
  ClientMetadata metadata;

  bool may(std::string_view grant_type) const;
  /// Its name, or else the host of its address.
  std::string shown_name() const;
};

/// The answer of a registration: what was kept.
struct Registered {
  std::string client_id;
  std::int64_t client_id_issued_at = 0;  ///< seconds since 1970
  ClientMetadata metadata;
};

/// Checks what a client says and leaves out what is not known here: grants and kinds of answers. Errors, with the code
/// of RFC 7591: invalid_client_metadata, invalid_redirect_uri.
Result<ClientMetadata> check_metadata(ClientMetadata said);

/// Whether the client registered it: the same text, or for this machine itself the same but for the port (RFC 8252
/// section 7.3).
bool is_registered(const ClientMetadata& metadata, std::string_view redirect_uri);

/// "example.org", "this device (127.0.0.1:4711)", or the scheme of an app: what a person is shown of where they go.
std::string shown_target(std::string_view redirect_uri);

/// For the column: JSON.
std::string stored(const ClientMetadata& metadata);
ClientMetadata from_stored(std::string_view json);

}  // namespace troupe::homeserver::oauth

namespace troupe::api {

Shape<homeserver::oauth::ClientMetadata> make_shape(Of<homeserver::oauth::ClientMetadata>);
Shape<homeserver::oauth::Registered> make_shape(Of<homeserver::oauth::Registered>);

}  // namespace troupe::api
