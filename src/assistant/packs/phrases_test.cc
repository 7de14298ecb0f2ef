#include "assistant/packs/phrases.h"

#include <gtest/gtest.h>

#include <array>

namespace troupe::assistant::packs {
namespace {

TEST(PhrasesTest, ReadsNamesAndExamples) {
  const auto phrases = read_phrases(R"({"service":"shop","synonyms":["store",3],"enabled":false})",
                                    "{\"text\":\"list orders\",\"intent\":\"list\"}\r\n\n");
  ASSERT_TRUE(phrases);
  EXPECT_EQ(phrases->service, "shop");
  EXPECT_EQ(phrases->synonyms, std::vector<std::string>{"store"});
  EXPECT_FALSE(phrases->enabled);
  ASSERT_EQ(phrases->examples.size(), 1U);
  EXPECT_EQ(phrases->examples[0].intent, "list");
}

TEST(PhrasesTest, MistakesAreNamedByLine) {
  EXPECT_FALSE(read_phrases("{}", ""));
  EXPECT_FALSE(read_phrases("[", ""));
  const auto bad = read_examples("{\"text\":\"a\",\"intent\":\"b\"}\n{\"text\":\"a\"}\n");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message(), "line 2: needs text and intent");
}

TEST(PhrasesTest, FoldersBecomeServicesAndNoneTheBackground) {
  constexpr std::array<ShippedFile, 4> kFiles{{{"none/a.jsonl", "{\"text\":\"hi\",\"intent\":\"none\"}"},
                                               {"none/b.jsonl", "{\"text\":\"it\",\"intent\":\"ask\"}"},
                                               {"shop/config.json", "{\"service\":\"shop\"}"},
                                               {"lonely/examples.jsonl", "{\"text\":\"x\",\"intent\":\"y\"}"}}};
  const auto book = read_phrase_book(kFiles);
  ASSERT_TRUE(book);
  EXPECT_EQ(book->background.size(), 2U);
  ASSERT_EQ(book->services.size(), 1U);
  EXPECT_EQ(book->services[0].service, "shop");
}

TEST(PhrasesTest, TheShippedOnesAreGood) {
  const auto book = read_phrase_book(shipped_files());
  ASSERT_TRUE(book) << book.error().message();
  EXPECT_GE(book->services.size(), 5U);
  EXPECT_GE(book->background.size(), 1'000U);
}

}  // namespace
}  // namespace troupe::assistant::packs
