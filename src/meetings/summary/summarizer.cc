#include "meetings/summary/summarizer.h"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <limits>
#include <map>

#include "base/async.h"
#include "meetings/summary/answer.h"
#include "meetings/summary/parts.h"
#include "meetings/summary/summary_store.h"

namespace troupe::meetings::summary {
namespace {

/// A ring may be lost on its way from another process.
constexpr std::chrono::milliseconds kLookAgain{2'000};

Error was_deleted() { return Error(Errc::not_found, "The transcript was deleted."); }

/// A part that a model finds too long is asked for in halves.
constexpr std::size_t kPartBytes = 24'000;
constexpr std::size_t kLeastPartBytes = 6'000;
constexpr std::int64_t kAllSegments = std::numeric_limits<std::int64_t>::max() / 2;

/// In which most was said; empty: nobody knows.
std::string language_of(const Meeting& meeting, const std::vector<Segment>& segments) {
  // A translation is English, whatever was said.
  if (meeting.task == SpeechTask::translate) return "en";
  std::map<std::string, std::size_t> bytes;
  for (const auto& segment : segments) {
    // Whoever hears may say anything: only a code gets into the task.
    if (is_language(segment.language)) bytes[segment.language] += segment.text.size();
  }
  const auto most = std::ranges::max_element(bytes, {}, [](const auto& one) { return one.second; });
  return most == bytes.end() ? meeting.language : most->first;
}

template <class T>
bool add_once(std::vector<T>& list, T one) {
  if (std::ranges::find(list, one) != list.end()) return true;
  if (list.size() >= kMostItems) return false;
  list.push_back(std::move(one));
  return true;
}

void add_sentence(std::string& text, std::string_view sentence) {
  if (sentence.empty() || text.find(sentence) != std::string::npos) return;
  if (!text.empty()) text += ' ';
  text += sentence;
}

}  // namespace

Task<std::optional<Summary>> Summarizer::make(Meeting meeting, std::function<bool()> wanted) {
  CO_TRY(const auto all, co_await uses_.transcripts.read(meeting.id, 0, kAllSegments));
  if (all.items.empty()) co_return std::optional<Summary>();
  auto language = language_of(meeting, all.items);
  const Asked asked{.meeting = std::move(meeting), .language = std::move(language), .wanted = std::move(wanted)};
  for (auto bytes = kPartBytes;; bytes /= 2) {
    auto made = co_await make_of(all.items, asked, bytes);
    if (!made && made.error().code() == Errc::too_large && bytes / 2 >= kLeastPartBytes) continue;
    if (!made && made.error().code() == Errc::not_found) co_return std::optional<Summary>();
    CO_TRY(auto summary, std::move(made));
    co_return std::optional(std::move(summary));
  }
}

Task<Summary> Summarizer::make_of(const std::vector<Segment>& segments, Asked asked, std::size_t part_bytes) {
  const auto parts = split(segments, part_bytes);
  Summary whole;
  boost::json::array texts;
  for (const auto& lines : parts.lines) {
    CO_TRY(auto one, co_await part(asked, minutes_request(lines, asked.language)));
    bool fits = true;
    for (auto& decision : one.decisions) fits = add_once(whole.decisions, std::move(decision)) && fits;
    for (auto& task : one.tasks) fits = add_once(whole.tasks, std::move(task)) && fits;
    if (!fits) add_sentence(whole.left_out, "There were more decisions or tasks than are kept.");
    add_sentence(whole.left_out, one.left_out);
    // All of them together are no longer than a part.
    texts.emplace_back(beginning_of(one.text, part_bytes / parts.lines.size()));
    whole.text = std::move(one.text);
  }
  if (texts.size() > 1) {
    CO_TRY(auto merged, co_await part(asked, merge_request(boost::json::serialize(texts), asked.language)));
    whole.text = std::move(merged.text);
    add_sentence(whole.left_out, merged.left_out);
  }
  add_sentence(whole.left_out, parts.left_out);
  whole.language = asked.language;
  whole.made_ms = uses_.clock.unix_ms();
  co_return whole;
}

asio::awaitable<void> Summarizer::until_deleted(MeetingId meeting) const {
  base::Notify rung(co_await asio::this_coro::executor);
  // Listen first, look second.
  const auto listening = uses_.bell.listen(meeting, rung.notifier());
  for (;;) {
    auto look = [meeting](store::Connection& c) -> Result<bool> { return has_transcript(c, meeting); };
    const auto there = co_await uses_.db.read(look);
    if (there && !*there) co_return;
    (void)co_await rung.wait(kLookAgain);
  }
}

Task<std::string> Summarizer::ask(const Asked& asked, boost::json::object request) {
  using asio::experimental::awaitable_operators::operator||;
  auto asking = uses_.model.ask({.tenant_id = asked.meeting.tenant_id,
                                 .person = asked.meeting.owner,
                                 .members = std::move(request),
                                 .wanted = asked.wanted});
  auto first = co_await (std::move(asking) || until_deleted(asked.meeting.id));
  auto* answered = std::get_if<0>(&first);
  if (answered == nullptr) co_return was_deleted();
  co_return std::move(*answered);
}

Task<Summary> Summarizer::part(const Asked& asked, boost::json::object request) {
  const auto id = asked.meeting.id;
  const auto key = boost::json::serialize(request);
  // Words that were deleted meanwhile go to nobody any more.
  auto look = [&](store::Connection& c) -> Result<std::optional<std::string>> {
    if (!has_transcript(c, id)) return was_deleted();
    return find_part(c, id, key);
  };
  CO_TRY(const auto known, co_await uses_.db.read(look));
  if (known) co_return from_text(*known);
  auto came = co_await ask(asked, request);
  if (!came && came.error().code() == Errc::not_found) co_return std::unexpected(std::move(came).error());
  auto read = came ? read_answer(*came) : Result<Summary>(std::unexpected(came.error()));
  if (!read && read.error().code() == Errc::bad_json) {
    CO_TRY(co_await uses_.db.read(look));
    CO_TRY(const auto again, co_await ask(asked, repair_request(request, came.value_or(""), read.error())));
    read = read_answer(again);
  }
  if (!read && read.error().code() == Errc::bad_json) {
    co_return Error(Errc::bad_json, "The model's answer cannot be read: " + read.error().message());
  }
  CO_TRY(auto summary, std::move(read));
  auto write = [&](store::Tx& tx) { return put_part(tx, id, key, to_text(summary)); };
  CO_TRY(co_await uses_.db.write(write));
  co_return summary;
}

}  // namespace troupe::meetings::summary
