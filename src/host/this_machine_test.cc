#include "host/this_machine.h"

#include <gtest/gtest.h>

namespace troupe::host {
namespace {

TEST(ThisMachine, ByItsNameAndItsAddresses) {
  for (const auto* host : {"localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]"})
    EXPECT_TRUE(is_this_machine(host)) << host;
}

TEST(ThisMachine, WhatOnlyLooksLikeItIsAnother) {
  for (const auto* host : {"", "[]", "127.example.org", "127.0.0.1.example.org", "localhost.example.org", "128.0.0.1",
                           "0.0.0.0", "::", "fe80::1"}) {
    EXPECT_FALSE(is_this_machine(host)) << host;
  }
}

}  // namespace
}  // namespace troupe::host
