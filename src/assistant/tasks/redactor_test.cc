#include "assistant/tasks/redactor.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <limits>

#include "assistant/tasks/digest.h"
#include "assistant/tasks/journal.h"
#include "assistant/tasks/secrets.h"
#include "base/crypto.h"
#include "base/encoding.h"

namespace troupe::assistant::tasks {
namespace {

const std::string kSecret = "xoxb-1/2+3 \"quote\" \xc3\xa4";

std::string base64_of(const std::string& text) { return base::base64(base::as_bytes(text)); }

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}
std::string in_percents(const std::string& text) {
  std::string out;
  for (const char c : text) out += "%" + upper(base::hex(base::as_bytes(std::string(1, c))));
  return out;
}

TEST(RedactorTest, KnowsEachWayOfWritingASecret) {
  const Redactor redactor({kSecret});
  const auto json = boost::json::serialize(boost::json::value(kSecret));
  std::string form = base::percent_encode(kSecret);
  for (auto at = form.find("%20"); at != form.npos; at = form.find("%20")) form.replace(at, 3, "+");
  for (const auto& written :
       {kSecret, json.substr(1, json.size() - 2), base::percent_encode(kSecret), form, base64_of(kSecret),
        base::base64url(base::as_bytes(kSecret)), base64_of("user:" + kSecret), base64_of("ab" + kSecret + "cd"),
        base64_of(kSecret + "cd"), std::string(kSecret.rbegin(), kSecret.rend()), base::hex(base::as_bytes(kSecret)),
        upper(base::hex(base::as_bytes(kSecret))), in_percents(kSecret),
        std::string("xoxb-1/2+3 &quot;quote&quot; \xc3\xa4"), base::percent_encode(base64_of(kSecret)),
        boost::json::serialize(boost::json::value(json))}) {
    const auto clean = redactor.text("before " + written + " after");
    EXPECT_NE(clean.find(kRedacted), clean.npos) << written;
    EXPECT_EQ(clean.find(written), clean.npos) << written;
    EXPECT_TRUE(clean.starts_with("before ") && clean.ends_with(" after")) << clean;
  }
}

TEST(RedactorTest, OtherTextStaysAndShortOnesAreNoSecrets) {
  const Redactor redactor({"abc", "", "token-one", "token-one-and-two"});
  EXPECT_EQ(redactor.text("abc token-on"), "abc token-on");
  EXPECT_EQ(redactor.text("token-one-and-two"), kRedacted);
  EXPECT_EQ(redactor.text("token-onetoken-one"), std::string(kRedacted) + std::string(kRedacted));
  EXPECT_EQ(Redactor().text("anything"), "anything");
  EXPECT_TRUE(Redactor({"abc"}).empty());
}

TEST(RedactorTest, JsonIsSearchedInNamesValuesAndNumbers) {
  const Redactor redactor({"secret-key", "987654"});
  const auto clean = boost::json::serialize(redactor.json(boost::json::parse(
      R"({"secret-key":1,"a":["x secret-key y",{"b":"\u0073ecret-key"}],"n":987654,"m":12,"t":true,"z":null})")));
  EXPECT_EQ(clean.find("secret-key"), clean.npos) << clean;
  EXPECT_EQ(clean.find("987654"), clean.npos) << clean;
  EXPECT_NE(clean.find(R"("m":12,"t":true,"z":null)"), clean.npos) << clean;
  EXPECT_NE(clean.find("x [REDACTED] y"), clean.npos) << clean;
}

TEST(RedactorTest, WhatNoDatabaseTakesIsReplaced) {
  using namespace std::string_view_literals;
  EXPECT_EQ(Redactor().text("a\0b\xff\xc3\xa4"sv),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd\xc3\xa4");
  EXPECT_EQ(Redactor({"secret"}).exact("a\0b secret\xff"sv), "a\0b [REDACTED]\xef\xbf\xbd"sv);
  const auto kept = Redactor().json(boost::json::parse(R"({"a\u0000b":"c\u0000d"})"));
  EXPECT_EQ(boost::json::serialize(kept), R"({"a\u0000b":"c\u0000d"})") << "JSON has a way to write it";
  EXPECT_EQ(cut("a\xc3\xa4", 2), "a");
  EXPECT_EQ(cut("abc", 3), "abc");
}

TEST(RedactorTest, ManySecretsCostOnePass) {
  std::vector<std::string> many;
  for (int i = 0; i < 2'000; ++i) many.push_back("credential-number-" + std::to_string(i) + "-end");
  const Redactor redactor(many);
  std::string text;
  while (text.size() < 1'000'000) text += "credential-number- is what they begin with; ";
  EXPECT_EQ(redactor.text(text), text);
  EXPECT_EQ(redactor.text("credential-number-1999-end"), kRedacted);
}

TEST(SecretsTest, ATenantsAndTheServersAreTakenOut) {
  Secrets secrets;
  EXPECT_EQ(secrets.redactor(1)->text("of-one of-all"), "of-one of-all");
  secrets.replace(1, "pack slack", {"of-one"});
  secrets.replace(kEveryTenant, "models", {"of-all"});
  EXPECT_EQ(secrets.redactor(1)->text("of-one of-all"), "[REDACTED] [REDACTED]");
  EXPECT_EQ(secrets.redactor(2)->text("of-one of-all"), "of-one [REDACTED]");
  secrets.replace(1, "pack slack", {"another"});
  EXPECT_EQ(secrets.redactor(1)->text("of-one of-all another"), "of-one [REDACTED] [REDACTED]");
  secrets.replace(kEveryTenant, "models", {});
  EXPECT_EQ(secrets.redactor(1)->text("of-all another"), "of-all [REDACTED]");
}

TEST(DigestTest, TheOrderOfMembersDoesNotCountAndEverythingElseDoes) {
  const auto args = [](std::string_view text) { return boost::json::parse(text).as_object(); };
  const auto digest = digest_of("slack.send", args(R"({"a":1,"b":{"c":[1,2],"d":"x"}})"));
  EXPECT_EQ(digest.size(), 64U);
  EXPECT_EQ(digest, digest_of("slack.send", args(R"({"b":{"d":"x","c":[1,2]},"a":1})")));
  for (const char* other : {R"({"a":1,"b":{"c":[2,1],"d":"x"}})", R"({"a":"1","b":{"c":[1,2],"d":"x"}})",
                            R"({"a":1.0,"b":{"c":[1,2],"d":"x"}})", R"({"a":1,"b":{"c":[1,2]},"d":"x"})"}) {
    EXPECT_NE(digest, digest_of("slack.send", args(other))) << other;
  }
  EXPECT_NE(digest, digest_of("slack.sent", args(R"({"a":1,"b":{"c":[1,2],"d":"x"}})")));
  const PlannedCall first{.path = "0", .action = "a.b", .args = {{"x", 1}}};
  const PlannedCall second{.path = "1", .action = "a.b", .args = {{"x", 1}}};
  EXPECT_NE(digest_of(std::vector{first, second}), digest_of(std::vector{second, first}));
}

TEST(DigestTest, TextsStandInItAsTheSerializerWritesThem) {
  std::string all;
  for (int byte = 1; byte < 0x80; ++byte) all += static_cast<char>(byte);
  const auto zero = std::string(1, '\0');
  for (const auto& text : {std::string(), std::string("plain"), all, zero, "a" + zero, std::string("\"\\\x1f\x7f/<>&"),
                           std::string("\xc3\xa4 \xf0\x9f\x98\x80")}) {
    const boost::json::value value = boost::json::string(text);
    EXPECT_EQ(ordered_text(value), boost::json::serialize(value));
    const boost::json::value object = boost::json::object{{boost::json::string_view(text), value}};
    EXPECT_EQ(ordered_text(object), boost::json::serialize(object));
  }
  for (const std::int64_t number : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::int64_t{0},
                                    std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_EQ(ordered_text(number), boost::json::serialize(boost::json::value(number)));
  }
}

/// What stands in a database is compared with what is made now: it is the same for ever.
TEST(DigestTest, IsOfTheWholeAsOrderedText) {
  const JsonObject args{{"b", 1}, {"a", JsonArray{"x \"y\"", nullptr, 2.5}}};
  const auto of = [](const Json& value) { return base::hex(base::sha256(ordered_text(value))); };
  EXPECT_EQ(digest_of("slack.post", args), of(JsonArray{"slack.post", args}));
  EXPECT_EQ(digest_of("slack.post", args, "route"), of(JsonArray{"slack.post", args, "route"}));
  EXPECT_EQ(marker_of("task", "2/each:1"), of(JsonArray{"mark", "task", "2/each:1"}).substr(0, 22));
  const std::vector<PlannedCall> calls{{.path = "0", .action = "a.b", .args = args, .route = "r", .request = {}},
                                       {.path = "1", .action = "a.c", .args = {}, .route = {}, .request = {}}};
  EXPECT_EQ(digest_of(calls), of(JsonArray{JsonArray{"0", "a.b", args, "r"}, JsonArray{"1", "a.c", JsonObject()}}));
  EXPECT_EQ(digest_of(std::span<const PlannedCall>()), of(JsonArray()));
  ApiCall call{.id = "id", .tenant_id = 2, .task_id = "t", .step = 3, .service = "s", .method = "GET", .url = "u\n"};
  JsonObject row{{"id", "id"},          {"tenant_id", 2},    {"task_id", "t"},        {"step", 3},
                 {"service", "s"},      {"method", "GET"},   {"url", "u\n"},          {"request", ""},
                 {"response", nullptr}, {"status", nullptr}, {"latency_ms", nullptr}, {"error", ""},
                 {"created_ms", 0}};
  EXPECT_EQ(digest_of(call), of(row));
  call.response = "{}";
  call.status = 200;
  call.latency_ms = 7;
  row["response"] = "{}";
  row["status"] = 200;
  row["latency_ms"] = 7;
  EXPECT_EQ(digest_of(call), of(row));
}

}  // namespace
}  // namespace troupe::assistant::tasks
