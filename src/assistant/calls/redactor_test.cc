#include "assistant/calls/redactor.h"

#include <gtest/gtest.h>

namespace troupe::assistant::calls {
namespace {

TEST(CallRedactorTest, ACopyLearnsForItselfAlone) {
  const Redactor first(std::map<std::string, std::string>{{"user", "somebody"}, {"key", "s3cret-key"}});
  auto second = first;
  second.add("fresh-token");
  const std::string said = "somebody said s3cret-key and fresh-token";
  EXPECT_EQ(first.text(said), "[redacted] said [redacted] and fresh-token");
  EXPECT_EQ(second.text(said), "[redacted] said [redacted] and [redacted]");
  EXPECT_EQ(first.text("Basic c29tZWJvZHk6czNjcmV0LWtleQ=="), "Basic [redacted]==") << "both, as a header has them";
  EXPECT_EQ(Redactor().text(said), said);
}

TEST(CallRedactorTest, OneThatIsOfOtherSecretsIsNotUsed) {
  Service service{.pack = nullptr, .base_url = {}, .secrets = {{"key", "first-secret"}}, .account = {}};
  service.known = std::make_shared<const KnownSecrets>(service.secrets);
  EXPECT_EQ(redactor_of(service).text("first-secret"), "[redacted]");
  service.secrets["key"] = "second-secret";
  EXPECT_EQ(redactor_of(service).text("second-secret"), "[redacted]");
}

}  // namespace
}  // namespace troupe::assistant::calls
