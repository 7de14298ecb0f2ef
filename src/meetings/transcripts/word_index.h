// Finds segments by their words. The functions run inside the caller's transaction and throw store::SqlError.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "meetings/records/meeting_store.h"
#include "store/database.h"

namespace troupe::meetings::transcripts {

/// The index holds numbers made of words and of their beginnings, never the words; they have no key, so whoever has the
/// database can try words. It may hold too much: what it finds is looked at again (has_words). The same SQL on both
/// databases.
struct Indexed {
  std::int64_t tenant_id = 0;
  MeetingId meeting = 0;
  StreamPos pos = 0;
};

/// Nothing changes where it is there already.
void index_words(store::Tx& tx, const Indexed& where, std::string_view text);
void forget_words(store::Tx& tx, MeetingId meeting, StreamPos pos);
struct FoundWords {
  std::vector<StreamPos> places{};  ///< newest first
  std::int64_t read = 0;            ///< entries, whosever they are; fewer than `limit`: there are no more
  StreamPos last = 0;               ///< the last one's position, where there were any
};
/// Positions that may have all these words (of base::words_of, at least one), among the newest `limit` entries before
/// this position that the tenant's index has for the longest of them.
FoundWords find_words(store::Connection& c, const records::Whose& whose, std::vector<std::string> words,
                      StreamPos before, std::int64_t limit);
/// Whether the text has them all: the same word, or one that begins so (base::finds).
bool has_words(std::string_view text, const std::vector<std::string>& words);

}  // namespace troupe::meetings::transcripts
