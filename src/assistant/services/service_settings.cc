#include "assistant/services/service_settings.h"

#include "assistant/packs/address.h"
#include "assistant/packs/config.h"

namespace troupe::assistant::services {
namespace {

constexpr std::string_view kBaseUrl = "base_url";

host::Value given(std::string service, std::string name) {
  const bool is_address = name == kBaseUrl;
  return {.takes = is_address ? "an address with its version path" : "text",
          .read = [=](host::Settings& s, const std::string& value) -> std::optional<std::string> {
            if (is_address && !value.empty() && !packs::host_of(value)) return "must be an http or https address";
            auto& of_service = s.edit<ServiceSettings>().given[service];
            of_service.erase(name);
            if (!value.empty()) of_service.emplace(name, value);
            return std::nullopt;
          },
          .write = [=](const host::Settings& s) -> std::string {
            const auto& all = s.of<ServiceSettings>().given;
            const auto found = all.find(service);
            if (found == all.end()) return {};
            const auto value = found->second.find(name);
            return value == found->second.end() ? std::string() : value->second;
          }};
}

host::Setting key(std::string_view name, std::vector<std::string> environment, const char* service, const char* secret,
                  std::string_view help) {
  return {.key = name,
          .environment = std::move(environment),
          .value = given(service, secret),
          .help = help,
          .secret = host::Secret::yes};
}

host::Setting address(std::string_view name, std::string_view environment, const char* service, std::string_view help) {
  return {.key = name, .environment = {std::string(environment)}, .value = given(service, "base_url"), .help = help};
}

}  // namespace

std::vector<host::Setting> service_setting_rows() {
  constexpr std::string_view kWhere = "where it is, in the place of the pack's own address, version path included";
  return {
      key("acculynx.api_key", {"ACCULYNX_API_KEY"}, "acculynx", "key", "the default tenant's key at AccuLynx"),
      address("acculynx.base_url", "ACCULYNX_BASE_URL", "acculynx", kWhere),
      key("bolt.api_key", {"BOLT_API_KEY"}, "bolt", "key", "the default tenant's token at ECi Bolt"),
      address("bolt.base_url", "BOLT_BASE_URL", "bolt", kWhere),
      key("bolt.token_name", {"BOLT_TOKEN_NAME"}, "bolt", "token_name", "the name of the token at ECi Bolt"),
      key("companycam.api_key", {"COMPANYCAM_API_KEY"}, "companycam", "key",
          "the default tenant's token at CompanyCam"),
      address("companycam.base_url", "COMPANYCAM_BASE_URL", "companycam", kWhere),
      key("slack.api_key", {"SLACK_API_KEY", "SLACK_BOT_TOKEN"}, "slack", "key",
          "the default tenant's bot token at Slack"),
      address("slack.base_url", "SLACK_BASE_URL", "slack", kWhere),
      key("troupe.api_key", {"TROUPE_API_KEY"}, "troupe", "key",
          "the default tenant's API key at the other server that troupe.base_url names; this server's own operations "
          "act as whoever asked"),
      address("troupe.base_url", "TROUPE_BASE_URL", "troupe",
              "another server for the pack troupe, in place of this one")};
}

}  // namespace troupe::assistant::services
