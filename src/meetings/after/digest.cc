#include "meetings/after/digest.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <set>

#include "meetings/transcripts/transcript_store.h"
#include "meetings/transcripts/vault.h"
#include "store/words.h"

namespace troupe::meetings::after {
namespace {

using namespace store::words;

std::string list_text(const std::vector<std::string>& list) {
  return boost::json::serialize(boost::json::array(list.begin(), list.end()));
}

std::vector<std::string> read_list(std::string_view text) {
  std::vector<std::string> list;
  boost::system::error_code ec;
  const auto json = boost::json::parse(text, ec);
  if (ec || !json.is_array()) return list;
  for (const auto& one : json.get_array()) {
    if (one.is_string()) list.emplace_back(one.get_string());
  }
  return list;
}

std::string key_of(Connection& c, MeetingId meeting) {
  const auto volume = transcripts::transcript_store::find_volume(c, meeting);
  return volume ? volume->vault : std::string();
}

}  // namespace

hooks::Digest digest_of(const std::vector<Segment>& segments) {
  hooks::Digest digest{.segments = std::ssize(segments)};
  std::set<std::string> heard;
  std::map<std::string, std::size_t> bytes;
  for (const auto& segment : segments) {
    if (!segment.language.empty()) bytes[segment.language] += segment.text.size();
    if (segment.speaker.empty() || heard.size() >= kMostParticipants) continue;
    if (heard.insert(segment.speaker).second) digest.participants.push_back(segment.speaker);
  }
  for (const auto& [language, size] : bytes) digest.languages.push_back(language);
  std::ranges::sort(digest.languages, [&](const auto& a, const auto& b) {
    return std::pair(bytes.at(b), a) < std::pair(bytes.at(a), b);
  });
  return digest;
}

Result<Unit> put_digest(Tx& tx, MeetingId meeting, const hooks::Digest& digest) {
  std::string sealed;
  if (const auto key = key_of(tx, meeting); !key.empty()) {
    TRY(const auto vault, transcripts::Vault::of(key));
    sealed = vault.seal(list_text(digest.participants));
  }
  tx.run("DELETE FROM mtg_digest WHERE meeting_id = ?1", meeting);
  tx.run("INSERT INTO mtg_digest (meeting_id, segments, languages, sealed) VALUES (?1, ?2, ?3, ?4)", meeting,
         digest.segments, list_text(digest.languages), store::blob_or_null(sealed));
  return Unit{};
}

Result<std::optional<hooks::Digest>> find_digest(Connection& c, MeetingId meeting) {
  auto rows = c.query("SELECT segments, languages, sealed FROM mtg_digest WHERE meeting_id = ?1", meeting);
  if (!rows.next()) return std::optional<hooks::Digest>();
  hooks::Digest digest;
  std::string languages, sealed;
  rows >> digest.segments >> languages >> store::blob(sealed);
  digest.languages = read_list(languages);
  if (sealed.empty()) return std::optional(std::move(digest));
  const auto key = key_of(c, meeting);
  if (key.empty()) return std::optional<hooks::Digest>();
  TRY(const auto vault, transcripts::Vault::of(key));
  TRY(const auto names, vault.open(sealed));
  digest.participants = read_list(names);
  return std::optional(std::move(digest));
}

}  // namespace troupe::meetings::after
