#include "remote/options.h"

#include <gmock/gmock.h>

#include "remote/settings.h"

namespace troupe::remote {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(RegistrationTest, ClaimsTheBotsAndTheAliasesThatTheyMakeAndNothingElse) {
  host::Settings settings;
  settings.server_name = "example.org";
  settings.edit<RemoteSettings>().as_token = "as";
  settings.edit<RemoteSettings>().hs_token = "hs \"quoted\"";
  settings.edit<RemoteSettings>().callback_url = "http://127.0.0.1:9";
  const auto yaml = registration_yaml(settings);
  EXPECT_THAT(yaml, HasSubstr("url: \"http://127.0.0.1:9\"\n"));
  EXPECT_THAT(yaml, HasSubstr("hs_token: \"hs \\\"quoted\\\"\"\n"));
  EXPECT_THAT(yaml, HasSubstr("  users:\n    - exclusive: true\n      regex: \"@bot_.*:example\\\\.org\"\n"));
  EXPECT_THAT(yaml, HasSubstr("  aliases:\n    - exclusive: false\n      regex: \"#bot_.*:example\\\\.org\"\n"));
  EXPECT_THAT(yaml, HasSubstr("  rooms: []\n"));
  EXPECT_THAT(yaml, Not(HasSubstr("ephemeral"))) << "nothing shows it yet";
}

}  // namespace
}  // namespace troupe::remote
