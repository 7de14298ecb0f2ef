#include "meetings/vexa_live/socket.h"

#include "base/log.h"
#include "host/module.h"
#include "meetings/records/chat_line.h"
#include "meetings/transcripts/tidy.h"
#include "net/websocket/websocket_frame.h"

namespace troupe::meetings::vexa_live {
namespace {

namespace close_code = net::websocket::close_code;

/// The authenticator could not be asked: that is no wrong key, and no reason to go on for long either.
bool is_refusal(const Error& error) {
  const auto code = error.code();
  return code == Errc::unknown_token || code == Errc::missing_token || code == Errc::forbidden ||
         code == Errc::limit_exceeded || code == Errc::invalid_param;
}

bool may_be_shown(const Segment& segment) {
  return !segment.retracted && !segment.text.empty() && !transcripts::is_noise(segment.text);
}

}  // namespace

Socket::Socket(Live& live, net::http::WebSocket& peer, asio::any_io_executor executor, Opened opened)
    : live_(live), peer_(peer), opened_(std::move(opened)), wakeup_(std::move(executor)) {}

Socket::~Socket() {
  if (entered_) live_.leave(who_);
}

Task<Unit> Socket::check_key() {
  net::http::Request request;
  request.method = "GET";
  request.remote_address = opened_.address;
  request.headers.add("X-API-Key", opened_.key);
  CO_TRY(const auto caller, co_await live_.uses_.keys.admit(request));
  if (!caller) co_return Error(Errc::unknown_token, "There is no such key.");
  const std::pair who(caller->tenant_id, caller->principal_id);
  if (entered_ && who != who_) co_return Error(Errc::unknown_token, "The key is somebody else's now.");
  who_ = who;
  co_return Unit{};
}

asio::awaitable<bool> Socket::begin() {
  const auto refuse = [this](std::string_view code, std::uint16_t closes) -> asio::awaitable<bool> {
    (void)co_await peer_.send({.text = true, .bytes = error_frame(code)});
    (void)co_await peer_.close(closes, std::string(code));
    co_return false;
  };
  if (opened_.key.empty()) co_return co_await refuse("missing_api_key", kUnauthorized);
  if (const auto good = co_await check_key(); !good) {
    if (is_refusal(good.error())) co_return co_await refuse("invalid_api_key", kUnauthorized);
    co_return co_await refuse("authorization_service_error", close_code::kTryAgainLater);
  }
  entered_ = live_.enter(who_);
  if (!entered_) co_return co_await refuse("too_many_connections", close_code::kTryAgainLater);
  *newest_seen_ = live_.uses_.db.head();
  auto& bus = live_.uses_.bus;
  listening_.push_back(bus.on_ring(bus::Topic::users, [flag = recheck_, wake = wakeup_.notifier()](StreamPos) {
    *flag = true;
    wake();
  }));
  listening_.push_back(bus.subscribe(std::string(host::kDrainingChannel),
                                     [flag = draining_, wake = wakeup_.notifier()](std::string_view) {
                                       *flag = true;
                                       wake();
                                     }));
  listening_.push_back(
      live_.uses_.bell.listen_to_all([seen = newest_seen_, flag = newer_, wake = wakeup_.notifier()](MeetingId id) {
        auto before = seen->load();
        while (id > before) {
          if (!seen->compare_exchange_weak(before, id)) continue;
          *flag = true;
          wake();
        }
      }));
  co_return true;
}

asio::awaitable<void> Socket::read() {
  while (!over_) {
    auto message = co_await peer_.receive();
    if (!message) break;
    if (!message->text) {
      say(error_frame("invalid_json"));
      continue;
    }
    co_await obey(message->bytes);
  }
  over_ = true;
  wakeup_.notify();
}

asio::awaitable<void> Socket::obey(const std::string& text) {
  auto command = read_command(text);
  if (!command) {
    say(error_frame(command.error().message()));
  } else if (command->kind == Command::Kind::ping) {
    say(pong_frame());
  } else if (command->kind == Command::Kind::unsubscribe) {
    if (!command->problems.empty()) say(error_frame("invalid_unsubscribe_payload", command->problems));
    unsubscribe(*command);
  } else {
    co_await subscribe(*std::move(command));
  }
}

Task<std::optional<Meeting>> Socket::newest(CallName call) {
  auto look = [&](store::Connection& c) -> Result<std::optional<Meeting>> {
    auto found = records::meetings_in_call(c, {.tenant_id = who_.first, .owner_id = who_.second}, call.platform,
                                           call.native_id, 1);
    return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
  };
  co_return co_await live_.uses_.db.read(look);
}

void Socket::Chats::add(One one) {
  const base::Lock lock(mutex);
  if (waiting.size() >= kMostChats) {
    waiting.pop_front();
    base::log_debug("meetings", "A reader is too slow for a call's chat.", {{"meeting", one.id}});
  }
  waiting.push_back(std::move(one));
}

std::deque<Socket::Chats::One> Socket::Chats::take() {
  const base::Lock lock(mutex);
  return std::exchange(waiting, {});
}

void Socket::follow(const CallName& call, Followed& followed, MeetingId id) {
  followed.id = id;
  followed.rang = std::make_shared<std::atomic<bool>>(true);
  followed.listening = live_.uses_.bell.listen(id, [rang = followed.rang, wake = wakeup_.notifier()] {
    *rang = true;
    wake();
  });
  followed.chatting = records::ChatLine(live_.uses_.bus)
                          .listen(id, [chats = chats_, call, id, wake = wakeup_.notifier()](ChatMessage message) {
                            chats->add({.call = call, .id = id, .message = std::move(message)});
                            wake();
                          });
}

asio::awaitable<void> Socket::subscribe(Command command) {
  auto problems = std::move(command.problems);
  std::vector<CallName> granted;
  for (auto& call : command.calls) {
    if (!calls_.contains(call) && calls_.size() >= kMostCalls) {
      problems.push_back("more than " + std::to_string(kMostCalls) + " meetings");
      break;
    }
    // What was committed up to here is for REST; nothing is told twice.
    const auto head = live_.uses_.db.head();
    const auto found = co_await newest(call);
    if (!found) {
      say(error_frame("authorization_service_error"));
      co_return;
    }
    if (!*found) {
      problems.push_back(std::string(to_string(call.platform)) + "/" + call.native_id + " is no meeting of yours");
      continue;
    }
    const auto& meeting = **found;
    auto [at, is_new] = calls_.try_emplace(call);
    auto& followed = at->second;
    followed.is_v1 = opened_.is_v1 || command.is_v1;
    // One that is to be taken away, and is not yet, begins anew.
    if (is_new || followed.id == 0) {
      followed.pending = Pending();
      followed.transitions = meeting.transitions;
      followed.status = vexa_status(meeting.life.state, meeting.life.phase);
      followed.told = head;
      follow(call, followed, meeting.id);
    }
    granted.push_back(std::move(call));
  }
  if (!problems.empty()) say(error_frame("invalid_subscribe_payload", problems));
  if (!granted.empty()) say(calls_frame("subscribed", granted));
}

void Socket::unsubscribe(const Command& command) {
  std::vector<CallName> gone;
  for (const auto& call : command.calls) {
    if (const auto found = calls_.find(call); found != calls_.end()) {
      found->second.id = 0;
      found->second.listening.reset();
      found->second.chatting.reset();
      gone.push_back(call);
    }
  }
  say(calls_frame("unsubscribed", gone));
}

void Socket::say(std::string frame) {
  if (replies_.size() >= kMostReplies) return end(kTooManyWaiting, "too many answers are not taken");
  replies_.push_back(std::move(frame));
  wakeup_.notify();
}

void Socket::end(std::uint16_t code, std::string why) {
  if (end_code_ == 0) {
    end_code_ = code;
    end_why_ = std::move(why);
  }
  wakeup_.notify();
}

Task<Unit> Socket::send(std::string frame) {
  // What was asked is answered before what was not.
  while (!replies_.empty()) {
    auto first = std::move(replies_.front());
    replies_.pop_front();
    CO_TRY(co_await peer_.send({.text = true, .bytes = std::move(first)}));
  }
  if (frame.empty()) co_return Unit{};
  co_return co_await peer_.send({.text = true, .bytes = std::move(frame)});
}

asio::awaitable<void> Socket::write() {
  auto last_check = live_.uses_.clock.steady();
  while (!over_) {
    if (draining_->load()) end(close_code::kGoingAway, "the server stops");
    if (recheck_->exchange(false) || live_.uses_.clock.steady() - last_check >= kLookAnyway) {
      last_check = live_.uses_.clock.steady();
      if (const auto good = co_await check_key(); !good && is_refusal(good.error())) {
        (void)co_await send(error_frame("invalid_api_key"));
        end(kUnauthorized, "invalid_api_key");
      }
    }
    if (end_code_ != 0) break;
    Result<Unit> told = Unit{};
    try {
      told = co_await tell_all();
    } catch (const store::SqlError& thrown) {
      told = Error(Errc::unavailable, thrown.what());
    }
    if (!told && over_) break;
    const bool woken = co_await wakeup_.wait(kLookAnyway);
    if (!woken) {
      // Rings of other processes may be lost.
      for (auto& [call, followed] : calls_) *followed.rang = true;
      *newer_ = true;
    }
  }
  if (!over_) (void)co_await peer_.close(end_code_, end_why_);
  over_ = true;
}

Task<Unit> Socket::look_for_newer() {
  std::vector<CallName> names;
  for (const auto& [call, followed] : calls_) names.push_back(call);
  for (const auto& name : names) {
    CO_TRY(const auto found, co_await newest(name));
    const auto at = calls_.find(name);
    if (!found || at == calls_.end() || at->second.id == 0 || found->id <= at->second.id) continue;
    auto& followed = at->second;
    followed.transitions = 0;
    followed.status.clear();
    followed.pending = Pending();
    follow(name, followed, found->id);
  }
  co_return Unit{};
}

Task<Unit> Socket::tell_all() {
  CO_TRY(co_await send({}));
  CO_TRY(co_await tell_chats());
  if (newer_->exchange(false)) CO_TRY(co_await look_for_newer());
  std::vector<CallName> names;
  for (const auto& [call, followed] : calls_) names.push_back(call);
  for (const auto& name : names) {
    // Only here are they taken away, so that nothing that is being told goes meanwhile.
    const auto at = calls_.find(name);
    if (at == calls_.end()) continue;
    if (at->second.id == 0) {
      calls_.erase(at);
      continue;
    }
    auto& followed = at->second;
    if (!followed.rang->exchange(false)) continue;
    auto told = co_await tell_status(name, followed);
    if (told) told = co_await tell_words(name, followed);
    if (!told) {
      *followed.rang = true;
      co_return told;
    }
  }
  co_return co_await send({});
}

Task<Unit> Socket::tell_chats() {
  for (auto& one : chats_->take()) {
    const auto at = calls_.find(one.call);
    if (over_ || end_code_ != 0) co_return Unit{};
    // It may be followed no more, or another bot in the call.
    if (at == calls_.end() || at->second.id != one.id) continue;
    const Named named{.call = one.call, .id = one.id, .user_id = who_.second, .is_v1 = at->second.is_v1};
    CO_TRY(co_await send(chat_frame(named, one.message)));
  }
  co_return Unit{};
}

Task<Unit> Socket::tell_status(const CallName& call, Followed& followed) {
  struct Found {
    std::optional<records::Kept> kept{};
    std::vector<Transition> steps{};
  };
  auto look = [&](store::Connection& c) -> Result<Found> {
    Found found{.kept = records::find_meeting(c, followed.id)};
    if (found.kept && found.kept->meeting.transitions != followed.transitions) {
      found.steps = records::transitions_of(c, followed.id);
    }
    return found;
  };
  CO_TRY(const auto found, co_await live_.uses_.db.read(look));
  if (!found.kept) co_return Unit{};
  const auto& meeting = found.kept->meeting;
  const Named named{.call = call, .id = meeting.id, .user_id = meeting.owner_id, .is_v1 = followed.is_v1};
  const auto tell = [&](std::string_view status, base::UnixMs at) -> Task<Unit> {
    if (followed.status == status) co_return Unit{};
    followed.status = status;
    co_return co_await send(status_frame(named, status, at));
  };
  for (const auto& step : found.steps) {
    if (step.number <= followed.transitions) continue;
    const auto state = parse_state(step.to);
    // How far a bot that starts has come is in its row alone.
    if (state && *state != State::starting) CO_TRY(co_await tell(vexa_status(*state, Phase::none), step.at_ms));
    followed.transitions = step.number;
  }
  co_return co_await tell(vexa_status(meeting.life.state, meeting.life.phase), live_.uses_.clock.unix_ms());
}

Task<Unit> Socket::tell_words(const CallName& call, Followed& followed) {
  const Named named{.call = call, .id = followed.id, .user_id = who_.second, .is_v1 = followed.is_v1};
  for (;;) {
    if (over_ || end_code_ != 0 || followed.id == 0) co_return Unit{};
    CO_TRY(const auto changes, co_await live_.uses_.transcripts.changes(followed.id, followed.told, kChangesAtOnce));
    if (changes.empty()) co_return Unit{};
    const auto now = live_.uses_.clock.unix_ms();
    if (followed.is_v1) {
      for (auto& frame : followed.pending.frames(named, changes, now)) CO_TRY(co_await send(std::move(frame)));
    } else {
      std::vector<Segment> shown, final;
      for (const auto& segment : changes) {
        if (!may_be_shown(segment)) continue;
        shown.push_back(segment);
        if (segment.final) final.push_back(segment);
      }
      if (!shown.empty()) CO_TRY(co_await send(mutable_frame(named, shown, now)));
      if (!final.empty()) CO_TRY(co_await send(finalized_frame(named, final, now)));
    }
    followed.told = changes.back().changed;
    if (std::ssize(changes) < kChangesAtOnce) co_return Unit{};
  }
}

}  // namespace troupe::meetings::vexa_live
