// Where single sign-on may lead with a login token, which is worth an account: Client-Server API #sso-during-login.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace troupe::homeserver::sso {

inline constexpr std::size_t kMaxRedirectBytes = 4096;

/// Errors: missing_param; invalid_param (no absolute address, one with a user name, control characters or too long, or
/// of a scheme in which a browser runs or shows what the address itself holds).
Result<Unit> check_redirect(std::string_view address);

/// Whether it begins with one of the trusted addresses: of the same scheme, host and port, and below its path. Of
/// "https://app.example.org" neither "https://app.example.org.evil.example" is, nor "http://app.example.org".
bool is_trusted(std::string_view address, const std::vector<std::string>& trusted);

/// "app.example.org", "io.element.app:": what people recognise of it.
std::string shown_address(std::string_view address);

/// The address with loginToken among its query's fields.
std::string with_token(std::string_view address, std::string_view token);

}  // namespace troupe::homeserver::sso
