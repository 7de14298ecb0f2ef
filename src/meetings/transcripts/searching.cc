// Transcripts: finding words.
#include <limits>
#include <map>

#include "base/words.h"
#include "meetings/transcripts/intake.h"
#include "meetings/transcripts/transcripts.h"
#include "meetings/transcripts/vault_of.h"
#include "meetings/transcripts/word_index.h"

namespace troupe::meetings::transcripts {
namespace {

namespace rows = transcript_store;

constexpr std::size_t kMostQueryBytes = 1'024;
constexpr std::size_t kMostQueryWords = 10;
constexpr std::int64_t kMostPage = 100;
constexpr std::int64_t kChunk = 1'000;
/// Entries of the index that one search reads, and segments that it looks at: what lies further back is not found by
/// common words.
constexpr std::int64_t kMostRead = 50'000;
constexpr std::int64_t kMostLookedAt = 4'000;

/// One search, inside one transaction.
class Search {
 public:
  Search(store::Connection& c, const records::Whose& whose, std::vector<std::string> words)
      : c_(c), whose_(whose), words_(std::move(words)) {}

  Result<FoundPage> page(std::int64_t from, std::int64_t limit) {
    FoundPage page;
    StreamPos before = std::numeric_limits<StreamPos>::max();
    std::int64_t looked = 0;
    for (std::int64_t read = 0; read < kMostRead; read += kChunk) {
      const auto entries = find_words(c_, whose_, words_, before, kChunk);
      for (const auto pos : entries.places) {
        if (++looked > kMostLookedAt) return page;
        TRY(auto found, look(pos));
        if (!found || from-- > 0) continue;
        if (std::ssize(page.items) == limit) {
          page.has_more = true;
          return page;
        }
        page.items.push_back(*std::move(found));
      }
      if (entries.read < kChunk) break;
      before = entries.last;
    }
    return page;
  }

 private:
  struct Known {
    std::optional<Meeting> meeting{};
    std::optional<Vault> vault{};
  };

  Result<const Known*> known(MeetingId id) {
    auto [found, is_new] = known_.try_emplace(id);
    if (is_new) {
      if (auto kept = records::find_meeting(c_, whose_, id)) found->second.meeting = std::move(kept->meeting);
      TRY(found->second.vault, vault_of(c_, id));
    }
    return &found->second;
  }

  /// Nothing: it is erased, retracted, or does not have the words after all.
  Result<std::optional<Found>> look(StreamPos pos) {
    auto row = rows::find_row_at(c_, pos);
    if (!row || row->segment.retracted) return std::optional<Found>();
    TRY(const auto* const of, known(row->segment.meeting));
    if (!of->meeting || !of->vault) return std::optional<Found>();
    TRY(unseal(*of->vault, *row));
    if (!has_words(row->segment.text, words_)) return std::optional<Found>();
    return std::optional(Found{.segment = std::move(row->segment), .meeting = *of->meeting});
  }

  store::Connection& c_;
  const records::Whose& whose_;
  const std::vector<std::string> words_;
  std::map<MeetingId, Known> known_;
};

}  // namespace

Task<FoundPage> Transcripts::search(records::Whose whose, std::string query, std::int64_t from, std::int64_t limit) {
  if (query.size() > kMostQueryBytes || !base::is_utf8(query)) {
    co_return Error(Errc::invalid_param, "q is UTF-8 of at most 1024 bytes.");
  }
  const auto words = base::words_of(query, kMostQueryWords);
  if (words.empty()) co_return Error(Errc::invalid_param, "q has no word to search for.");
  auto look = [&](store::Connection& c) -> Result<FoundPage> {
    return Search(c, whose, words).page(std::max<std::int64_t>(from, 0), std::clamp<std::int64_t>(limit, 1, kMostPage));
  };
  co_return co_await uses_.db.read(look);
}

}  // namespace troupe::meetings::transcripts
