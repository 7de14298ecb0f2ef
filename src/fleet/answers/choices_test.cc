#include "fleet/answers/choices.h"

#include <gtest/gtest.h>

#include "fleet/answers/sentences.h"

namespace troupe::fleet::answers {
namespace {

const std::vector<Choice> kChoices{{.id = "proceed", .label = "Go on", .reaction = "✅"},
                                   {.id = "reject", .label = "Stop", .reaction = "❌"}};

TEST(Choices, ArePickedByNumberLabelIdAndReaction) {
  for (std::string_view text : {"1", " 1. ", "go on", "Go On", "proceed", "✅", "✅\xef\xb8\x8f"}) {
    EXPECT_EQ(picked_choice(kChoices, text), "proceed") << text;
  }
  EXPECT_EQ(picked_choice(kChoices, "2"), "reject");
  for (std::string_view text : {"", "3", "0", "1 2", "go", "what do you mean?"}) {
    EXPECT_FALSE(picked_choice(kChoices, text)) << text;
  }
}

TEST(Choices, SurviveTheirWayThroughJson) {
  auto read = choices_from_json(choices_to_json(kChoices));
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[1].label, "Stop");
  EXPECT_TRUE(choices_from_json("x").empty());
  EXPECT_TRUE(choices_from_json(nullptr).empty());
}

TEST(Sentences, ComeInTheLanguageOfTheQuestion) {
  EXPECT_EQ(guess_language("Привет, how are you? Как дела сегодня?"), "ru");
  EXPECT_EQ(guess_language("hello"), "en");
  EXPECT_EQ(guess_language("12345 ?!"), "en");
  EXPECT_NE(sentence(Sentence::failed, "en", "abc").find("abc"), std::string::npos);
  for (int i = 0; i <= static_cast<int>(Sentence::file_unreadable); ++i) {
    EXPECT_FALSE(sentence(static_cast<Sentence>(i), "en", "x").empty()) << i;
    EXPECT_NE(sentence(static_cast<Sentence>(i), "ru", "x"), sentence(static_cast<Sentence>(i), "en", "x")) << i;
  }
}

}  // namespace
}  // namespace troupe::fleet::answers
