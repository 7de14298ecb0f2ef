// A listener to plain channels whose names follow a pattern.
#include <poll.h>

#include "bus/redis_channels.h"
#include "bus/redis_keeper.h"

namespace troupe::bus {
namespace {

class PatternListener final : public RedisPattern {
 public:
  PatternListener(RedisPatternOptions options, Receive receive)
      : options_(std::move(options)),
        receive_(std::move(receive)),
        keeper_({.address = options_.address,
                 .patience = options_.patience,
                 .back_off = options_.back_off,
                 .thread = "bus-pattern",
                 .trouble = "the channels " + options_.pattern + " of Redis at " + options_.address.name() +
                            " cannot be heard"},
                [this](redisContext& context) { return serve(context); }) {}
  std::optional<std::string> trouble() const override { return keeper_.trouble(); }
  void stop() override { keeper_.stop(); }

 private:
  /// Until something goes wrong.
  Result<Unit> serve(redisContext& context) {
    TRY(redis_command(context, {"PSUBSCRIBE", options_.pattern}));
    keeper_.well();
    bool is_asked = false;
    while (!keeper_.is_stopping()) {
      pollfd waiting{.fd = context.fd, .events = POLLIN, .revents = 0};
      const int ready = ::poll(&waiting, 1, static_cast<int>(options_.heartbeat.count()));
      if (ready < 0 && errno == EINTR) continue;
      if (ready > 0) {
        is_asked = false;
        TRY(take_all(context));
        continue;
      }
      if (is_asked) return redis_unavailable("no sign of life");
      is_asked = true;
      TRY(redis_append(context, {"PING"}));
      for (int done = 0; done == 0;) {
        if (redisBufferWrite(&context, &done) != REDIS_OK) return redis_broken(context);
      }
    }
    return Unit{};
  }

  Result<Unit> take_all(redisContext& context) {
    return redis_take_replies(context, [this](const redisReply& reply) -> Result<Unit> {
      // pmessage, pattern, channel, bytes
      if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 4) return Unit{};
      const auto& channel = *reply.element[2];
      const auto& bytes = *reply.element[3];
      if (channel.type != REDIS_REPLY_STRING || bytes.type != REDIS_REPLY_STRING) return Unit{};
      receive_({channel.str, static_cast<std::size_t>(channel.len)}, {bytes.str, static_cast<std::size_t>(bytes.len)});
      return Unit{};
    });
  }

  const RedisPatternOptions options_;
  const Receive receive_;
  RedisKeeper keeper_;  ///< the last: its thread uses the others
};

}  // namespace

std::unique_ptr<RedisPattern> make_redis_pattern(RedisPatternOptions options, RedisPattern::Receive receive) {
  return std::make_unique<PatternListener>(std::move(options), std::move(receive));
}

}  // namespace troupe::bus
