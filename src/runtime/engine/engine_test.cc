// What the engine's client reads and writes, however it comes.
#include <gtest/gtest.h>

#include "runtime/engine/answers.h"
#include "runtime/engine/frames.h"
#include "runtime/engine/host_address.h"
#include "runtime/engine/json_stream.h"
#include "runtime/engine/tar.h"

namespace troupe::runtime::engine {
namespace {

using namespace std::string_literals;

std::string frame(char stream, const std::string& payload) {
  return std::string{
             stream, 0, 0, 0, 0, 0, static_cast<char>(payload.size() >> 8), static_cast<char>(payload.size() & 0xff)} +
         payload;
}

TEST(EngineFrames, AnyCutIsTheSame) {
  const auto all = frame(1, "one\n") + frame(2, "") + frame(2, std::string(300, 'x'));
  for (std::size_t step = 1; step <= all.size(); ++step) {
    FrameReader reader;
    std::string out, err;
    for (std::size_t at = 0; at < all.size(); at += step) {
      const auto fed = reader.feed(std::string_view(all).substr(at, step), [&](Stream stream, std::string_view text) {
        (stream == Stream::out ? out : err) += text;
      });
      ASSERT_TRUE(fed);
    }
    EXPECT_EQ(out, "one\n");
    EXPECT_EQ(err, std::string(300, 'x'));
  }
}

TEST(EngineFrames, WhatIsNoFrameIsRefused) {
  for (const auto& bytes : {"plain text"s, "\x03\0\0\0\0\0\0\x01x"s, "\x01\0\0\0\x7f\0\0\0"s}) {
    FrameReader reader;
    EXPECT_FALSE(reader.feed(bytes, [](Stream, std::string_view) { FAIL(); }));
  }
}

TEST(EngineJson, ObjectsNeedNoLinesOfTheirOwn) {
  const std::string all = "{\"a\":1}{\"a\":{\"b\":\"}\"}}\r\n\n [1] {\"a\":3}";
  for (std::size_t step = 1; step <= all.size(); ++step) {
    JsonStream stream;
    int count = 0;
    for (std::size_t at = 0; at < all.size(); at += step) {
      ASSERT_TRUE(stream.feed(std::string_view(all).substr(at, step), [&](const auto&) { ++count; }));
    }
    EXPECT_EQ(count, 3) << step;
  }
}

TEST(EngineJson, WhatIsNotJsonOrTooLargeIsRefused) {
  JsonStream words, large;
  EXPECT_FALSE(words.feed("404 page not found", [](const auto&) {}));
  EXPECT_FALSE(large.feed("{\"a\":\"" + std::string(JsonStream::kMostObject, 'x'), [](const auto&) {}));
}

TEST(EngineTar, AnArchiveIsOneThatTarReads) {
  TarWriter tar(1000);
  tar.folder("secrets");
  tar.file("secrets/token", "hunter2");
  const auto bytes = tar.finish();
  EXPECT_EQ(bytes.size() % 512, 0U);
  EXPECT_EQ(bytes.substr(0, 9), "secrets/\0"s);
  EXPECT_EQ(bytes.substr(512 + 100, 7), "0000600");
  EXPECT_EQ(bytes.substr(512 + 108, 7), "0001750") << "uid 1000";
  EXPECT_EQ(bytes.substr(512 + 124, 11), "00000000007");
  EXPECT_EQ(bytes.substr(1024, 7), "hunter2");
  unsigned sum = 0;
  for (std::size_t i = 512; i < 1024; ++i) sum += i >= 660 && i < 668 ? ' ' : static_cast<unsigned char>(bytes[i]);
  EXPECT_EQ(std::stoul(bytes.substr(660, 6), nullptr, 8), sum);
}

TEST(EngineHost, IsReadAsDockerWritesIt) {
  EXPECT_EQ(read_host("unix:///var/run/docker.sock", false)->unix_socket, "/var/run/docker.sock");
  EXPECT_EQ(read_host("tcp://engine:2375", false)->url, "http://engine:2375");
  EXPECT_EQ(read_host("tcp://engine:2376", true)->url, "https://engine:2376");
  EXPECT_EQ(read_host("https://engine", false)->url, "https://engine");
  EXPECT_FALSE(read_host("http://engine", true)) << "the certificates would not be used";
  for (const char* wrong : {"", "unix://", "unix://relative", "ssh://host", "tcp://", "tcp://a/b", "npipe:////./x"}) {
    EXPECT_FALSE(read_host(wrong, false)) << wrong;
  }
}

net::client::ClientResponse answered(int status, std::string body) {
  return {.status = status, .headers = {}, .body = std::move(body)};
}

TEST(EngineAnswers, ErrorsAreTheEnginesWordsOrNoEngine) {
  EXPECT_TRUE(check_answer(answered(204, "")));
  EXPECT_TRUE(check_answer(answered(304, "")));
  const auto missing = check_answer(answered(404, R"({"message":"No such container: x"})"));
  EXPECT_EQ(missing.error().code(), Errc::not_found);
  EXPECT_EQ(missing.error().message(), "No such container: x");
  EXPECT_EQ(check_answer(answered(404, "404 page not found")).error().code(), Errc::unavailable) << "a proxy, perhaps";
  EXPECT_EQ(check_answer(answered(409, R"({"message":"x"})")).error().code(), Errc::conflict);
  EXPECT_EQ(check_answer(answered(400, R"({"message":"x"})")).error().code(), Errc::invalid_param);
  EXPECT_EQ(check_answer(answered(500, R"({"message":"x"})")).error().code(), Errc::unavailable);
}

TEST(EngineAnswers, TheVersionThatBothSpeakIsChosen) {
  const auto api = [](const std::string& newest, const std::string& oldest) {
    const auto found = read_version(
        answered(200, R"({"Version":"1","ApiVersion":")" + newest + R"(","MinAPIVersion":")" + oldest + "\"}"));
    return found ? found->api : found.error().message();
  };
  EXPECT_EQ(api("1.41", "1.12"), "1.41");
  EXPECT_EQ(api("1.51", "1.24"), "1.41");
  EXPECT_EQ(api("1.52", "1.44"), "1.44");
  EXPECT_EQ(api("1.40", "1.12"), "1.40");
  EXPECT_FALSE(read_version(answered(200, "{}")));
  EXPECT_TRUE(read_version(answered(200, R"({"ApiVersion":"1.41","Components":[{"Name":"Podman Engine"}]})"))->podman);
}

TEST(EngineAnswers, AListIsFilteredHereToo) {
  const auto listed = read_list(R"([{"Id":"a","State":"running","Labels":{"troupe.instance":"i"}},
      {"Id":"b","State":"running","Labels":{"troupe.instance":"other"}},{"Id":"c","Labels":null},7])",
                                {{"troupe.instance", "i"}});
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(listed->front().id, "a");
  EXPECT_FALSE(read_list("{}", {}));
}

}  // namespace
}  // namespace troupe::runtime::engine
