// What an account is called whose person comes from a provider.
#pragma once
#include <string>
#include <string_view>

namespace troupe::homeserver::sso {

/// A name from elsewhere as a local part: lower case, and every byte that may not be there, '=' too, as "=" and two
/// hexadecimal digits; so is an underscore at the beginning. Servers agree on it (Client-Server API appendices
/// #mapping-from-other-character-sets), so that accounts keep their names when people move from Synapse.
std::string as_localpart(std::string_view name);

}  // namespace troupe::homeserver::sso
