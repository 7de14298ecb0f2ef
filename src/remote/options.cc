#include "remote/options.h"
#include "remote/settings.h"

#include <fmt/format.h>

namespace troupe::remote {
namespace {

/// A string for a YAML file, in double quotes.
std::string yaml_string(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

/// For a regular expression: every character but letters and digits stands for itself.
std::string literal(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string registration_yaml(const host::Settings& settings) {
  const auto url = settings.of<RemoteSettings>().callback_url.empty() ? "http://" + settings.listen_matrix
                                                                      : settings.of<RemoteSettings>().callback_url;
  const auto in_namespace = std::string(kBotPrefix) + ".*:" + literal(settings.server_name);
  return fmt::format(
      "# Put this file where the homeserver can read it and name it in its app_service_config_files.\n"
      "id: troupe\n"
      "url: {}\n"
      "as_token: {}\n"
      "hs_token: {}\n"
      "sender_localpart: bot_troupe\n"
      "rate_limited: false\n"
      "namespaces:\n"
      "  users:\n"
      "    - exclusive: true\n"
      "      regex: {}\n"
      "  aliases:\n"
      "    - exclusive: false\n"
      "      regex: {}\n"
      "  rooms: []\n",
      yaml_string(url), yaml_string(settings.of<RemoteSettings>().as_token),
      yaml_string(settings.of<RemoteSettings>().hs_token), yaml_string("@" + in_namespace),
      yaml_string("#" + in_namespace));
}

}  // namespace troupe::remote
