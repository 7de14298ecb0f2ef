#include "homeserver/sso/names.h"

#include "base/encoding.h"
#include "base/text.h"

namespace troupe::homeserver::sso {
namespace {

bool stays(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == '/' || c == '+';
}

std::string escaped(char c) { return "=" + base::hex(base::as_bytes(std::string_view(&c, 1))); }

}  // namespace

std::string as_localpart(std::string_view name) {
  std::string out;
  for (const char c : base::ascii_lower(name)) {
    if (stays(c) && !(c == '_' && out.empty())) {
      out += c;
    } else {
      out += escaped(c);
    }
  }
  return out;
}

}  // namespace troupe::homeserver::sso
