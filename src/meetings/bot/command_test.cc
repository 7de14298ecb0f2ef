#include "meetings/bot/command.h"

#include <gtest/gtest.h>

namespace troupe::meetings::bot {
namespace {

using Kind = Command::Kind;

Command meet(std::string link, std::string language = "") {
  return {.kind = Kind::meet, .link = std::move(link), .language = std::move(language)};
}

TEST(MeetCommand, ReadsWhatPeopleWrite) {
  const std::string link = "https://meet.google.com/abc-defg-hij";
  for (const auto& text : {"!meet " + link, "  !MEET\n" + link + " ", link, "meet " + link, "!meet <" + link + ">",
                           "!meet [call](" + link + ")"}) {
    EXPECT_EQ(parse_command(text), meet(link)) << text;
  }
  EXPECT_EQ(parse_command("!meet " + link + " DE"), meet(link, "de"));
  EXPECT_EQ(parse_command("meet.google.com/abc-defg-hij"), meet("meet.google.com/abc-defg-hij"));
  EXPECT_EQ(parse_command("!meet stop").kind, Kind::stop);
  EXPECT_EQ(parse_command("Status").kind, Kind::status);
  for (const auto* text : {"!meet", " MEET ", "", "   "}) EXPECT_EQ(parse_command(text).kind, Kind::here) << text;
  EXPECT_EQ(parse_command("!meet decline").kind, Kind::decline);
  EXPECT_EQ(parse_command("Decline").kind, Kind::decline);
  EXPECT_EQ(parse_command("!meet accept").kind, Kind::accept);
  EXPECT_EQ(parse_command("!meet call").kind, Kind::call);
  EXPECT_EQ(parse_command("call DE"), (Command{.kind = Kind::call, .language = "de"}));
  for (const auto* text : {"help", "!help", "!meet help"}) {
    EXPECT_EQ(parse_command(text).kind, Kind::help) << text;
  }
}

TEST(MeetCommand, WhatItDoesNotKnowItDoesNotGuess) {
  for (const auto* text :
       {"!meet now", "call me when you can", "stop it please", "!meet https://a/b de and more", "hello there"}) {
    EXPECT_EQ(parse_command(text).kind, Kind::unknown) << text;
  }
  EXPECT_EQ(parse_command(std::string(100'000, ' ')).kind, Kind::here);
  EXPECT_EQ(parse_command("[](").kind, Kind::unknown);
  EXPECT_EQ(parse_command("<>").kind, Kind::unknown);
}

}  // namespace
}  // namespace troupe::meetings::bot
