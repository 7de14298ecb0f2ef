// What a request may say of where the server is.
#include "homeserver/common/public_address.h"

#include <gtest/gtest.h>

namespace troupe::homeserver {
namespace {

class PublicAddressTest : public testing::Test {
 protected:
  PublicAddressTest() {
    settings.server_name = "example.org";
    settings.listen_matrix = "127.0.0.1:8008";
  }
  std::string at(std::string_view host, bool tls = false) const {
    net::http::Request request;
    request.tls = tls;
    request.headers.add("Host", std::string(host));
    return public_address(settings, request);
  }
  host::Settings settings;
};

TEST_F(PublicAddressTest, NamesOfItsOwnAndAddressesThatAreNotPublicAreTaken) {
  for (const auto* host : {"example.org", "EXAMPLE.org:8448", "matrix.example.org", "localhost:8008", "127.0.0.1:18008",
                           "[::1]:8008", "192.168.1.5:8008", "10.0.0.3"})
    EXPECT_EQ(at(host), "http://" + std::string(host));
  EXPECT_EQ(at("matrix.example.org", true), "https://matrix.example.org");
}

TEST_F(PublicAddressTest, ForeignOnesAreNot) {
  for (const auto* host :
       {"evil.test", "example.org.evil.test", "notexample.org", "evil.test:8008", "example.org@evil.test",
        "93.184.216.34", "[2606:4700::1111]", "", "a b", "localhost.evil.test"})
    EXPECT_EQ(at(host), "http://127.0.0.1:8008") << host;
  settings.listen_matrix = "0.0.0.0:9000";
  EXPECT_EQ(at("evil.test"), "http://127.0.0.1:9000");
  settings.listen_matrix = "[::]:9000";
  EXPECT_EQ(at("evil.test", true), "https://127.0.0.1:9000");
  settings.listen_matrix = "troupe.lan:9000";
  EXPECT_EQ(at("evil.test"), "http://troupe.lan:9000");
  EXPECT_EQ(at("troupe.lan:80"), "http://troupe.lan:80");
}

TEST_F(PublicAddressTest, WhatIsConfiguredStands) {
  settings.public_base_url = "https://chat.example.com/";
  EXPECT_EQ(at("evil.test"), "https://chat.example.com");
  EXPECT_EQ(at("localhost"), "https://chat.example.com");
}

}  // namespace
}  // namespace troupe::homeserver
