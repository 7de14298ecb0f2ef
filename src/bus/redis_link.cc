#include "bus/redis_link.h"

#include <hiredis/hiredis.h>
#include <poll.h>

#include <array>
#include <vector>

namespace troupe::bus {
namespace {

struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
using Context = std::unique_ptr<redisContext, FreeContext>;

struct FreeReply {
  void operator()(void* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

Error unavailable(std::string detail) {
  return Error(Errc::unavailable, "Redis cannot be reached.", std::move(detail));
}

Error broken(const redisContext& context) {
  return unavailable(context.errstr[0] != '\0' ? context.errstr : "the connection ended");
}

timeval to_timeval(std::chrono::milliseconds time) {
  return {.tv_sec = time.count() / 1000, .tv_usec = time.count() % 1000 * 1000};
}

/// One command whose answer is awaited; an error answer is an Error.
Result<Reply> command(redisContext& context, std::vector<std::string_view> words) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const auto word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  Reply reply(
      static_cast<redisReply*>(redisCommandArgv(&context, static_cast<int>(words.size()), texts.data(), sizes.data())));
  if (!reply) return broken(context);
  if (reply->type == REDIS_REPLY_ERROR) return unavailable(std::string(words[0]) + ": " + reply->str);
  return reply;
}

Result<Context> connect(const RedisAddress& address, std::chrono::milliseconds patience) {
  Context context(redisConnectWithTimeout(address.host.c_str(), address.port, to_timeval(patience)));
  if (!context) return unavailable("out of memory");
  if (context->err != 0) return broken(*context);
  if (redisSetTimeout(context.get(), to_timeval(patience)) != REDIS_OK) return broken(*context);
  redisEnableKeepAlive(context.get());
  if (!address.user.empty()) {
    TRY(command(*context, {"AUTH", address.user, address.password}));
  } else if (!address.password.empty()) {
    TRY(command(*context, {"AUTH", address.password}));
  }
  if (address.database != 0) {
    TRY(command(*context, {"SELECT", std::to_string(address.database)}));
  }
  return context;
}

}  // namespace

struct RedisLink::Impl {
  /// Takes what the socket has; gives each complete reply to `take`.
  template <class Take>
  static Result<Unit> read(redisContext& context, Take take) {
    if (redisBufferRead(&context) != REDIS_OK) return broken(context);
    for (;;) {
      void* raw = nullptr;
      if (redisGetReplyFromReader(&context, &raw) != REDIS_OK) return broken(context);
      const Reply reply(static_cast<redisReply*>(raw));
      if (!reply) return Unit{};
      TRY(take(*reply));
    }
  }

  std::string channel;
  Context listening;
  Context publishing;
};

RedisLink::RedisLink(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RedisLink::~RedisLink() = default;

Result<std::unique_ptr<RedisLink>> RedisLink::open(const RedisAddress& address, const std::string& channel,
                                                   std::chrono::milliseconds patience) {
  auto impl = std::make_unique<Impl>();
  impl->channel = channel;
  TRY(impl->publishing, connect(address, patience));
  TRY(impl->listening, connect(address, patience));
  TRY(command(*impl->listening, {"SUBSCRIBE", channel}));
  return std::unique_ptr<RedisLink>(new RedisLink(std::move(impl)));
}

Result<Unit> RedisLink::publish(const std::deque<std::string>& messages) {
  if (messages.empty()) return Unit{};
  auto& context = *impl_->publishing;
  for (const auto& message : messages) {
    std::array<const char*, 3> words{"PUBLISH", impl_->channel.data(), message.data()};
    std::array<std::size_t, 3> sizes{7, impl_->channel.size(), message.size()};
    if (redisAppendCommandArgv(&context, 3, words.data(), sizes.data()) != REDIS_OK) return broken(context);
  }
  for (int done = 0; done == 0;)
    if (redisBufferWrite(&context, &done) != REDIS_OK) return broken(context);
  return Unit{};
}

Result<Unit> RedisLink::listen(int wake_fd, std::chrono::milliseconds longest,
                               const std::function<void(std::string_view)>& receive) {
  std::array<pollfd, 3> waiting{pollfd{.fd = impl_->listening->fd, .events = POLLIN, .revents = 0},
                                pollfd{.fd = impl_->publishing->fd, .events = POLLIN, .revents = 0},
                                pollfd{.fd = wake_fd, .events = POLLIN, .revents = 0}};
  const int ready = ::poll(waiting.data(), waiting.size(), static_cast<int>(longest.count()));
  if (ready < 0 && errno != EINTR) return unavailable("poll failed");
  if (ready <= 0) return Unit{};
  if (waiting[0].revents != 0) {
    auto take = [&](const redisReply& reply) -> Result<Unit> {
      if (reply.type == REDIS_REPLY_ERROR) return unavailable(reply.str);
      if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 3) return Unit{};
      const auto& kind = *reply.element[0];
      const auto& bytes = *reply.element[2];
      if (kind.type != REDIS_REPLY_STRING || bytes.type != REDIS_REPLY_STRING) return Unit{};
      if (std::string_view(kind.str, static_cast<std::size_t>(kind.len)) == "message") {
        receive(std::string_view(bytes.str, static_cast<std::size_t>(bytes.len)));
      }
      return Unit{};
    };
    TRY([[maybe_unused]] Unit heard, Impl::read(*impl_->listening, take));
  }
  if (waiting[1].revents != 0) {  // how many heard each message: only errors matter
    auto take = [](const redisReply& reply) -> Result<Unit> {
      if (reply.type == REDIS_REPLY_ERROR) return unavailable(reply.str);
      return Unit{};
    };
    TRY(Impl::read(*impl_->publishing, take));
  }
  return Unit{};
}

}  // namespace troupe::bus
