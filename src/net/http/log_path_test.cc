#include "net/http/log_path.h"

#include <gtest/gtest.h>

#include "base/crypto.h"

namespace troupe::net::http {
namespace {

TEST(PathForLog, LeavesOutWhatIsACredential) {
  auto token = base::random_token("");
  EXPECT_EQ(path_for_log("/webhook/" + token), "/webhook/…");
  EXPECT_EQ(path_for_log("/api/v1/turns/" + token + "/reply"), "/api/v1/turns/…/reply");
  EXPECT_EQ(path_for_log("/webhook/" + token + "/"), "/webhook/…/");
  EXPECT_EQ(path_for_log("/public/transcripts/" + token + ".txt"), "/public/transcripts/….txt");
}

TEST(PathForLog, LeavesEverythingElseAsItIs) {
  for (std::string_view path :
       {"", "/", "//", "/webhook/short", "/_matrix/client/v3/rooms/!abc:localhost/send/m.room.message/txn",
        "/rooms/r/event/$0123456789012345678901234567890123456789012"}) {
    EXPECT_EQ(path_for_log(path), path);
  }
}

}  // namespace
}  // namespace troupe::net::http
