#include "bus/redis_context.h"

#include <csignal>

namespace troupe::bus {
namespace {

timeval to_timeval(std::chrono::milliseconds time) {
  return {.tv_sec = time.count() / 1000, .tv_usec = time.count() % 1000 * 1000};
}

struct Words {
  explicit Words(const std::vector<std::string_view>& words) {
    for (const auto word : words) {
      texts.push_back(word.data());
      sizes.push_back(word.size());
    }
  }
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
};

}  // namespace

void redis_quiet_thread() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

Error redis_unavailable(std::string detail) {
  return Error(Errc::unavailable, "Redis cannot be reached.", std::move(detail));
}

Error redis_broken(const redisContext& context) {
  return redis_unavailable(context.errstr[0] != '\0' ? context.errstr : "the connection ended");
}

Result<Reply> redis_command(redisContext& context, const std::vector<std::string_view>& words) {
  Words given(words);
  Reply reply(static_cast<redisReply*>(
      redisCommandArgv(&context, static_cast<int>(words.size()), given.texts.data(), given.sizes.data())));
  if (!reply) return redis_broken(context);
  if (reply->type == REDIS_REPLY_ERROR) return redis_unavailable(std::string(words[0]) + ": " + reply->str);
  return reply;
}

Result<Unit> redis_append(redisContext& context, const std::vector<std::string_view>& words) {
  Words given(words);
  const auto done =
      redisAppendCommandArgv(&context, static_cast<int>(words.size()), given.texts.data(), given.sizes.data());
  if (done != REDIS_OK) return redis_broken(context);
  return Unit{};
}

Result<Context> redis_connect(const RedisAddress& address, std::chrono::milliseconds patience) {
  Context context(redisConnectWithTimeout(address.host.c_str(), address.port, to_timeval(patience)));
  if (!context) return redis_unavailable("out of memory");
  if (context->err != 0) return redis_broken(*context);
  if (redisSetTimeout(context.get(), to_timeval(patience)) != REDIS_OK) return redis_broken(*context);
  redisEnableKeepAlive(context.get());
  if (!address.user.empty()) {
    TRY(redis_command(*context, {"AUTH", address.user, address.password}));
  } else if (!address.password.empty()) {
    TRY(redis_command(*context, {"AUTH", address.password}));
  }
  if (address.database != 0) {
    TRY(redis_command(*context, {"SELECT", std::to_string(address.database)}));
  }
  return context;
}

}  // namespace troupe::bus
