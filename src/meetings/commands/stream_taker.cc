#include "meetings/commands/stream_taker.h"

#include "base/log.h"

namespace troupe::meetings::commands {
namespace {

constexpr std::size_t kMostBroken = 1'000;

std::size_t size_of(const Fields& fields) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : fields) bytes += name.size() + value.size();
  return bytes;
}

/// The database is away: that says nothing about the entry.
bool is_absence(const Error& error) { return error.code() == Errc::unavailable || error.code() == Errc::timed_out; }

}  // namespace

Task<Unit> StreamTaker::take_one(const bus::StreamEntry& entry, std::string& whose) {
  if (size_of(entry.fields) > kMostEntryBytes) co_return Error(Errc::too_large, "it is longer than an entry may be");
  CO_TRY(auto heard, read_(entry.fields));
  whose = heard.token.empty() ? std::to_string(heard.meeting) : heard.token;
  try {
    co_return co_await store_(std::move(heard));
  } catch (const std::exception& thrown) {
    co_return Error(Errc::internal, "it could not be taken", thrown.what());
  }
}

bool StreamTaker::is_done_with(const std::string& id, const std::string& whose, const Error& error) {
  if (is_absence(error)) return false;
  if (error.code() == Errc::internal && !broken_.contains(whose)) {
    tries_ = failing_ == id ? tries_ + 1 : 1;
    failing_ = id;
    if (tries_ < kMostTries) return false;
    if (broken_.size() >= kMostBroken) broken_.erase(broken_.begin());
    broken_.insert(whose);
    base::log_warning("meetings", "A meeting's entries of a stream cannot be stored; they are dropped.",
                      {{"id", id}, {"why", error.message()}, {"detail", error.detail()}});
  }
  dropped_.add();
  base::log_debug("meetings", "A stream entry is dropped.", {{"id", id}, {"why", error.message()}});
  return true;
}

asio::awaitable<std::vector<std::string>> StreamTaker::take(std::vector<bus::StreamEntry> entries) {
  std::vector<std::string> done;
  for (auto& entry : entries) {
    std::string whose;
    const auto taken = co_await take_one(entry, whose);
    // The rest comes after it, then.
    if (!taken && !is_done_with(entry.id, whose, taken.error())) break;
    if (taken) broken_.erase(whose);
    done.push_back(std::move(entry.id));
  }
  co_return done;
}

}  // namespace troupe::meetings::commands
