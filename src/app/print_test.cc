#include "app/print.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace troupe::app {
namespace {

TEST(Print, ATerminalGetsNoCommands) {
  EXPECT_EQ(for_terminal("a\x1b[31mred\x07"), "a?[31mred?");
  EXPECT_EQ(for_terminal("two\nlines\tand\r"), "two lines and ");
  EXPECT_EQ(for_terminal("\u202Eevil\u202C \u2066x\u2069 \u009B31m"), "?evil? ?x? ?31m");
  EXPECT_EQ(for_terminal("жёлтый 🙂 – …"), "жёлтый 🙂 – …");
  EXPECT_EQ(for_terminal("\xe2\x80"), "\xe2\x80");  // cut in the middle: nothing is read behind its end
  EXPECT_EQ(lines_for_terminal("one\r\ntwo\nthree\n\n", "  "), "one\n  two\n  three");
}

TEST(Print, WhatTheAssistantSaysHasNoMarks) {
  EXPECT_EQ(markdown_for_terminal("Done. One found:\n- **ops** (id C\\_1\\_)\n"), "Done. One found:\n- ops (id C_1_)");
  EXPECT_EQ(markdown_for_terminal("a:\n````\n{\"text\":\"**\\n\"}\n```\n````\n**b** c:\\d"),
            "a:\n{\"text\":\"**\\n\"}\n```\nb c:\\d");
  EXPECT_EQ(markdown_for_terminal("\x1b[2J\\"), "?[2J\\");
  EXPECT_EQ(markdown_for_terminal(""), "");
}

TEST(Print, TimesAreThoseOfTheMachine) {
  ::setenv("TZ", "Europe/Berlin", 1);
  ::tzset();
  EXPECT_EQ(local_time("2026-07-20T20:43:26.123Z"), "2026-07-20 22:43:26");
  EXPECT_EQ(local_time("yesterday"), "yesterday");
  EXPECT_EQ(local_time(""), "");
  EXPECT_EQ(zoned_time("2026-07-20T20:43:26.123Z"), "2026-07-20 22:43:26+02:00");
  EXPECT_EQ(zoned_time("2026-12-20T20:43:26.123Z"), "2026-12-20 21:43:26+01:00");
  EXPECT_EQ(zoned_time("yesterday-0100"), "yesterday-0100");
  EXPECT_EQ(zoned_time(""), "");
  ::unsetenv("TZ");
  ::tzset();
}

TEST(Print, ValuesAreFoundByPointer) {
  const boost::json::value bot{{"bot_id", "parrot"}, {"turns", {{"failed", 3}}}, {"task", nullptr}};
  EXPECT_EQ(text_at(bot, "/bot_id"), "parrot");
  EXPECT_EQ(text_at(bot, "/turns/failed"), "3");
  EXPECT_EQ(text_at(bot, "/turns"), R"({"failed":3})");
  EXPECT_EQ(text_at(bot, "/task"), "");
  EXPECT_EQ(text_at(bot, "/nothing/there"), "");
}

TEST(Print, AMistakeIsSaidOnce) {
  const auto said = [](const char* body) {
    testing::internal::CaptureStderr();
    print_error(body, false);
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(said(R"({"detail":"It is taken.","errors":[{"pointer":"/alias","message":"It is taken."}]})"),
            "troupe: It is taken.\n");
  EXPECT_EQ(said(R"({"detail":"too short","errors":[{"pointer":"/a","message":"too short"},
                     {"pointer":"/b","message":"too short"}]})"),
            "troupe: too short\n        /a: too short\n        /b: too short\n");
  EXPECT_EQ(said(R"({"detail":"url must be one.","errors":[{"pointer":"/config/url","message":"url must be one."},
                     {"pointer":"/config/model","message":"model must be one."}]})"),
            "troupe: url must be one.\n        /config/model: model must be one.\n");
  EXPECT_EQ(said(R"({"detail":"No.","errors":[]})"), "troupe: No.\n");
  EXPECT_EQ(said(R"({"detail":"password: too short","errors":[{"pointer":"/password","message":"too short"}]})"),
            "troupe: password: too short\n");
}

}  // namespace
}  // namespace troupe::app
