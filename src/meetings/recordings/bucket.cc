#include "meetings/recordings/bucket.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <charconv>

namespace troupe::meetings::recordings {
namespace {

constexpr std::chrono::seconds kAnswersAgain{20};
constexpr std::string_view kAll = "recordings/";
/// Most of the time of one is the way to the bucket and back.
constexpr std::size_t kRemovedAtOnce = 8;

std::string folder_of(RecordingId recording) { return fmt::format("{}{}/", kAll, recording); }

/// What the service said is for the log.
Error does_not_answer(const Error& error) {
  return Error(Errc::unavailable, "The recording cannot be reached now: its bucket does not answer.",
               error.detail().empty() ? error.message() : error.detail())
      .with_retry_after(kAnswersAgain);
}

std::optional<RecordingId> recording_in(std::string_view name) {
  if (!name.starts_with(kAll)) return std::nullopt;
  const auto rest = name.substr(kAll.size());
  RecordingId id = 0;
  const auto [last, wrong] = std::from_chars(rest.data(), rest.data() + rest.size(), id);
  if (wrong != std::errc() || last == rest.data() + rest.size() || *last != '/') return std::nullopt;
  return id;
}

}  // namespace

Task<Unit> ChunkBucket::put(RecordingId recording, std::string file, std::string sealed) {
  const auto stored = co_await objects_.put(folder_of(recording) + file, std::move(sealed));
  answers_ = stored.has_value();
  if (!stored) co_return does_not_answer(stored.error());
  co_return Unit{};
}

Task<std::string> ChunkBucket::read(Recording recording, RecordingChunk chunk) {
  auto sealed = co_await objects_.get(folder_of(recording.id) + chunk.file, ChunkFiles::kMostSealedBytes);
  if (!sealed && sealed.error().code() == Errc::not_found) {
    co_return Error(Errc::unavailable, "A piece of the recording is not in the bucket any more.");
  }
  if (!sealed) co_return does_not_answer(sealed.error());
  co_return ChunkFiles::opened(recording, chunk, *sealed);
}

Task<std::vector<std::string>> ChunkBucket::names(std::string begin) {
  std::vector<std::string> found;
  for (std::string from;;) {
    auto page = co_await objects_.list(begin, from);
    answers_ = page.has_value();
    if (!page) co_return does_not_answer(page.error());
    std::ranges::move(page->names, std::back_inserter(found));
    if (page->next.empty() || page->next == from) co_return found;
    from = std::move(page->next);
  }
}

Task<std::set<std::string>> ChunkBucket::files_of(RecordingId recording) {
  const auto folder = folder_of(recording);
  CO_TRY(const auto found, co_await names(folder));
  std::set<std::string> files;
  for (const auto& name : found) files.insert(name.substr(folder.size()));
  co_return files;
}

Task<Unit> ChunkBucket::remove_all(RecordingId recording) {
  CO_TRY(const auto found, co_await names(folder_of(recording)));
  for (std::size_t from = 0; from < found.size(); from += kRemovedAtOnce) {
    const auto count = std::min(kRemovedAtOnce, found.size() - from);
    CO_TRY(co_await remove(std::span(found).subspan(from, count)));
  }
  co_return Unit{};
}

Task<Unit> ChunkBucket::remove(std::span<const std::string> names) {
  using asio::experimental::awaitable_operators::operator&&;
  if (names.size() == 1) {
    const auto removed = co_await objects_.remove(names.front());
    if (!removed) co_return does_not_answer(removed.error());
    co_return Unit{};
  }
  const auto half = names.size() / 2;
  auto [first, second] = co_await (remove(names.first(half)) && remove(names.subspan(half)));
  CO_TRY(std::move(first));
  co_return std::move(second);
}

Task<std::set<RecordingId>> ChunkBucket::recordings(std::size_t most) {
  std::set<RecordingId> found;
  for (std::string from; found.size() < most;) {
    auto page = co_await objects_.list(std::string(kAll), from);
    if (!page) co_return does_not_answer(page.error());
    for (const auto& name : page->names) {
      if (const auto id = recording_in(name)) found.insert(*id);
    }
    if (page->next.empty() || page->next == from) break;
    from = std::move(page->next);
  }
  co_return found;
}

}  // namespace troupe::meetings::recordings
