#include "assistant/slots/slots.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "assistant/slots/dates.h"

namespace troupe::assistant::slots {
namespace {

using namespace std::chrono_literals;
constexpr std::chrono::year_month_day kToday = 2026y / 11 / 18;  // a Wednesday

std::string found(std::string_view text) {
  std::string all;
  for (const auto& slot : find_slots(text, kToday)) all += fmt::format("{}={}|", name_of(slot.kind), slot.value);
  return all;
}

TEST(SlotsTest, ValuesOfASentence) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"slack: send \"hi there\" to #general", "quoted=hi there|channel=general|"},
      {"create an acculynx lead for Ned Park, ned.park@example.com, 555-123-4567",
       "name=Ned Park|email=ned.park@example.com|phone=5551234567|"},
      {"invite @joe to #ops tomorrow", "handle=joe|channel=ops|date=2026-11-19|"},
      {"create a project called roof repair", "name=roof repair|"},
      {"create a project at 6 Bay St", "address=6 Bay St|"},
      {"new job at 1200 Oak Hill Rd, Austin, TX 78701 for Maria de la Cruz",
       "address=1200 Oak Hill Rd, Austin, TX 78701|name=Maria de la Cruz|"},
      {"Auftrag für Zoë Müller, Hauptstraße 12", "name=Zoë Müller|address=Hauptstraße 12|"},
      {"get lead 12 from acculynx", "id=12|"},
      {"open 123e4567-e89b-12d3-a456-426614174000", "id=123e4567-e89b-12d3-a456-426614174000|"},
      {"post in C0123ABCDEF", "id=C0123ABCDEF|"},
      {"payment of $1,250.50 by Friday", "amount=1250.50 USD|date=2026-11-20|"},
      {"Rechnung über 1.250,50 € für Klaus", "amount=1250.50 EUR|name=Klaus|"},
      {"budget 3k dollars", "amount=3000 USD|"},
      {"see https://example.com/a?b=1.", "url=https://example.com/a?b=1|"},
      {"what time is it", ""},
      {"", ""},
  };
  for (const auto& [text, slots] : cases) EXPECT_EQ(found(text), slots) << text;
}

TEST(SlotsTest, WhatIsToBeSaidIsOnePiece) {
  EXPECT_EQ(found("companycam comment for Fry: cut some slack on the rope for Bob"),
            "name=Fry|message=cut some slack on the rope for Bob|");
  EXPECT_EQ(found("send a note to #yard saying the crew meets at 6 Bay St tomorrow"),
            "channel=yard|message=the crew meets at 6 Bay St tomorrow|");
  EXPECT_EQ(found("slack: send hi to #general"), "message=hi|channel=general|");
  EXPECT_EQ(found("tell @joe that the truck is late"), "handle=joe|message=the truck is late|");
  EXPECT_EQ(found("say good morning in #ops"), "message=good morning|channel=ops|");
  EXPECT_EQ(found("send a message to #general"), "channel=general|");
  EXPECT_EQ(found("post \"a\" to #alpha and \"b\" to #beta in Slack"), "quoted=a|channel=alpha|quoted=b|channel=beta|");
  EXPECT_EQ(found("tell #ops “call Anna, 555-123-4567”"), "channel=ops|quoted=call Anna, 555-123-4567|");
}

TEST(SlotsTest, RangesDoNotOverlapAndLieInTheText) {
  const std::string text =
      "for Anna Bell at 4 Oak Ave on 3/4/2027: \"pay $5 to joe@example.com\" https://x.example/1 #a @b 555 123 4567";
  std::size_t last = 0;
  for (const auto& slot : find_slots(text, kToday)) {
    EXPECT_GE(slot.begin, last);
    EXPECT_LT(slot.begin, slot.end);
    EXPECT_LE(slot.end, text.size());
    last = slot.end;
  }
}

TEST(SlotsTest, HostileTextsEnd) {
  std::string many;
  while (many.size() < 100'000) many += "#c @h 1/1/2027 ";
  EXPECT_EQ(find_slots(many, kToday).size(), kMostSlots);
  EXPECT_TRUE(find_slots(std::string(100'000, '"'), kToday).empty());
  EXPECT_NO_THROW(find_slots("for \xff\xfe A\xc3", kToday));
  EXPECT_NO_THROW(find_slots(std::string("for An\0na", 9), kToday));
}

TEST(DatesTest, AreReadAsPeopleWriteThem) {
  const std::pair<std::string_view, std::optional<std::chrono::year_month_day>> cases[] = {
      {"2026-03-04", 2026y / 3 / 4},   {"3/4/2026", 2026y / 3 / 4},
      {"3/4/26", 2026y / 3 / 4},       {"4.3.2026", 2026y / 3 / 4},
      {"March 4", 2027y / 3 / 4},      {"4th of December", 2026y / 12 / 4},
      {"dec 4, 2030", 2030y / 12 / 4}, {"today", kToday},
      {"Tomorrow", 2026y / 11 / 19},   {"yesterday", 2026y / 11 / 17},
      {"in 2 weeks", 2026y / 12 / 2},  {"next Monday", 2026y / 11 / 23},
      {"Wednesday", 2026y / 11 / 25},  {"Feb 29", std::nullopt},
      {"2026-02-30", std::nullopt},    {"13/13/2026", std::nullopt},
      {"in 9999 weeks", std::nullopt}, {"someday", std::nullopt},
      {"Monda", std::nullopt},         {"", std::nullopt},
  };
  for (const auto& [text, day] : cases) EXPECT_EQ(read_day(text, kToday), day) << text;
}

}  // namespace
}  // namespace troupe::assistant::slots
