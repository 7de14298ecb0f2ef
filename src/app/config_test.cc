#include "app/config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <sstream>

#include "app/config_listing.h"
#include "app/config_page.h"
#include "app/modules.h"
#include "identity/oidc/settings.h"
#include "identity/settings.h"

namespace troupe::app {
namespace {

Environment environment(std::map<std::string, std::string> values) {
  return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
    auto found = values.find(std::string(name));
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

std::filesystem::path file_with(const std::string& text) {
  const std::string test = ::testing::UnitTest::GetInstance()->current_test_info()->name();
  auto path =
      std::filesystem::path(::testing::TempDir()) / ("troupe_config_" + test + std::to_string(::getpid()) + ".toml");
  std::ofstream(path) << text;
  return path;
}

TEST(Config, FlagsBeatEnvironmentBeatsFile) {
  const auto file =
      file_with("[server]\nname = \"file.example\"\n[listen]\nmatrix = \"127.0.0.1:1\"\nplatform = \"127.0.0.1:2\"\n");
  auto config =
      load_config(every_module(), file,
                  environment({{"TROUPE_LISTEN_MATRIX", "127.0.0.1:3"}, {"TROUPE_LISTEN_PLATFORM", "127.0.0.1:4"}}),
                  {{"listen.platform", "127.0.0.1:5"}});
  ASSERT_TRUE(config.usable()) << config.problems.front().message;
  EXPECT_EQ(config.settings.server_name, "file.example");
  EXPECT_EQ(config.settings.listen_matrix, "127.0.0.1:3");
  EXPECT_EQ(config.settings.listen_platform, "127.0.0.1:5");
  EXPECT_EQ(config.given.at("listen.platform").where, "--listen-platform");
}

TEST(Config, AMistakeNamesLineAndNearestKey) {
  const auto file = file_with("[server]\n\nnmae = \"x.example\"\n");
  auto config = load_config(every_module(), file, environment({}), {});
  ASSERT_FALSE(config.usable());
  EXPECT_TRUE(config.problems[0].where.ends_with(":3")) << config.problems[0].where;
  EXPECT_NE(config.problems[0].message.find("did you mean \"server.name\""), std::string::npos);
}

TEST(Config, TablesInAListGoToTheirKey) {
  const std::string one =
      "[[oidc.providers]]\nid = \"kc\"\nissuer = \"https://sso.example.org\"\n"
      "client_id = \"troupe\"\nscopes = [\"openid\", \"email\"]\nlink_existing = true\n";
  const std::string two = "[[oidc.providers]]\nid = \"two\"\nissuer = \"https://two.example.org\"\nclient_id = \"t\"\n";
  const auto config = load_config(every_module(), file_with(one + two), environment({}), {});
  ASSERT_TRUE(config.usable()) << config.problems.front().message;
  const auto& providers = config.settings.of<identity::oidc::OidcSettings>().providers;
  ASSERT_EQ(providers.size(), 2U);
  EXPECT_EQ(providers[0].id, "oidc-kc");
  EXPECT_EQ(providers[0].scopes, (std::vector<std::string>{"openid", "email"}));
  EXPECT_TRUE(providers[0].link_existing);
  EXPECT_EQ(providers[1].issuer, "https://two.example.org");

  const auto wrong = load_config(every_module(), file_with(one + "clientid = \"x\"\n"), environment({}), {});
  ASSERT_FALSE(wrong.usable());
  EXPECT_TRUE(wrong.problems[0].where.ends_with(":1")) << wrong.problems[0].where;
  EXPECT_NE(wrong.problems[0].message.find("oidc.providers number 1 (kc): unknown key \"clientid\""), std::string::npos)
      << wrong.problems[0].message;
  EXPECT_FALSE(
      load_config(every_module(), file_with("[[server.name]]\na = 1\n[[x.y]]\n"), environment({}), {}).usable());
}

TEST(Config, BrokenTomlIsAProblemWithALine) {
  auto config = load_config(every_module(), file_with("[server\n"), environment({}), {});
  ASSERT_EQ(config.problems.size(), 1U);
  EXPECT_TRUE(config.problems[0].where.ends_with(":1"));
}

TEST(Config, RedisNeedsADatabaseThatProcessesCanShare) {
  auto config =
      load_config(every_module(), std::nullopt, environment({{"REDIS_URL", "redis://:a-secret@127.0.0.1:6379"}}), {});
  ASSERT_FALSE(config.usable());
  EXPECT_NE(config.problems[0].message.find("database.url"), std::string::npos);
  config = load_config(every_module(), std::nullopt, environment({{"REDIS_URL", "rediss://:a-secret@cache"}}), {});
  ASSERT_FALSE(config.usable());
  EXPECT_NE(config.problems[0].message.find("tunnel"), std::string::npos);
  EXPECT_EQ(config.problems[0].message.find("a-secret"), std::string::npos);
  EXPECT_TRUE(load_config(every_module(), std::nullopt, environment({{"REDIS_URL", ""}}), {}).usable());
}

TEST(Config, ValuesAreChecked) {
  for (const auto& [name, value] : std::map<std::string, std::string>{{"TROUPE_REGISTRATION", "maybe"},
                                                                      {"TROUPE_LISTEN_MATRIX", "8008"},
                                                                      {"TROUPE_LISTEN_PLATFORM", "127.0.0.1:99999"},
                                                                      {"TROUPE_SERVER_NAME", "no spaces"},
                                                                      {"TROUPE_RATE_LIMITS", "maybe"},
                                                                      {"TROUPE_MAX_UPLOAD_BYTES", "-1"},
                                                                      {"TROUPE_DEVICES_PER_ACCOUNT", "9"},
                                                                      {"TROUPE_TO_DEVICE_QUEUE_BYTES", "1000"},
                                                                      {"TROUPE_ROOM_MEMORY_BYTES", "much"},
                                                                      {"TROUPE_KEEP_TO_DEVICE_DAYS", "0"},
                                                                      {"TROUPE_KEEP_UNUSED_DEVICE_DAYS", "7"},
                                                                      {"TROUPE_KEEP_ORPHANED_MEDIA_HOURS", "0"},
                                                                      {"TROUPE_REGISTRATION", "token"},
                                                                      {"TROUPE_DATABASE_URL", "mysql://x"},
                                                                      {"TROUPE_FEDERATION", "0.0.0.0:8009"}}) {
    EXPECT_FALSE(load_config(every_module(), {}, environment({{name, value}}), {}).usable()) << name << "=" << value;
  }
  EXPECT_TRUE(
      load_config(every_module(), {}, environment({{"TROUPE_FEDERATION", "off"}, {"TROUPE_RATE_LIMITS", "off"}}), {})
          .usable());
}

/// "chat.example.org" was taken without a word, and clients were told an address that is none.
TEST(Config, AnAddressForClientsThatIsNoneIsSaid) {
  for (const auto* bad : {"chat.example.org", "chat.example.org:8448", "https://", "http:///x", "ftp://x"}) {
    const auto config = load_config(every_module(), {}, environment({{"TROUPE_PUBLIC_BASE_URL", bad}}), {});
    ASSERT_EQ(config.problems.size(), 1U) << bad;
    EXPECT_EQ(config.problems[0].where, "server.public_base_url");
    EXPECT_TRUE(config.usable());
  }
  for (const auto* good : {"", "https://chat.example.org", "http://127.0.0.1:8008/"}) {
    EXPECT_TRUE(load_config(every_module(), {}, environment({{"TROUPE_PUBLIC_BASE_URL", good}}), {}).problems.empty())
        << good;
  }
}

TEST(Config, ADatabaseAddressIsExplainedWithoutItsPassword) {
  for (auto bad : {"postgres://me:hunter2@host:port/db", "postgresql://me:hunter2@[::1/db", "host=x password=hunter2",
                   "postgres://me:hunter2@host/db?sch=x", "postgres://me:hunter2@host/db?schema=a;b"}) {
    auto config = load_config(every_module(), {}, environment({{"DATABASE_URL", bad}}), {});
    ASSERT_FALSE(config.usable()) << bad;
    const auto& message = config.problems.at(0).message;
    EXPECT_EQ(message.find("hunter2"), message.npos) << message;
    EXPECT_NE(message.find("postgres://user:password@"), message.npos) << message;
  }
  auto config = load_config(every_module(), {},
                            environment({{"DATABASE_URL", "postgres://me:p%40ss@host:5433/db?schema=troupe"}}), {});
  EXPECT_TRUE(config.usable());
  EXPECT_EQ(config.settings.database_url, "postgres://me:p%40ss@host:5433/db?schema=troupe");
}

TEST(Config, APasswordInAnAddressIsNotListed) {
  for (const auto& [url, shown] : std::vector<std::pair<std::string, std::string>>{
           {"postgres://me:hunter2@host/db", "postgres://me:***@host/db"},
           {"postgres://me@host/db?password=hunter2&schema=a", "postgres://me@host/db?password=***&schema=a"},
           {"postgres://me:hunter2@host/db?schema=a&password=hunter2",
            "postgres://me:***@host/db?schema=a&password=***"},
           {"postgres://host/db?pass%77ord=hunter2&sslpassword=hunter2&connect_timeout=3",
            "postgres://host/db?pass%77ord=***&sslpassword=***&connect_timeout=3"}}) {
    const auto config = load_config(every_module(), {}, environment({{"DATABASE_URL", url}}), {});
    EXPECT_TRUE(config.usable()) << url;
    const auto lines = list_settings(config);
    const auto line = std::ranges::find(lines, "database.url", &host::SettingLine::key);
    ASSERT_NE(line, lines.end());
    EXPECT_EQ(line->value, shown);
  }
}

TEST(Config, ExposureIsRefusedOffLoopbackOnly) {
  std::map<std::string, std::string> given{{"TROUPE_REGISTRATION", "open"}, {"TROUPE_API_TOKEN", "short"}};
  EXPECT_TRUE(load_config(every_module(), {}, environment(given), {}).exposures.empty());
  given["TROUPE_LISTEN_MATRIX"] = "0.0.0.0:8008";
  auto config = load_config(every_module(), {}, environment(given), {});
  EXPECT_EQ(config.exposures.size(), 3U);  // open registration, a short key, no TLS
}

TEST(Config, WhatIsKeptHasBounds) {
  auto config = load_config(every_module(), std::nullopt, environment({{"TROUPE_KEEP_AUDIT_DAYS", "0"}}),
                            {{"keep.ended_keys_days", "36500"}});
  ASSERT_TRUE(config.usable());
  EXPECT_EQ(config.settings.of<identity::IdentitySettings>().keep_audit_days, 0);
  EXPECT_EQ(config.settings.of<identity::IdentitySettings>().keep_ended_keys_days, 36'500);
  for (auto bad : {"-1", "36501", "a year", ""}) {
    EXPECT_FALSE(load_config(every_module(), std::nullopt, environment({}), {{"keep.audit_days", bad}}).usable())
        << bad;
  }
}

TEST(Config, NoTwoKeysShareANameOrAVariable) {
  std::set<std::string_view> names;
  for (const auto& key : keys_of(every_module())) {
    EXPECT_TRUE(names.insert(key.key).second) << key.key;
    EXPECT_FALSE(key.help.empty()) << key.key;
    for (const auto& variable : key.environment) EXPECT_TRUE(names.insert(variable).second) << variable;
  }
}

TEST(Config, ThePageOfKeysIsUpToDate) {
  std::ifstream file(TROUPE_DOCS_DIR "configuration.md");
  std::stringstream page;
  page << file.rdbuf();
  EXPECT_EQ(page.str(), configuration_page(keys_of(every_module())))
      << "run: troupe config keys --markdown > docs/configuration.md";
}

}  // namespace
}  // namespace troupe::app
