#include "assistant/services/file_links.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "kit/task_runner.h"

namespace troupe::assistant::services {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class FileLinksTest : public testing::Test {
 protected:
  FileLinks links(std::string public_base) const {
    return FileLinks(
        {.public_base = std::move(public_base), .local_base = "http://127.0.0.1:8008", .key = key, .clock = clock});
  }
  static std::string token_of(const std::string& link) { return link.substr(link.rfind('/') + 1); }

  base::SealingKey key = kit::must(base::SealingKey::from_raw(std::string(32, 'k')));
  base::ManualClock clock;
};

TEST_F(FileLinksTest, LeadToOneFileForADay) {
  const auto all = links("https://chat.example.org/");
  const auto link = kit::must(all.link("mxc://localhost/abc", "https://api.companycam.com/v2"));
  EXPECT_THAT(link, StartsWith("https://chat.example.org/_troupe/files/"));
  EXPECT_EQ(all.reference_of(token_of(link)), "mxc://localhost/abc");
  clock.advance(std::chrono::hours(23));
  EXPECT_EQ(all.reference_of(token_of(link)), "mxc://localhost/abc");
  clock.advance(std::chrono::hours(2));
  EXPECT_EQ(all.reference_of(token_of(link)), std::nullopt);
}

TEST_F(FileLinksTest, NobodyElseMakesOne) {
  const auto all = links("https://chat.example.org");
  const auto token = token_of(kit::must(all.link("mxc://localhost/abc", "https://vendor.example")));
  auto changed = token;
  changed[token.size() / 2] = changed[token.size() / 2] == 'A' ? 'B' : 'A';
  const auto other = base::base64url(base::as_bytes(key.seal("99999999999999 mxc://localhost/abc")));
  for (const auto& odd :
       {changed, token.substr(0, 20), std::string(), std::string("!"), std::string(5'000, 'A'), other})
    EXPECT_EQ(all.reference_of(odd), std::nullopt) << odd;
  const auto others_key = kit::must(base::SealingKey::from_raw(std::string(32, 'x')));
  const FileLinks elsewhere({.public_base = "https://a.example", .local_base = {}, .key = others_key, .clock = clock});
  EXPECT_EQ(elsewhere.reference_of(token), std::nullopt);
}

TEST_F(FileLinksTest, WithoutAPublicAddressOnlyThisMachineIsLedHere) {
  const auto all = links("");
  EXPECT_THAT(kit::must(all.link("mxc://localhost/abc", "http://127.0.0.1:4001/v2")),
              StartsWith("http://127.0.0.1:8008/_troupe/files/"));
  const auto outside = all.link("mxc://localhost/abc", "https://api.companycam.com/v2");
  ASSERT_FALSE(outside);
  EXPECT_THAT(outside.error().message(), HasSubstr("server.public_base_url"));
}

}  // namespace
}  // namespace troupe::assistant::services
