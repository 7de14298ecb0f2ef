#include "assistant/surfaces/slack_settings.h"

namespace troupe::assistant::surfaces {

std::vector<host::Setting> slack_setting_rows() {
  using S = SlackSettings;
  return {{.key = "slack.signing_secret",
           .environment = {"SLACK_SIGNING_SECRET"},
           .value = host::text(&S::signing_secret),
           .help = "of the Slack app whose events come to /api/slack/events; empty: none are taken",
           .secret = host::Secret::yes},
          {.key = "slack.people",
           .value = host::list(&S::people),
           .help = "who may use the assistant in Slack: Slack's user id = user id here, "
                   "U024BE7LH=@anna:example.org"}};
}

std::string person_of(const SlackSettings& settings, std::string_view slack_user) {
  if (slack_user.empty()) return {};
  for (const auto& line : settings.people) {
    const auto middle = line.find('=');
    if (middle == line.npos || std::string_view(line).substr(0, middle) != slack_user) continue;
    return line.substr(middle + 1);
  }
  return {};
}

}  // namespace troupe::assistant::surfaces
