#include "homeserver/memory/notes.h"

#include <gmock/gmock.h>

namespace troupe::homeserver::memory {
namespace {

using testing::ElementsAre;

TEST(Notes, FieldsMayHoldAnything) {
  const auto note = notes::parse(std::string_view("t5:@a:bc3:\0:x", 13));
  ASSERT_TRUE(note);
  EXPECT_EQ(note->kind, Note::Kind::sessions);
  EXPECT_THAT(note->fields, ElementsAre("@a:bc", std::string_view("\0:x", 3)));
  EXPECT_EQ(note->text(7), "");
}

TEST(Notes, NumbersAreChecked) {
  const auto note = notes::parse("o2:@a2:421:x0:");
  ASSERT_TRUE(note);
  EXPECT_EQ(note->number(1), 42);
  EXPECT_EQ(note->number(2), 0);
  EXPECT_EQ(note->number(3), 0);
  EXPECT_EQ(note->number(9), 0);
}

TEST(Notes, WhatANewerProgramWroteIsPassedOver) {
  for (const char* bytes : {"", "Z2:@a", "o", "o2", "o2:", "o9:abc", "o-1:a", "o99999999999999999999:a", "ox:a"}) {
    const auto note = notes::parse(bytes);
    EXPECT_TRUE(!note || note->fields.empty()) << bytes;
  }
}

}  // namespace
}  // namespace troupe::homeserver::memory
