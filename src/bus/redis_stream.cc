// A stream's reader: takes what is new and what others left, hands it over, acknowledges what is done with.
#include <boost/asio/co_spawn.hpp>

#include "base/log.h"
#include "base/mutex.h"
#include "bus/redis_channels.h"
#include "bus/redis_keeper.h"

namespace troupe::bus {
namespace {

using Ids = std::vector<std::string>;

std::string_view text_in(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_STRING && reply.type != REDIS_REPLY_STATUS) return {};
  return {reply.str, static_cast<std::size_t>(reply.len)};
}

/// [[id, [name, value, …]], …]. One that was deleted meanwhile comes without fields, and is done with.
std::vector<StreamEntry> entries_in(const redisReply& reply) {
  std::vector<StreamEntry> all;
  for (std::size_t i = 0; reply.type == REDIS_REPLY_ARRAY && i < reply.elements; ++i) {
    const auto& pair = *reply.element[i];
    if (pair.type != REDIS_REPLY_ARRAY || pair.elements != 2) continue;
    StreamEntry entry{.id = std::string(text_in(*pair.element[0])), .fields = {}};
    const auto& fields = *pair.element[1];
    for (std::size_t f = 0; fields.type == REDIS_REPLY_ARRAY && f + 1 < fields.elements; f += 2) {
      entry.fields.emplace_back(text_in(*fields.element[f]), text_in(*fields.element[f + 1]));
    }
    if (!entry.id.empty()) all.push_back(std::move(entry));
  }
  return all;
}

/// What is handed over, and what comes back. Outlives the reader while a Take runs.
struct Handover {
  base::Mutex mutex;
  base::Condition changed;
  std::optional<Ids> done GUARDED_BY(mutex);
  bool is_stopping GUARDED_BY(mutex) = false;
};

class StreamReader final : public RedisStream {
 public:
  StreamReader(RedisStreamOptions options, asio::any_io_executor home, Take take)
      : options_(std::move(options)),
        home_(std::move(home)),
        take_(std::move(take)),
        keeper_({.address = options_.address,
                 // An answer to a wait for news may take as long as that.
                 .patience = options_.patience + options_.block,
                 .back_off = options_.back_off,
                 .thread = "bus-stream",
                 .trouble =
                     "the stream " + options_.stream + " of Redis at " + options_.address.name() + " cannot be read"},
                [this](redisContext& context) { return serve(context); }) {}
  ~StreamReader() override { stop(); }
  std::optional<std::string> trouble() const override { return keeper_.trouble(); }

  void stop() override {
    {
      const base::Lock lock(shared_->mutex);
      shared_->is_stopping = true;
      shared_->changed.notify_all();
    }
    keeper_.stop();
  }

 private:
  /// Until something goes wrong.
  Result<Unit> serve(redisContext& context) {
    context_ = &context;
    TRY(make_group());
    keeper_.well();
    is_left_ = true;  // perhaps: what this consumer had taken before it was ended
    while (!keeper_.is_stopping()) {
      if (std::exchange(is_left_, false)) TRY(take_rest());
      if (is_left_) continue;  // nothing newer goes before it
      TRY(read(">"));
      if (is_left_) continue;
      TRY(take_over());
    }
    return Unit{};
  }

  Result<Unit> make_group() {
    const auto made = redis_command(*context_, {"XGROUP", "CREATE", options_.stream, options_.group, "0", "MKSTREAM"});
    if (!made && !made.error().detail().contains("BUSYGROUP")) return std::unexpected(made.error());
    return Unit{};
  }

  /// How many there were.
  Result<std::size_t> read(std::string_view after) {
    const auto count = std::to_string(options_.at_once), block = std::to_string(options_.block.count());
    TRY(const auto reply, redis_command(*context_, {"XREADGROUP", "GROUP", options_.group, options_.consumer, "COUNT",
                                                    count, "BLOCK", block, "STREAMS", options_.stream, after}));
    // [[stream, entries]], or nothing.
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0) return std::size_t{0};
    const auto& one = *reply->element[0];
    if (one.type != REDIS_REPLY_ARRAY || one.elements != 2) return std::size_t{0};
    auto entries = entries_in(*one.element[1]);
    const auto found = entries.size();
    if (!entries.empty()) last_ = entries.back().id;
    TRY(hand_over(std::move(entries)));
    return found;
  }

  /// From the first one on, up to one that is not done with.
  Result<Unit> take_rest() {
    last_ = "0";
    for (std::size_t found = 1; found > 0 && !is_left_ && !keeper_.is_stopping();) {
      TRY(found, read(std::string(last_)));
    }
    return Unit{};
  }

  Result<Unit> take_over() {
    const auto now = std::chrono::steady_clock::now();
    if (!claims_ || now - claimed_at_ < options_.claim_after / 2) return Unit{};
    claimed_at_ = now;
    const auto idle = std::to_string(options_.claim_after.count()), count = std::to_string(options_.at_once);
    const auto reply = redis_command(
        *context_, {"XAUTOCLAIM", options_.stream, options_.group, options_.consumer, idle, "0-0", "COUNT", count});
    if (!reply && context_->err == 0 && reply.error().detail().contains("unknown command")) {
      claims_ = false;  // older than 6.2: what another consumer left stays there
      return Unit{};
    }
    if (!reply) return std::unexpected(reply.error());
    if ((*reply)->type != REDIS_REPLY_ARRAY || (*reply)->elements < 2) return Unit{};
    return hand_over(entries_in(*(*reply)->element[1]));
  }

  Result<Unit> hand_over(std::vector<StreamEntry> entries) {
    if (entries.empty()) return Unit{};
    const auto given = entries.size();
    {
      const base::Lock lock(shared_->mutex);
      if (shared_->is_stopping) return Unit{};
      shared_->done.reset();
    }
    asio::co_spawn(home_, take_(std::move(entries)), [shared = shared_](std::exception_ptr failure, Ids ids) {
      if (failure) base::log_error("bus", "entries of a stream could not be taken");
      const base::Lock lock(shared->mutex);
      shared->done = failure ? Ids() : std::move(ids);
      shared->changed.notify_all();
    });
    Ids done;
    {
      base::Lock lock(shared_->mutex);
      const auto is_over = [&]() REQUIRES(shared_->mutex) { return shared_->done || shared_->is_stopping; };
      while (!is_over()) (void)shared_->changed.wait_for(lock, std::chrono::seconds(60), is_over);
      if (!shared_->done) return Unit{};  // they come again at the next start
      done = *std::exchange(shared_->done, std::nullopt);
    }
    if (done.size() < given) {  // something is in the way of it: they are tried again, not at once
      is_left_ = true;
      keeper_.sleep(options_.back_off);
    }
    if (done.empty()) return Unit{};
    std::vector<std::string_view> words{"XACK", options_.stream, options_.group};
    words.insert(words.end(), done.begin(), done.end());
    TRY(redis_command(*context_, words));
    return Unit{};
  }

  const RedisStreamOptions options_;
  const asio::any_io_executor home_;
  const Take take_;
  const std::shared_ptr<Handover> shared_ = std::make_shared<Handover>();
  redisContext* context_ = nullptr;  ///< while it serves
  std::string last_;
  bool claims_ = true;
  bool is_left_ = false;  ///< entries that this consumer has taken and not done with
  std::chrono::steady_clock::time_point claimed_at_{};
  RedisKeeper keeper_;  ///< the last: its thread uses the others
};

}  // namespace

std::unique_ptr<RedisStream> make_redis_stream(RedisStreamOptions options, asio::any_io_executor home,
                                               RedisStream::Take take) {
  return std::make_unique<StreamReader>(std::move(options), std::move(home), std::move(take));
}

}  // namespace troupe::bus
