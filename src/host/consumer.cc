#include "host/consumer.h"

#include <algorithm>

#include "base/log.h"
#include "host/cursor_store.h"

namespace troupe::host {

Consumer::Consumer(asio::any_io_executor home, store::Database& db, bus::Bus& bus, base::StopSource& stop,
                   ConsumerWork& work, ConsumerOptions options)
    : db_(db), bus_(bus), stop_(stop), work_(work), options_(std::move(options)), wakeup_(std::move(home)) {}

Task<StreamPos> Consumer::open(StreamPos first) {
  auto find = [&](store::Connection& c) -> Result<std::optional<StreamPos>> { return find_cursor(c, options_.name); };
  CO_TRY(auto kept, co_await db_.read(find));
  if (!kept) {
    CO_TRY(co_await store(first, false));
    kept = first;
  }
  cursor_ = stored_ = *kept;
  co_return cursor_;
}

asio::awaitable<void> Consumer::run() {
  // Listen first, look second.
  auto listening = bus_.on_ring(options_.topic, [notify = wakeup_.notifier()](StreamPos) { notify(); });
  auto pause = options_.first_retry;
  while (!stop_.stop_requested()) {
    auto more = co_await step();
    if (died_) co_return;
    if (!more) {
      if (!failing_since_) failing_since_ = std::chrono::steady_clock::now();
      base::log_warning(
          "host", "A reader of the stream cannot go on; trying again.",
          {{"reader", options_.name}, {"reason", more.error().message()}, {"detail", more.error().detail()}});
      if (!co_await stop_.sleep(pause)) break;
      pause = std::min(pause * 2, options_.longest_retry);
      continue;
    }
    failing_since_.reset();
    pause = options_.first_retry;
    if (!*more && !stop_.stop_requested()) (void)co_await wakeup_.wait(options_.look_anyway);
  }
  listening.reset();
  if (cursor_ == stored_ || (options_.probe && !options_.probe(ConsumerStep::ending))) co_return;
  if (auto kept = co_await store(cursor_, false); !kept) {
    base::log_warning("host", "The position of a reader of the stream could not be kept.",
                      {{"reader", options_.name}, {"reason", kept.error().message()}});
  }
}

Task<bool> Consumer::step() {
  if (!looked_) {
    CO_TRY(looked_, co_await look());
    looked_->cursor = std::max(looked_->cursor, cursor_);
    if (!passes(ConsumerStep::looked)) co_return false;
  }
  if (looked_->to_record || looked_->cursor - stored_ >= options_.store_every) {
    CO_TRY(co_await store(looked_->cursor, looked_->to_record));
  }
  cursor_ = looked_->cursor;
  const bool more = looked_->more;
  looked_.reset();
  if (!passes(ConsumerStep::recorded)) co_return false;
  co_await work_.recorded();
  co_return more;
}

Task<Look> Consumer::look() {
  std::string what;
  try {
    co_return co_await work_.look(cursor_);
  } catch (const std::exception& error) {
    what = error.what();
  }
  co_return Error(Errc::internal, "Reading on threw.", what);
}

Task<Unit> Consumer::store(StreamPos cursor, bool with_record) {
  auto record = [&](store::Tx& tx) -> Result<Unit> {
    TRY(work_.admit(tx));
    if (with_record) {
      TRY(work_.record(tx));
    }
    advance_cursor(tx, options_.name, cursor);
    return Unit{};
  };
  CO_TRY(co_await db_.write(record));
  stored_ = cursor;
  co_return Unit{};
}

bool Consumer::passes(ConsumerStep step) {
  if (stop_.stop_requested()) return false;
  died_ = options_.probe && !options_.probe(step);
  return !died_;
}

}  // namespace troupe::host
