#include "meetings/thread/turns.h"

#include <gtest/gtest.h>

#include "matrix/json.h"

namespace troupe::meetings::thread {
namespace {

std::int64_t number_of(std::string_view id) {
  return static_cast<std::int64_t>(std::hash<std::string_view>()(id) >> 1);
}

Segment said(std::string_view id, base::UnixMs at, std::string speaker, std::string text, bool final = true) {
  return {.id = std::string(id),
          .meeting = 1,
          .said_ms = at,
          .until_ms = at + 1'000,
          .text = std::move(text),
          .speaker = std::move(speaker),
          .final = final,
          .number = number_of(id)};
}

TEST(Turns, OnePersonsWordsAreOneMessageUntilSomebodyElseSpeaks) {
  Turns turns({});
  EXPECT_EQ(turns.take(said("a", 1'000, "Anna", "Hello."))->number, 1);
  EXPECT_EQ(turns.take(said("b", 3'000, "Anna", "How are you?"))->number, 1);
  EXPECT_EQ(turns.take(said("c", 5'000, "Ben", "Fine."))->number, 2);
  EXPECT_EQ(turns.take(said("d", 7'000, "Anna", "Good."))->number, 3);
  EXPECT_EQ(turns.said(1, 0, false).body, "Anna (0:01): Hello. How are you?");
  EXPECT_EQ(turns.said(2, 0, false).html, "<strong>Ben</strong> (0:05): Fine.");
}

TEST(Turns, TwoOfOneNameAreTwo) {
  Turns turns({});
  auto one = said("a", 1'000, "Anna", "Yes."), other = said("b", 3'000, "Anna", "No.");
  one.speaker_key = "@anna:x";
  other.speaker_key = "@anna:y";
  EXPECT_EQ(turns.take(one)->number, 1);
  EXPECT_EQ(turns.take(other)->number, 2);
}

TEST(Turns, ANameIsNoLinkAndTurnsNothingAround) {
  for (const std::string name : {"https://evil.example/x", "evil.example", "@anna:example.org", "#room:example.org"}) {
    Turns turns({});
    turns.take(said("a", 1'000, name, "Hello."));
    const auto told = turns.said(1, 0, false);
    EXPECT_EQ(told.body.find(name), std::string::npos) << told.body;
    EXPECT_EQ(told.html.find(name), std::string::npos) << told.html;
    EXPECT_TRUE(told.body.ends_with(" (0:01): Hello.")) << told.body;
  }
  Turns turns({});
  turns.take(said("a", 1'000, "An\u202ena\u2028B\u2066en\u0085", "One\u202etwo."));
  EXPECT_EQ(turns.said(1, 0, false).body, "An na B en (0:01): One two.");
  turns.take(said("b", 40'000, "Zo\u00eb \u05d0\u200f", "Caf\u00e9 \u2013 fine."));
  EXPECT_EQ(turns.said(2, 0, false).body, "Zo\u00eb \u05d0\u200f (0:40): Caf\u00e9 \u2013 fine.");
}

TEST(Turns, ALongSilenceBeginsAnotherMessageAndALongTurnToo) {
  Turns turns({});
  turns.take(said("a", 0, "Anna", "One."));
  EXPECT_EQ(turns.take(said("b", 31'000, "Anna", "Two."))->number, 1);
  EXPECT_EQ(turns.take(said("c", 32'001 + kSilence.count(), "Anna", "Three."))->number, 2);
  std::string words;
  while (words.size() < kFullBytes) words += "word after word ";
  EXPECT_EQ(turns.take(said("d", 63'000, "Anna", words))->number, 3);
}

TEST(Turns, WhatComesLateGoesWhereItWasSaid) {
  Turns turns({});
  turns.take(said("a", 1'000, "Anna", "First."));
  turns.take(said("b", 9'000, "Ben", "Then."));
  EXPECT_EQ(turns.take(said("c", 4'000, "Anna", "Between."))->number, 1);
  EXPECT_EQ(turns.said(1, 0, false).body, "Anna (0:01): First. Between.");
}

TEST(Turns, ASegmentStaysInItsMessageHoweverItChanges) {
  Turns turns({});
  turns.take(said("a", 1'000, "", "hel", false));
  EXPECT_FALSE(turns.is_final(1));
  turns.take(said("b", 2'000, "Ben", "Hi."));
  EXPECT_FALSE(turns.take(said("a", 1'000, "Anna", "Hello.")));
  EXPECT_EQ(turns.said(1, 0, false).body, "Anna (0:01): Hello.");
  EXPECT_TRUE(turns.is_final(1));
  EXPECT_EQ(turns.place_of(said("a", 1'000, "Anna", "")), 1);
  EXPECT_EQ(turns.place_of(said("c", 3'000, "Anna", "")), std::nullopt);
  EXPECT_EQ(turns.last(), 2);
}

TEST(Turns, WhatWasTakenBackMakesRoomForWhatReplacesIt) {
  Turns turns({});
  turns.take(said("draft", 1'000, "Anna", "Hallow", false));
  auto gone = said("draft", 1'000, "Anna", "");
  gone.retracted = true;
  turns.take(gone);
  EXPECT_EQ(turns.said(1, 0, false).body, "(taken back)");
  EXPECT_EQ(turns.take(said("final", 1'200, "Anna", "Hello."))->number, 1);
  EXPECT_EQ(turns.said(1, 0, false).body, "Anna (0:01): Hello.");
}

TEST(Turns, WhatSaysNothingIsNoMessage) {
  Turns turns({});
  EXPECT_FALSE(turns.take(said("a", 1'000, "Anna", " \n\t ")));
  EXPECT_EQ(turns.last(), 0);
}

TEST(Turns, AfterARestartEveryPieceIsWhereItWas) {
  Turns turns(
      {{.meeting = 1, .segment = number_of("a"), .number = 1}, {.meeting = 1, .segment = number_of("b"), .number = 2}});
  EXPECT_EQ(turns.last(), 2);
  EXPECT_FALSE(turns.take(said("b", 5'000, "Ben", "Then.")));
  EXPECT_FALSE(turns.take(said("a", 1'000, "Anna", "First.")));
  EXPECT_EQ(turns.take(said("c", 6'000, "Ben", "More."))->number, 2);
}

TEST(Turns, HostileNamesAndWordsAreOnlyText) {
  Turns turns({});
  turns.take(said("a", 1'000, "<img src=x>\n@room", "</strong><script>\x01 &amp;"));
  const auto shown = turns.said(1, 0, true);
  EXPECT_EQ(shown.html,
            "<strong>&lt;img src=x&gt; @\u200Broom</strong> (0:01): &lt;/strong&gt;&lt;script&gt; &amp;amp; …");
  EXPECT_EQ(content_of(shown).at("m.mentions"), boost::json::value(boost::json::object()));
}

TEST(Turns, AHugePieceIsCutBetweenCharacters) {
  Turns turns({});
  std::string text;
  while (text.size() < 3 * kMostShownBytes) text += "ü";
  turns.take(said("a", 0, "Anna", text));
  const auto shown = turns.said(1, 0, false);
  EXPECT_LE(shown.body.size(), kMostShownBytes + 10);
  EXPECT_TRUE(shown.body.ends_with("ü …"));
}

TEST(Turns, TimesCountFromTheCallAndNotBelowNothing) {
  Turns turns({});
  turns.take(said("a", 3'723'000, "Anna", "Late."));
  EXPECT_EQ(turns.said(1, 0, false).body, "Anna (1:02:03): Late.");
  EXPECT_EQ(turns.said(1, 9'999'000, false).body, "Anna (0:00): Late.");
}

TEST(Turns, MessagesAreNoticesInTheThreadThatNoBotAnswers) {
  const auto content = in_thread(content_of({.body = "x", .html = {}}), "$root", "$before");
  EXPECT_EQ(content.at("msgtype"), "m.notice");
  const auto& relation = content.at("m.relates_to").as_object();
  EXPECT_EQ(relation.at("rel_type"), "m.thread");
  EXPECT_EQ(relation.at("event_id"), "$root");
  EXPECT_EQ(relation.at("m.in_reply_to").at("event_id"), "$before");
  EXPECT_TRUE(content.contains("org.troupe.bot"));
}

}  // namespace
}  // namespace troupe::meetings::thread
