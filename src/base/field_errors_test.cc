#include "base/field_errors.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

namespace troupe::base {
namespace {

std::string errors_of(const Error& error) { return boost::json::serialize(error.members().at("errors")); }

TEST(FieldErrors, CollectsAllAndKeepsTheFirstMessage) {
  FieldErrors mistakes;
  EXPECT_TRUE(mistakes.empty());
  EXPECT_EQ(mistakes.take(Result<int>(3)), 3);
  EXPECT_EQ(mistakes.take(Result<int>(field_error("/a", "a is wrong"))), std::nullopt);
  mistakes.add("/b~1c", "b is wrong");
  mistakes.add(Error(Errc::conflict, "all is wrong"));
  auto outcome = std::move(mistakes).outcome();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), Errc::invalid_param);
  EXPECT_EQ(outcome.error().message(), "a is wrong");
  EXPECT_EQ(errors_of(outcome.error()),
            R"([{"pointer":"/a","loc":["body","a"],"message":"a is wrong","type":"value_error"},)"
            R"({"pointer":"/b~1c","loc":["body","b/c"],"message":"b is wrong","type":"value_error"},)"
            R"({"pointer":"","loc":["body"],"message":"all is wrong","type":"value_error"}])");
  EXPECT_TRUE(FieldErrors().outcome());
}

TEST(FieldErrors, AreMovedBelowAPlace) {
  EXPECT_EQ(
      errors_of(placed_under(field_error("/url", "wrong"), "/brain/config")),
      R"([{"pointer":"/brain/config/url","loc":["body","brain","config","url"],"message":"wrong","type":"value_error"}])");
  EXPECT_EQ(errors_of(placed_under(Error(Errc::conflict, "taken"), "/bot_id")),
            R"([{"pointer":"/bot_id","loc":["body","bot_id"],"message":"taken","type":"value_error"}])");
  EXPECT_EQ(pointer_to("a/b~c"), "/a~1b~0c");
}

}  // namespace
}  // namespace troupe::base
