#include "base/stored_format.h"

#include <gtest/gtest.h>

#include "base/crypto.h"

namespace troupe::base {
namespace {

TEST(StoredFormat, WhatIsStoredIsReadAgain) {
  for (const std::string_view content :
       {std::string_view(), std::string_view("{\"a\":1}"), std::string_view("\0\1", 2)}) {
    const auto stored = to_stored(content);
    EXPECT_EQ(stored.front(), static_cast<char>(StoredFormat::plain));
    EXPECT_EQ(from_stored(stored).value(), content);
  }
}

TEST(StoredFormat, AFormatThatIsNotKnownIsNamed) {
  const auto unknown = from_stored("\2words");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code(), Errc::internal);
  EXPECT_NE(unknown.error().message().find("newer version"), std::string::npos);
  EXPECT_NE(unknown.error().detail().find("format is 2"), std::string::npos);
  EXPECT_FALSE(from_stored(""));
  EXPECT_FALSE(from_stored("{\"a\":1}")) << "a row from before formats is no stored form";
}

TEST(StoredFormat, WhatWasSealedBeforeThereWereFormatsIsOpened) {
  const auto key = SealingKey::from_raw(std::string(32, 'k')).value();
  bool began_like_a_format = false;
  // Such a text begins with a random byte, in one of 256 with that of the format.
  for (int i = 0; i < 4096; ++i) {
    const auto now = key.seal("a credential");
    ASSERT_EQ(now.front(), static_cast<char>(StoredFormat::sealed));
    const auto before = now.substr(1);
    began_like_a_format |= before.front() == now.front();
    ASSERT_EQ(key.open(before).value(), "a credential");
    ASSERT_EQ(key.open(now).value(), "a credential");
  }
  EXPECT_TRUE(began_like_a_format);
  EXPECT_FALSE(SealingKey::from_raw(std::string(32, 'x'))->open(key.seal("a credential")));
}

}  // namespace
}  // namespace troupe::base
