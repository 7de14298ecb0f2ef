// The keys of the configuration that Slack's events need.
#pragma once
#include <string>
#include <vector>

#include "host/setting.h"

namespace troupe::assistant::surfaces {

struct SlackSettings {
  std::string signing_secret;       ///< of the Slack app; empty: events are not taken
  std::vector<std::string> people;  ///< "U024BE7LH=@anna:example.org"
};

std::vector<host::Setting> slack_setting_rows();

/// The person that a Slack user is; empty: nobody.
std::string person_of(const SlackSettings& settings, std::string_view slack_user);

}  // namespace troupe::assistant::surfaces
