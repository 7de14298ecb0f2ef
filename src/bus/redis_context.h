// One connection to a Redis server over hiredis, signed in. Only files of this folder that talk to Redis include it.
#pragma once
#include <hiredis/hiredis.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bus/redis_address.h"

namespace troupe::bus {

struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
using Context = std::unique_ptr<redisContext, FreeContext>;

struct FreeReply {
  void operator()(void* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

/// What Redis or the system said; never the password.
Error redis_unavailable(std::string detail);
Error redis_broken(const redisContext& context);

/// hiredis writes to sockets that may be closed: this thread does not die of it (SIGPIPE).
void redis_quiet_thread();
/// Connects and signs in; blocks for up to `patience` a step. Error: unavailable.
Result<Context> redis_connect(const RedisAddress& address, std::chrono::milliseconds patience);
/// One command whose answer is awaited; an error answer is an Error.
Result<Reply> redis_command(redisContext& context, const std::vector<std::string_view>& words);
/// Puts a command into what is to be sent. Error: unavailable.
Result<Unit> redis_append(redisContext& context, const std::vector<std::string_view>& words);

/// Takes what the socket has; gives each complete reply to `take`, a Result<Unit>(const redisReply&).
template <class Take>
Result<Unit> redis_take_replies(redisContext& context, Take take) {
  if (redisBufferRead(&context) != REDIS_OK) return redis_broken(context);
  for (;;) {
    void* raw = nullptr;
    if (redisGetReplyFromReader(&context, &raw) != REDIS_OK) return redis_broken(context);
    const Reply reply(static_cast<redisReply*>(raw));
    if (!reply) return Unit{};
    TRY(take(*reply));
  }
}

}  // namespace troupe::bus
