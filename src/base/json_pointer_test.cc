#include "base/json_pointer.h"

#include <gtest/gtest.h>

#include "base/field_errors.h"

namespace troupe::base {
namespace {

using Steps = std::vector<std::string>;

TEST(JsonPointer, Steps) {
  EXPECT_EQ(pointer_steps("/a/0/b"), (Steps{"a", "0", "b"}));
  EXPECT_EQ(pointer_steps("/a~1b/c~0d/e~"), (Steps{"a/b", "c~d", "e~"}));
  EXPECT_EQ(pointer_steps("/"), (Steps{""}));
  EXPECT_EQ(pointer_steps("/a//b"), (Steps{"a", "", "b"}));
  EXPECT_EQ(pointer_steps(""), Steps());
  EXPECT_EQ(pointer_steps("a/b"), Steps());
}

TEST(JsonPointer, WhatIsWrittenIsReadBack) {
  for (const auto* name : {"plain", "with/slash", "~", "~1", "~0/~1", ""})
    EXPECT_EQ(pointer_steps(pointer_to(name) + pointer_to("x")), (Steps{name, "x"})) << name;
}

}  // namespace
}  // namespace troupe::base
