#include "bus/redis_link.h"

#include <poll.h>

#include <array>

#include "bus/redis_context.h"

namespace troupe::bus {

struct RedisLink::Impl {
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
  TRY(impl->publishing, redis_connect(address, patience));
  TRY(impl->listening, redis_connect(address, patience));
  TRY(redis_command(*impl->listening, {"SUBSCRIBE", channel}));
  return std::unique_ptr<RedisLink>(new RedisLink(std::move(impl)));
}

Result<Unit> RedisLink::publish(const std::deque<std::string>& messages) {
  if (messages.empty()) return Unit{};
  auto& context = *impl_->publishing;
  for (const auto& message : messages) {
    std::array<const char*, 3> words{"PUBLISH", impl_->channel.data(), message.data()};
    std::array<std::size_t, 3> sizes{7, impl_->channel.size(), message.size()};
    if (redisAppendCommandArgv(&context, 3, words.data(), sizes.data()) != REDIS_OK) return redis_broken(context);
  }
  for (int done = 0; done == 0;)
    if (redisBufferWrite(&context, &done) != REDIS_OK) return redis_broken(context);
  return Unit{};
}

Result<Unit> RedisLink::listen(int wake_fd, std::chrono::milliseconds longest,
                               const std::function<void(std::string_view)>& receive) {
  std::array<pollfd, 3> waiting{pollfd{.fd = impl_->listening->fd, .events = POLLIN, .revents = 0},
                                pollfd{.fd = impl_->publishing->fd, .events = POLLIN, .revents = 0},
                                pollfd{.fd = wake_fd, .events = POLLIN, .revents = 0}};
  const int ready = ::poll(waiting.data(), waiting.size(), static_cast<int>(longest.count()));
  if (ready < 0 && errno != EINTR) return redis_unavailable("poll failed");
  if (ready <= 0) return Unit{};
  if (waiting[0].revents != 0) {
    auto take = [&](const redisReply& reply) -> Result<Unit> {
      if (reply.type == REDIS_REPLY_ERROR) return redis_unavailable(reply.str);
      if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 3) return Unit{};
      const auto& kind = *reply.element[0];
      const auto& bytes = *reply.element[2];
      if (kind.type != REDIS_REPLY_STRING || bytes.type != REDIS_REPLY_STRING) return Unit{};
      if (std::string_view(kind.str, static_cast<std::size_t>(kind.len)) == "message") {
        receive(std::string_view(bytes.str, static_cast<std::size_t>(bytes.len)));
      }
      return Unit{};
    };
    TRY(redis_take_replies(*impl_->listening, take));
  }
  if (waiting[1].revents != 0) {  // how many heard each message: only errors matter
    auto take = [](const redisReply& reply) -> Result<Unit> {
      if (reply.type == REDIS_REPLY_ERROR) return redis_unavailable(reply.str);
      return Unit{};
    };
    TRY(redis_take_replies(*impl_->publishing, take));
  }
  return Unit{};
}

}  // namespace troupe::bus
