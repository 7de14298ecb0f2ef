// Where browsers reach the dashboard: what is set, and what a request may say of it.
#include "host/console_address.h"

#include <gtest/gtest.h>

namespace troupe::host {
namespace {

Settings with(const std::string& public_url, const std::string& listener = "0.0.0.0:8001") {
  Settings settings;
  settings.listen_platform = listener;
  settings.edit<ConsoleAddress>().public_url = public_url;
  return settings;
}
std::string asked_at(const Settings& settings, const std::string& host, bool local = false, bool tls = false) {
  net::http::Request request;
  if (!host.empty()) request.headers.set("Host", host);
  request.local = local;
  request.tls = tls;
  const auto found = console_address(settings, request);
  return found ? *found : "refused";
}

TEST(ConsoleAddress, IsTheOneThatIsSetWhateverTheRequestSays) {
  const auto settings = with("https://troupe.example.org/");
  for (const auto* host : {"troupe.example.org", "evil.example", "127.0.0.1:8001", "", "a b"})
    EXPECT_EQ(asked_at(settings, host), "https://troupe.example.org") << host;
  EXPECT_EQ(own_console(settings, "https://TROUPE.example.org/").value_or(""), "https://troupe.example.org");
  for (const auto* other : {"http://troupe.example.org", "https://troupe.example.org:8443", "http://localhost:8001",
                            "https://troupe.example.org/path", "https://a@troupe.example.org", "nonsense", ""})
    EXPECT_FALSE(own_console(settings, other)) << other;
}

TEST(ConsoleAddress, WithoutTheSettingIsThisMachineByItsOwnNames) {
  const auto settings = with("");
  EXPECT_EQ(asked_at(settings, "localhost:8001"), "http://localhost:8001");
  EXPECT_EQ(asked_at(settings, "127.0.0.1:9000"), "http://127.0.0.1:9000") << "a tunnel's port";
  EXPECT_EQ(asked_at(settings, "[::1]:8001", false, true), "https://[::1]:8001");
  EXPECT_EQ(asked_at(settings, ""), "http://127.0.0.1:8001");
  EXPECT_EQ(asked_at(settings, "evil.example", true), "http://127.0.0.1:8001") << "the local socket";
  for (const auto* host :
       {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "0.0.0.0:8001", "10.0.0.7",
        "evil.example#localhost", "evil.example/localhost", "localhost@evil.example", "a b"})
    EXPECT_EQ(asked_at(settings, host), "refused") << host;

  const auto named = with("", "troupe.example.org:8001");
  EXPECT_EQ(asked_at(named, "Troupe.example.org:8001"), "http://troupe.example.org:8001");
  EXPECT_EQ(asked_at(named, "localhost:8001"), "http://localhost:8001");
  EXPECT_EQ(asked_at(named, "www.troupe.example.org"), "refused");
}

TEST(ConsoleAddress, ARefusalNamesTheSetting) {
  const auto refused = own_console(with(""), "https://troupe.example.org");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().http_status(), 400);
  EXPECT_NE(refused.error().message().find("https://troupe.example.org"), std::string::npos);
  EXPECT_NE(refused.error().message().find("console.public_url"), std::string::npos);
}

TEST(ConsoleAddress, IsAnAddressOfAServer) {
  for (const auto* good : {"", "https://troupe.example.org", "http://192.168.1.5:8001/"})
    EXPECT_FALSE(wrong_public_url(good)) << good;
  for (const auto* bad :
       {"troupe.example.org", "https://troupe.example.org/ui", "ftp://x", "https://x?y", "https://x#y"})
    EXPECT_TRUE(wrong_public_url(bad)) << bad;
}

}  // namespace
}  // namespace troupe::host
