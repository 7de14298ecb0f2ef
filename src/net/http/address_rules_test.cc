#include "net/http/address_rules.h"

#include <gtest/gtest.h>

namespace troupe::net::http {
namespace {
using boost::asio::ip::make_address;

TEST(AddressRules, RefusesEverythingThatIsNotPublic) {
  const AddressRules rules;
  for (const char* text : {"127.0.0.1",
                           "127.255.255.254",
                           "0.0.0.0",
                           "0.1.2.3",
                           "10.0.0.1",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.168.1.1",
                           "169.254.169.254",
                           "100.64.0.1",
                           "100.100.100.200",
                           "192.0.0.192",
                           "198.18.0.1",
                           "224.0.0.1",
                           "255.255.255.255",
                           "168.63.129.16",
                           "::",
                           "::1",
                           "::127.0.0.1",
                           "::ffff:127.0.0.1",
                           "::ffff:10.1.2.3",
                           "::ffff:169.254.169.254",
                           "fe80::1",
                           "fc00::1",
                           "fd00:ec2::254",
                           "ff02::1",
                           "64:ff9b::7f00:1",
                           "64:ff9b:1::1",
                           "2002:7f00:1::",
                           "2002:c0a8:101::1",
                           "2001::1",
                           "2001:db8::1",
                           "3fff::1",
                           "fec0::1",
                           "100::1"}) {
    EXPECT_FALSE(rules.allows(make_address(text))) << text;
  }
}

TEST(AddressRules, AllowsThePublicInternet) {
  const AddressRules rules;
  for (const char* text :
       {"1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.255.255", "100.128.0.1", "223.255.255.1",
        "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"}) {
    EXPECT_TRUE(rules.allows(make_address(text))) << text;
  }
}

TEST(AddressRules, AListedBlockMayBeReached) {
  const auto rules = AddressRules::make({"127.0.0.1", "10.1.0.0/17", "fd00:1::/33", "::ffff:192.168.0.0/112"}).value();
  for (const char* text : {"127.0.0.1", "::ffff:127.0.0.1", "10.1.127.255", "fd00:1:7fff::1", "192.168.9.9"}) {
    EXPECT_TRUE(rules.allows(make_address(text))) << text;
  }
  for (const char* text : {"127.0.0.2", "10.1.128.0", "fd00:1:8000::1", "172.16.0.1", "::1"}) {
    EXPECT_FALSE(rules.allows(make_address(text))) << text;
  }
}

TEST(AddressRules, EverythingMayBeListed) {
  const auto rules = AddressRules::make({"0.0.0.0/0", "::/0"}).value();
  EXPECT_TRUE(rules.allows(make_address("127.0.0.1")));
  EXPECT_TRUE(rules.allows(make_address("::1")));
}

TEST(AddressRules, AHostMayNameAnAddressInManyForms) {
  for (const char* host : {"127.0.0.1", "127.1", "127.0.1", "0x7f000001", "2130706433", "0177.0.0.1", "0x7f.1",
                           "127.0.0.1.", "localhost", "LocalHost", "a.b.localhost", "localhost."}) {
    EXPECT_EQ(address_named_by(host), make_address("127.0.0.1")) << host;
  }
  EXPECT_EQ(address_named_by("::1"), make_address("::1"));
  for (const char* host : {"", ".", "a.example", "localhost.example", "127.0.0.1.example", "1.2.3.4.5", "256.1.1.1",
                           "4294967296", "127.0.0.1 x"}) {
    EXPECT_FALSE(address_named_by(host)) << host;
  }
}

TEST(AddressRules, SaysWhichEntryIsWrong) {
  for (const char* text :
       {"", "localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "::/129", "1.2.3"}) {
    const auto rules = AddressRules::make({text});
    ASSERT_FALSE(rules) << text;
    EXPECT_EQ(rules.error().code(), Errc::invalid_param);
  }
}

}  // namespace
}  // namespace troupe::net::http
