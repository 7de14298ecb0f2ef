#include "base/words.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <unordered_set>

#include "base/utf8.h"

namespace troupe::base {
namespace {

constexpr std::size_t kBeginningLetters = 3;
constexpr std::size_t kFewWords = 24;  ///< among so many a word is looked for one by one

/// The next code point; what is no UTF-8 counts byte by byte as U+FFFD.
char32_t take(std::string_view& text) {
  constexpr char32_t kBroken = 0xfffd;
  const auto byte = [&text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const auto first = byte(0);
  const std::size_t length = first < 0x80    ? 1
                             : first >= 0xf8 ? 0
                             : first >= 0xf0 ? 4
                             : first >= 0xe0 ? 3
                             : first >= 0xc0 ? 2
                                             : 0;
  char32_t point = length == 1 ? first : first & (0x7fU >> length);
  bool whole = length != 0 && text.size() >= length;
  for (std::size_t i = 1; whole && i < length; ++i) {
    whole = (byte(i) & 0xc0U) == 0x80U;
    point = (point << 6) | (byte(i) & 0x3fU);
  }
  text.remove_prefix(whole ? length : 1);
  return whole ? point : kBroken;
}

struct Range {
  char32_t first;
  char32_t last;
};

/// The kana that stand at U+FF66…U+FF9D in half their width.
constexpr std::u32string_view kHalfKana =
    U"ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン";
static_assert(kHalfKana.size() == 0xff9d - 0xff66 + 1);

/// The plain letter or digit that a written form of it stands for (Unicode's compatibility forms of Latin letters,
/// digits and kana: wide, narrow, raised, lowered, circled, mathematical); else the character itself.
char32_t plain_form(char32_t point) {
  if (point >= 0xff01 && point <= 0xff5e) return point - 0xff01 + '!';
  if (point >= 0xff66 && point <= 0xff9d) return kHalfKana[point - 0xff66];
  if (point < 0x1d400) {
    if (point == 0xb9) return '1';
    if (point == 0xb2 || point == 0xb3) return point - 0xb2 + '2';
    if (point == 0x2070 || (point >= 0x2074 && point <= 0x2079)) return point - 0x2070 + '0';
    if (point >= 0x2080 && point <= 0x2089) return point - 0x2080 + '0';
    if (point >= 0x2460 && point <= 0x2468) return point - 0x2460 + '1';
    if (point >= 0x24b6 && point <= 0x24cf) return point - 0x24b6 + 'A';
    if (point >= 0x24d0 && point <= 0x24e9) return point - 0x24d0 + 'a';
    return point;
  }
  if (point <= 0x1d6a3) {
    const auto letter = (point - 0x1d400) % 52;
    return letter < 26 ? 'A' + letter : 'a' + (letter - 26);
  }
  if (point >= 0x1d7ce && point <= 0x1d7ff) return (point - 0x1d7ce) % 10 + '0';
  return point;
}

/// ガ is カ with a mark behind it where the mark stands for itself, as it does behind kana of half width.
char32_t voiced(char32_t kana, char32_t mark) {
  const bool small_circle = mark == 0x309a || mark == 0xff9f;
  if (!small_circle && mark != 0x3099 && mark != 0xff9e) return kana;
  const auto low = kana >= 0x30a0 ? kana - 0x60 : kana;  // as hiragana
  const bool of_ha = low >= 0x306f && low <= 0x307b && (low - 0x306f) % 3 == 0;
  if (small_circle) return of_ha ? kana + 2 : kana;
  if (low == 0x3046) return kana + 0x4e;  // ゔ, ヴ
  const bool of_ka = low >= 0x304b && low <= 0x3061 && (low - 0x304b) % 2 == 0;
  const bool of_tsu = low == 0x3064 || low == 0x3066 || low == 0x3068;
  return of_ha || of_ka || of_tsu ? kana + 1 : kana;
}

/// Letters that are written as one.
std::string_view taken_apart(char32_t point) {
  constexpr std::array<std::string_view, 7> kLigatures{"ff", "fi", "fl", "ffi", "ffl", "st", "st"};
  return point >= 0xfb00 && point <= 0xfb06 ? kLigatures[point - 0xfb00] : std::string_view();
}
/// What stands between words beyond ASCII: signs, spaces, punctuation, arrows, pictures, private use.
constexpr std::array kBetween{Range{0x80, 0xa9},     Range{0xab, 0xb4},       Range{0xb6, 0xb9},
                              Range{0xbb, 0xbf},     Range{0xd7, 0xd7},       Range{0xf7, 0xf7},
                              Range{0x37e, 0x37e},   Range{0x387, 0x387},     Range{0x2000, 0x2bff},
                              Range{0x3000, 0x3004}, Range{0x3008, 0x3020},   Range{0x30fb, 0x30fb},
                              Range{0xd800, 0xf8ff}, Range{0xfe00, 0xfe6f},   Range{0xff00, 0xff0f},
                              Range{0xff1a, 0xff20}, Range{0xff3b, 0xff40},   Range{0xff5b, 0xff65},
                              Range{0xffe0, 0xffff}, Range{0x1f000, 0x1fbff}, Range{0xe0000, 0x10ffff}};
/// Scripts that put no spaces between words.
constexpr std::array kAlone{Range{0x3040, 0x30ff}, Range{0x3400, 0x4dbf}, Range{0x4e00, 0x9fff}, Range{0xf900, 0xfaff},
                            Range{0x20000, 0x3134f}};

bool among(const auto& ranges, char32_t point) {
  return std::ranges::any_of(ranges, [point](const Range& r) { return point >= r.first && point <= r.last; });
}

bool is_word(char32_t point) {
  if (point < 0x80) {
    return (point >= '0' && point <= '9') || (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z');
  }
  return !among(kBetween, point);
}

/// The letters U+00C0…U+017F without accents, in small; a space: as it is.
constexpr std::string_view kPlainLatin =
    "aaaaaa ceeeeiiii nooooo ouuuuy  "
    "aaaaaa ceeeeiiii nooooo ouuuuy y"
    "aaaaaaccccccccddddeeeeeeeeeegggg"
    "gggghhhhiiiiiiiiii  jjkk lllllll"
    "lllnnnnnnn  oooooo  rrrrrrssssss"
    "ssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

char32_t lowered(char32_t point) {
  if (point == 0xc6) return 0xe6;                             // Æ
  if (point == 0xd0) return 0xf0;                             // Ð
  if (point == 0xde) return 0xfe;                             // Þ
  if (point == 0x152 || point == 0x132) return point + 1;     // Œ, Ĳ
  if (point >= 0x391 && point <= 0x3a9) return point + 0x20;  // Greek
  if (point >= 0x410 && point <= 0x42f) return point + 0x20;  // А…Я
  if (point == 0x401 || point == 0x451) return 0x435;         // Ё, ё
  if (point >= 0x400 && point <= 0x40f) return point + 0x50;
  if (point >= 0x460 && point <= 0x52f && point % 2 == 0 && !(point >= 0x482 && point <= 0x489)) return point + 1;
  return point;
}

bool is_mark(char32_t point) {
  return (point >= 0x300 && point <= 0x36f) || point == 0x3099 || point == 0x309a || point == 0xff9e || point == 0xff9f;
}

void append_folded(std::string& word, char32_t point) {
  if (is_mark(point)) return;
  if (point >= 'A' && point <= 'Z') {
    word += static_cast<char>(point + ('a' - 'A'));
    return;
  }
  if (point == 0xdf) {  // ß
    word += "ss";
    return;
  }
  if (const auto letters = taken_apart(point); !letters.empty()) {
    word += letters;
    return;
  }
  if (point >= 0xc0 && point < 0xc0 + kPlainLatin.size() && kPlainLatin[point - 0xc0] != ' ') {
    word += kPlainLatin[point - 0xc0];
    return;
  }
  append_utf8(word, lowered(point));
}

}  // namespace

std::size_t letters_of(std::string_view word) {
  return static_cast<std::size_t>(
      std::ranges::count_if(word, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

std::vector<std::string> words_of(std::string_view text, std::size_t most) {
  std::vector<std::string> words;
  std::unordered_set<std::string> seen;
  std::string word;
  const auto is_new = [&] {
    if (words.size() < kFewWords) return std::ranges::find(words, word) == words.end();
    if (seen.empty()) seen.insert(words.begin(), words.end());
    return seen.insert(word).second;
  };
  const auto end_word = [&] {
    if (!word.empty() && words.size() < most && is_new()) words.push_back(word);
    word.clear();
  };
  while (!text.empty() && words.size() < most) {
    auto point = plain_form(take(text));
    if (point >= 0x3040 && point <= 0x30ff && !text.empty()) {
      auto rest = text;
      if (const auto both = voiced(point, take(rest)); both != point) {
        point = both;
        text = rest;
      }
    }
    if (!is_word(point)) {
      end_word();
      continue;
    }
    const bool alone = point >= 0x80 && among(kAlone, point);
    if (alone) end_word();
    if (word.size() + 4 <= kMaxWordBytes) append_folded(word, point);
    if (alone) end_word();
  }
  end_word();
  return words;
}

bool asks_for_beginning(std::string_view searched) { return letters_of(searched) >= kBeginningLetters; }

bool finds(std::string_view searched, std::string_view word) {
  return asks_for_beginning(searched) ? word.starts_with(searched) : word == searched;
}

}  // namespace troupe::base
