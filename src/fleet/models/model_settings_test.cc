#include "fleet/models/model_settings.h"

#include <gtest/gtest.h>

namespace troupe::fleet::models {
namespace {

std::string wrong(const std::string& json) {
  std::vector<Endpoint> out;
  return read_models(json, out).value_or("");
}

TEST(ModelSettingsTest, ReadsTheListInItsOrder) {
  std::vector<Endpoint> read;
  ASSERT_FALSE(read_models(R"([{"name":"near","base_url":"http://127.0.0.1:11434/v1/","model":"llama3.2",
                                "input_price":0,"output_price":"0"},
                               {"base_url":"https://api.example.org/v1","key":"sk-1","model":"big",
                                "input_price":0.15,"output_price":"0.600001"}])",
                           read));
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].base_url, "http://127.0.0.1:11434/v1");
  EXPECT_EQ(read[0].price, (Price{.input = 0, .output = 0})) << "free is a price";
  EXPECT_EQ(read[1].name, "big");
  EXPECT_EQ(read[1].key, "sk-1");
  EXPECT_EQ(read[1].price, (Price{.input = 150'000, .output = 600'001}));
}

TEST(ModelSettingsTest, SaysWhatIsWrong) {
  for (auto [json, part] : std::vector<std::pair<std::string, std::string>>{
           {"{}", "must be a list"},
           {"[1]", "must be a list"},
           {R"([{"base_url":"ftp://x","model":"m"}])", "base_url"},
           {R"([{"base_url":"http://me:pw@x/v1","model":"m"}])", "base_url"},
           {R"([{"base_url":"http://x/v1?k=1","model":"m"}])", "base_url"},
           {R"([{"base_url":"http://x/v1"}])", "model is missing"},
           {R"([{"base_url":"http://x/v1","model":"m","input_price":1}])", "belong together"},
           {R"([{"base_url":"http://x/v1","model":"m","input_price":-1,"output_price":1}])", "must be an amount"},
           {R"([{"base_url":"http://x/v1","model":"m","input_price":0.0000001,"output_price":1}])",
            "must be an amount"},
           {R"([{"base_url":"http://x/v1","model":"m","key":"a\nb"}])", "key must be"},
           {R"([{"base_url":"http://x/v1","model":"m","colour":1}])", "unknown key"},
           {R"([{"base_url":"http://x/v1","model":"m"},{"base_url":"http://y/v1","model":"m"}])", "another"}}) {
    EXPECT_NE(wrong(json).find(part), std::string::npos) << json << " " << wrong(json);
  }
}

TEST(ModelSettingsTest, TheEnvironmentsModelIsTheFirst) {
  host::Settings settings;
  auto set = [&](std::string_view key, const std::string& value) {
    for (const auto& row : setting_rows()) {
      if (row.key == key) return row.value.read(settings, value).value_or("");
    }
    return std::string("no such key");
  };
  EXPECT_TRUE(server_endpoints(settings.of<ModelSettings>()).empty()) << "a key alone is no model";
  EXPECT_EQ(set("openai.api_key", "sk-env"), "");
  EXPECT_EQ(set("openai.base_url", "http://127.0.0.1:9/v1/"), "");
  EXPECT_EQ(set("openai.model", "first"), "");
  EXPECT_EQ(set("assistant.models", R"([{"base_url":"http://b/v1","model":"second"}])"), "");
  EXPECT_NE(set("assistant.person_daily_limit", "-1"), "");
  EXPECT_NE(set("assistant.first_token_ms", "5"), "");
  EXPECT_EQ(set("assistant.person_daily_limit", "1.50"), "");
  const auto& read = settings.of<ModelSettings>();
  const auto found = server_endpoints(read);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].base_url, "http://127.0.0.1:9/v1");
  EXPECT_EQ(found[0].key, "sk-env");
  EXPECT_EQ(found[1].model, "second");
  EXPECT_EQ(read.limits.person, 1'500'000);

  host::Review review;
  review_settings(settings, review);
  EXPECT_EQ(review.at_start.size(), 2U) << "a limit, and two models without a price";
  EXPECT_EQ(set("openai.input_price", "0.15"), "");
  review_settings(settings, review);
  EXPECT_EQ(review.problems.size(), 1U) << "half a price";
  EXPECT_EQ(set("assistant.person_daily_limit", ""), "");
  EXPECT_FALSE(settings.of<ModelSettings>().limits.any());
}

}  // namespace
}  // namespace troupe::fleet::models
