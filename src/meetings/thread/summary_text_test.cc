#include "meetings/thread/summary_text.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "matrix/json.h"
#include "meetings/summary/answer.h"

namespace troupe::meetings::thread {
namespace {

TEST(SummaryText, IsDead) {
  for (const std::string_view text : {"http://a.b", "a.example", "#room:x", "@u:x", "me@x", "10.0.0.1", "matrix:u/a",
                                      "tel:0900123", "sms:1", "geo:1,2"}) {
    EXPECT_EQ(dead_text(text).find(text), std::string::npos) << text;
  }
  EXPECT_EQ(dead_text("At 10:30. Then: go!"), "At 10:30. Then: go!");
}

TEST(SummaryText, FitsIntoAnEventWhateverAModelSays) {
  for (const std::string_view sign : {".", "\"", ".\"", "&", "\\", "<.", "\xC3\xA4", "\n"}) {
    Summary summary{.text = {}, .decisions = {}};
    while (summary.text.size() < summary::kMostTextBytes) summary.text += sign;
    summary.decisions.assign(summary::kMostItems, summary.text.substr(0, summary::kMostItemBytes));
    const auto content = content_of(summary_said(summary));
    EXPECT_LT(boost::json::serialize(edit_of(content, "$event")).size(), 64'000U) << sign;
    EXPECT_TRUE(matrix::find_string(content, "body")->contains("troupe meeting summary"));
  }
}

}  // namespace
}  // namespace troupe::meetings::thread
