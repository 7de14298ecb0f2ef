#include "remote/matrix_api.h"

#include <gtest/gtest.h>

namespace troupe::remote {
namespace {

TEST(MatrixApiTest, OnlyTheHomeserversOwnWordSaysThatSomethingIsNotThere) {
  EXPECT_EQ(to_error(404, R"({"errcode":"M_NOT_FOUND","error":"No such event"})", "").code(), Errc::not_found);
  EXPECT_EQ(to_error(404, R"({"errcode":"ORG.EXAMPLE.ODD"})", "").code(), Errc::not_found);
  EXPECT_EQ(to_error(403, R"({"errcode":"M_FORBIDDEN"})", "").code(), Errc::forbidden);
  for (const int status : {403, 404}) {
    for (const auto* body : {"", "<html>404 Not Found</html>", "{}", R"({"error":"no route"})", R"({"errcode":7})"}) {
      EXPECT_EQ(to_error(status, body, "").code(), Errc::unavailable) << status << " " << body;
    }
  }
}

}  // namespace
}  // namespace troupe::remote
