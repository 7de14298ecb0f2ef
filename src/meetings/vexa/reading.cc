#include "meetings/vexa/reading.h"

#include <algorithm>

#include "meetings/after/digest.h"
#include "meetings/vexa/user_store.h"

namespace troupe::meetings::vexa {
namespace {

constexpr std::int64_t kMostInCall = 100;
constexpr std::int64_t kMostRunning = 2'000;

/// Whose names cannot be opened has none.
std::optional<hooks::Digest> digest_of(store::Connection& c, const Meeting& meeting) {
  if (!meeting.ended_ms || meeting.transcript_erased_ms) return std::nullopt;
  return after::find_digest(c, meeting.id).value_or(std::nullopt);
}

Shown shown_of(store::Connection& c, records::Kept kept) {
  const auto id = kept.meeting.id;
  auto digest = digest_of(c, kept.meeting);
  return {.meeting = std::move(kept.meeting),
          .attempt = std::move(kept.attempt),
          .steps = records::transitions_of(c, id),
          .note = note_of(c, id),
          .digest = std::move(digest)};
}

}  // namespace

Task<Shown> Reading::by_id(records::Whose whose, MeetingId id, std::string missing) {
  auto look = [&](store::Connection& c) -> Result<Shown> {
    auto kept = records::find_meeting(c, whose, id);
    if (!kept) return Error(Errc::not_found, missing);
    return shown_of(c, *std::move(kept));
  };
  co_return co_await db_.read(look);
}

Task<Shown> Reading::in_call(records::Whose whose, Call call, std::optional<MeetingId> id, std::string missing) {
  auto look = [&](store::Connection& c) -> Result<Shown> {
    const auto found = records::meetings_in_call(c, whose, call.platform, call.native_id, id ? kMostInCall : 1);
    const auto meant =
        id ? std::ranges::find(found, *id, [](const Meeting& meeting) { return meeting.id; }) : found.begin();
    auto kept = meant == found.end() ? std::nullopt : records::find_meeting(c, whose, meant->id);
    if (!kept) return Error(Errc::not_found, missing);
    return shown_of(c, *std::move(kept));
  };
  co_return co_await db_.read(look);
}

Task<std::vector<Meeting>> Reading::all_in_call(records::Whose whose, Call call) {
  auto look = [&](store::Connection& c) -> Result<std::vector<Meeting>> {
    return records::meetings_in_call(c, whose, call.platform, call.native_id, kMostInCall);
  };
  co_return co_await db_.read(look);
}

Task<Reading::Page> Reading::list(records::Whose whose, records::Wanted wanted) {
  auto look = [&](store::Connection& c) -> Result<Page> {
    auto found = records::list_meetings(c, whose, wanted);
    Page page{.items = {}, .total = found.total};
    if (found.items.empty()) return page;
    const records::IdRange range{.first = found.items.back().id, .last = found.items.front().id};
    std::map<MeetingId, Attempt> attempts;
    for (auto& attempt : records::present_attempts(c, whose, range)) {
      const auto id = attempt.meeting;
      attempts.emplace(id, std::move(attempt));
    }
    std::map<MeetingId, std::vector<Transition>> steps;
    for (auto& step : records::transitions_of(c, whose, range)) steps[step.meeting].push_back(std::move(step));
    auto notes = notes_of(c, range.first, range.last);
    for (auto& meeting : found.items) {
      Shown shown{.steps = std::move(steps[meeting.id]), .note = std::move(notes[meeting.id])};
      if (const auto attempt = attempts.find(meeting.id); attempt != attempts.end()) shown.attempt = attempt->second;
      shown.digest = digest_of(c, meeting);
      shown.meeting = std::move(meeting);
      page.items.push_back(std::move(shown));
    }
    return page;
  };
  co_return co_await db_.read(look);
}

Task<std::vector<Shown>> Reading::running(records::Whose whose) {
  auto look = [&](store::Connection& c) -> Result<std::vector<Shown>> {
    std::vector<Shown> found;
    for (auto& kept : records::with_containers(c, whose, kMostRunning)) {
      found.push_back({.meeting = std::move(kept.meeting), .attempt = std::move(kept.attempt)});
    }
    return found;
  };
  co_return co_await db_.read(look);
}

}  // namespace troupe::meetings::vexa
