#include "base/json_text.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <limits>
#include <set>

#include "base/ordered_id.h"

namespace troupe::base {
namespace {

TEST(JsonText, IsWhatTheLibraryWrites) {
  std::string every_byte;
  for (int byte = 0; byte < 128; ++byte) every_byte += static_cast<char>(byte);
  for (const auto& text : {std::string(), std::string("plain"), every_byte, std::string("Zoë \"\\/")}) {
    std::string out = "before";
    append_json_text(out, text);
    EXPECT_EQ(out, "before" + boost::json::serialize(boost::json::string_view(text)));
  }
  for (const auto number :
       {std::numeric_limits<std::int64_t>::min(), std::int64_t{0}, std::numeric_limits<std::int64_t>::max()}) {
    std::string out;
    append_number(out, number);
    EXPECT_EQ(out, std::to_string(number));
  }
}

TEST(OrderedId, ComesAfterThoseOfEarlierTimesAndIsNoOthers) {
  constexpr std::size_t kLength = 22;
  std::set<std::string> ids;
  std::string before;
  for (const UnixMs now : {UnixMs{0}, UnixMs{1}, UnixMs{61}, UnixMs{62}, UnixMs{1'700'000'000'000},
                           UnixMs{1'700'000'000'001}, UnixMs{4'000'000'000'000}}) {
    for (int i = 0; i < 50; ++i) {
      const auto id = ordered_id(now, kLength);
      EXPECT_EQ(id.size(), kLength);
      EXPECT_LT(before.substr(0, 8), ordered_id(now + 1, kLength).substr(0, 8));
      EXPECT_LE(before.substr(0, 8), id.substr(0, 8));
      EXPECT_TRUE(ids.insert(id).second);
      before = id;
    }
  }
}

}  // namespace
}  // namespace troupe::base
