#include "net/server_fixture.h"

namespace troupe::net {
namespace {

using namespace testing_server;

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
  RawClient client(start());
  for (int i = 0; i < 3; ++i) {
    client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto answer = client.read_answer();
    EXPECT_TRUE(starts_with_status(answer, 200)) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\n{\"hello\":true}")) << answer;
    EXPECT_NE(answer.find("X-Request-Id: "), answer.npos);
    EXPECT_NE(answer.find("Date: "), answer.npos);
    EXPECT_NE(answer.find("Access-Control-Allow-Origin: *"), answer.npos);
  }
}

TEST_F(ServerTest, DrainCancelsALongPoll) {
  RawClient client(start());
  client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  while (metrics_.expose().find("troupe_net_requests_in_flight 1") == std::string::npos) std::this_thread::yield();
  server_->drain(50ms);
  const auto answer = client.read_to_end();
  EXPECT_TRUE(starts_with_status(answer, 504)) << answer;
  EXPECT_NE(answer.find("Connection: close"), answer.npos) << answer;
  EXPECT_TRUE(client.closed_cleanly());
}

}  // namespace
}  // namespace troupe::net
