// Finds segments by their words. The functions run inside the caller's transaction and throw store::SqlError.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "meetings/records/meeting_store.h"
#include "store/database.h"

namespace troupe::meetings::transcripts {

/// The index holds numbers made of words and of their beginnings, never the words, and may hold too much: what it finds
/// is looked at again (has_words). The same SQL on both databases.
struct Indexed {
  std::int64_t tenant_id = 0;
  MeetingId meeting = 0;
  StreamPos pos = 0;
};

/// Nothing changes where it is there already.
void index_words(store::Tx& tx, const Indexed& where, std::string_view text);
void forget_words(store::Tx& tx, MeetingId meeting, StreamPos pos);
/// Positions before this one that may have all these words (of base::words_of, at least one), newest first.
std::vector<StreamPos> find_words(store::Connection& c, const records::Whose& whose,
                                  const std::vector<std::string>& words, StreamPos before, std::int64_t limit);
/// Whether the text has them all: the same word, or one that begins so (base::finds).
bool has_words(std::string_view text, const std::vector<std::string>& words);

}  // namespace troupe::meetings::transcripts
