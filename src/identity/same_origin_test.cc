#include <gtest/gtest.h>

#include "identity/authenticator.h"

namespace troupe::identity {
namespace {

TEST(SameOrigin, NeedsOurOwnPages) {
  struct Case {
    const char* site;
    const char* origin;
    bool allowed;
  };
  for (const auto& [site, origin, allowed] :
       {Case{"", "", true}, Case{"same-origin", "", true}, Case{"none", "", true}, Case{"cross-site", "", false},
        Case{"", "http://127.0.0.1:8001", true}, Case{"", "http://127.0.0.1:9999", false}, Case{"", "null", false},
        Case{"", "http://evil.example", false}, Case{"cross-site", "http://evil.example", false}}) {
    net::http::Request request;
    request.headers.add("Host", "127.0.0.1:8001");
    if (*site) request.headers.add("Sec-Fetch-Site", site);
    if (*origin) request.headers.add("Origin", origin);
    EXPECT_EQ(check_same_origin(request).has_value(), allowed) << site << " " << origin;
  }
}

}  // namespace
}  // namespace troupe::identity
