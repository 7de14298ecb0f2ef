// The examples that AWS has published for its signature, and what is read out of answers.
#include <gmock/gmock.h>

#include "base/crypto.h"
#include "homeserver/s3/answer_xml.h"
#include "homeserver/s3/sign.h"

namespace troupe::homeserver::s3 {
namespace {

constexpr base::UnixMs kExampleTime = 1'369'353'600'000;  // 24 May 2013, 00:00 UTC
const Keys kExampleKeys{.access_key = "AKIAIOSFODNN7EXAMPLE",
                        .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                        .region = "us-east-1"};

std::string authorization(Signable request, std::string_view body = {}) {
  request.host = "examplebucket.s3.amazonaws.com";
  request.body_sha256 = base::hex(base::sha256(body));
  for (const auto& [name, value] : sign(request, kExampleKeys, kExampleTime))
    if (name == "Authorization") return value;
  return {};
}

TEST(S3SignTest, GetAnObject) {
  EXPECT_EQ(authorization({.method = "GET",
                           .host = {},
                           .path = "/test.txt",
                           .query = {},
                           .headers = {{"Range", "bytes=0-9"}},
                           .body_sha256 = {}}),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(S3SignTest, PutAnObject) {
  EXPECT_THAT(authorization({.method = "PUT",
                             .host = {},
                             .path = "/test%24file.text",
                             .query = {},
                             .headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                                         {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                             .body_sha256 = {}},
                            "Welcome to Amazon S3."),
              testing::EndsWith("Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST(S3SignTest, ParametersWithoutAValue) {
  EXPECT_THAT(
      authorization(
          {.method = "GET", .host = {}, .path = "/", .query = {{"lifecycle", ""}}, .headers = {}, .body_sha256 = {}}),
      testing::EndsWith("Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
}

TEST(S3SignTest, ParametersInOrder) {
  EXPECT_THAT(authorization({.method = "GET",
                             .host = {},
                             .path = "/",
                             .query = {{"prefix", "J"}, {"max-keys", "2"}},
                             .headers = {},
                             .body_sha256 = {}}),
              testing::EndsWith("Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

TEST(S3AnswerTest, TextsAreRead) {
  const std::string xml = "<R><Key>a&amp;b</Key><X/><Key>&lt;c&gt;</Key><Keys>no</Keys><Key>open";
  EXPECT_THAT(texts_of(xml, "Key"), testing::ElementsAre("a&b", "<c>"));
  EXPECT_EQ(text_of(xml, "None"), "");
  EXPECT_EQ(read_time("2013-05-24T00:00:00.000Z"), kExampleTime);
  EXPECT_EQ(read_http_date("Fri, 24 May 2013 00:00:00 GMT"), kExampleTime);
  EXPECT_EQ(read_time("soon"), std::nullopt);
}

}  // namespace
}  // namespace troupe::homeserver::s3
