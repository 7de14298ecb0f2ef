// Words as they are searched for: small letters without accents, the same on every database.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace troupe::base {

inline constexpr std::size_t kMaxWordBytes = 64;

/// The first words of a text, each once, in the order in which they come. Letters and digits of any script make words,
/// everything else stands between them; a character of Chinese or Japanese is a word. Capitals of Latin, Greek and
/// Cyrillic letters are lowered, accents of Latin ones dropped, ё is е; letters, digits and kana of full and half
/// width, circled, raised and mathematical ones and ligatures are the plain ones. Longer words are cut to
/// kMaxWordBytes.
std::vector<std::string> words_of(std::string_view text, std::size_t most);

/// Whether a word of a search finds a word of a text: the same, or one that begins with it if it has three letters.
bool finds(std::string_view searched, std::string_view word);
/// Characters as people count them: code points of UTF-8.
std::size_t letters_of(std::string_view word);
/// Whether a search for the word asks for its beginning.
bool asks_for_beginning(std::string_view searched);

}  // namespace troupe::base
