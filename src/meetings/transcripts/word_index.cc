#include "meetings/transcripts/word_index.h"

#include <algorithm>
#include <functional>
#include <set>

#include "base/crypto.h"
#include "base/words.h"
#include "meetings/transcripts/vault.h"
#include "store/columns.h"

namespace troupe::meetings::transcripts {
namespace {

constexpr std::size_t kMostWordsOfText = 2'000;
/// Beginnings of so many letters are in the index; a longer word is asked for by the longer of them.
constexpr std::size_t kBeginning = 3;
constexpr std::size_t kLongBeginning = 5;

/// Empty: it has fewer.
std::string_view first_letters(std::string_view word, std::size_t count) {
  for (std::size_t at = 0; at < word.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(word[at]) & 0xC0U) != 0x80U;
    if (begins && count-- == 0) return word.substr(0, at);
  }
  return count == 0 ? word : std::string_view();
}

std::int64_t number_of_word(std::string_view word) {
  const auto hash = base::sha256(word);
  return number_of({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

/// What a search for it asks the index for.
std::int64_t wanted_number(std::string_view word) {
  for (const auto letters : {kLongBeginning, kBeginning}) {
    if (const auto beginning = first_letters(word, letters); !beginning.empty()) return number_of_word(beginning);
  }
  return number_of_word(word);
}

}  // namespace

void index_words(store::Tx& tx, const Indexed& where, std::string_view text) {
  std::set<std::int64_t> numbers;
  for (const auto& word : base::words_of(text, kMostWordsOfText)) {
    const auto beginning = first_letters(word, kBeginning);
    numbers.insert(number_of_word(beginning.empty() ? std::string_view(word) : beginning));
    if (const auto more = first_letters(word, kLongBeginning); !more.empty()) numbers.insert(number_of_word(more));
  }
  for (const auto number : numbers) {
    tx.run(
        "INSERT INTO mtg_word (tenant_id, word, pos, meeting_id) VALUES (?1, ?2, ?3, ?4) "
        "ON CONFLICT (tenant_id, word, pos) DO NOTHING",
        where.tenant_id, number, where.pos, where.meeting);
  }
}

void forget_words(store::Tx& tx, MeetingId meeting, StreamPos pos) {
  tx.run("DELETE FROM mtg_word WHERE meeting_id = ?1 AND pos = ?2", meeting, pos);
}

FoundWords find_words(store::Connection& c, const records::Whose& whose, std::vector<std::string> words,
                      StreamPos before, std::int64_t limit) {
  constexpr std::size_t kFirst = 5;  // parameters before this one are the same for all
  // The longest one is said least.
  std::ranges::sort(words, std::greater(), &std::string::size);
  // Each entry that is read counts, so whose it is is a column and no condition.
  std::string text =
      "SELECT w.pos, CASE WHEN (?3 = 0 OR EXISTS (SELECT 1 FROM mtg_meeting m WHERE m.id = w.meeting_id AND "
      "m.owner_id = ?3))";
  std::vector<std::int64_t> numbers;
  numbers.reserve(words.size());
  for (const auto& word : words) numbers.push_back(wanted_number(word));
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    text += " AND EXISTS (SELECT 1 FROM mtg_word o WHERE o.tenant_id = ?1 AND o.word = ?" + std::to_string(kFirst + i) +
            " AND o.pos = w.pos)";
  }
  text +=
      " THEN 1 ELSE 0 END FROM mtg_word w WHERE w.tenant_id = ?1 AND w.word = ?5 AND w.pos < ?2 "
      "ORDER BY w.pos DESC LIMIT ?4";
  std::vector<store::Value> values{whose.tenant_id, before, whose.owner_id.value_or(0), limit};
  values.insert(values.end(), numbers.begin(), numbers.end());
  FoundWords found;
  for (auto rows = c.query_values(text, values); rows.next(); ++found.read) {
    rows >> found.last;
    if (rows.take<std::int64_t>() != 0) found.places.push_back(found.last);
  }
  return found;
}

bool has_words(std::string_view text, const std::vector<std::string>& words) {
  const auto there = base::words_of(text, kMostWordsOfText);
  return std::ranges::all_of(words, [&](const auto& searched) {
    return std::ranges::any_of(there, [&](const auto& word) { return base::finds(searched, word); });
  });
}

}  // namespace troupe::meetings::transcripts
