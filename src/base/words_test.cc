#include "base/words.h"

#include <gmock/gmock.h>

namespace troupe::base {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> words(std::string_view text) { return words_of(text, 100); }

TEST(WordsTest, AreLettersAndDigitsOfAnyScript) {
  EXPECT_THAT(words("Hello, WORLD-2! it's"), ElementsAre("hello", "world", "2", "it", "s"));
  EXPECT_THAT(words("Привет, Мир… Ёлка и ёж"), ElementsAre("привет", "мир", "елка", "и", "еж"));
  EXPECT_THAT(words("Café ÇÀ Straße Łódź"), ElementsAre("cafe", "ca", "strasse", "lodz"));
  EXPECT_THAT(words("Cafe\xcc\x81"), ElementsAre("cafe"));  // the accent as a mark of its own
  EXPECT_THAT(words("ΑΒΓ «Їжак»"), ElementsAre("αβγ", "їжак"));
  EXPECT_THAT(words("漢字 kana"), ElementsAre("漢", "字", "kana"));
  EXPECT_THAT(words("a🙂b \"quoted\" 'x'*"), ElementsAre("a", "b", "quoted", "x"));
}

TEST(WordsTest, AreThePlainLettersThatAFormStandsFor) {
  EXPECT_THAT(words("Ｂｕｄｇｅｔ２０２６，ＯＫ"), ElementsAre("budget2026", "ok"));
  EXPECT_THAT(words("ﾃﾞｰﾀ ﾊﾟﾝ"), ElementsAre("デ", "ー", "タ", "パ", "ン"));
  EXPECT_THAT(words("ｳﾞ ｶ"), ElementsAre("ヴ", "カ"));
  EXPECT_THAT(words("か\xe3\x82\x99 は\xe3\x82\x9a"), ElementsAre("が", "ぱ"));  // the marks as such
  EXPECT_THAT(words("ﬁnal oﬀer"), ElementsAre("final", "offer"));
  EXPECT_THAT(words("x² H₂O ① Ⓑⓔ"), ElementsAre("x2", "h2o", "1", "be"));
  EXPECT_THAT(words("𝐁𝐨𝐥𝐝 𝟏𝟐"), ElementsAre("bold", "12"));
  EXPECT_THAT(words("～！＂"), IsEmpty());
}

TEST(WordsTest, HaveBounds) {
  EXPECT_THAT(words(""), IsEmpty());
  EXPECT_THAT(words("!!! …"), IsEmpty());
  EXPECT_THAT(words("again Again AGAIN"), ElementsAre("again"));
  EXPECT_THAT(words_of("a b c d", 2), ElementsAre("a", "b"));
  EXPECT_LE(words(std::string(1000, 'x')).front().size(), kMaxWordBytes);
  EXPECT_THAT(words("\xff\xfe ok \xd0"), ElementsAre("ok"));
}

TEST(WordsTest, LongerOnesFindBeginnings) {
  EXPECT_TRUE(finds("mess", "messages"));
  EXPECT_TRUE(finds("мир", "миром"));
  EXPECT_FALSE(finds("me", "messages"));
  EXPECT_TRUE(finds("me", "me"));
  EXPECT_FALSE(finds("messages", "mess"));
}

}  // namespace
}  // namespace troupe::base
