// One open socket of Vexa's WebSocket.
#pragma once
#include <atomic>
#include <deque>
#include <memory>

#include "base/async.h"
#include "meetings/vexa_live/live.h"

namespace troupe::meetings::vexa_live {

/// Who opened it, and how.
struct Opened {
  std::string key{};
  std::string address{};
  bool is_v1 = false;
};

/// All calls on the socket's executor; `peer` outlives it.
class Socket {
 public:
  Socket(Live& live, net::http::WebSocket& peer, asio::any_io_executor executor, Opened opened);
  ~Socket();

  /// Looks at the key. False: it was refused, and the socket is closed.
  asio::awaitable<bool> begin();
  /// What the client sends, until it is over.
  asio::awaitable<void> read();
  /// What the client is sent, until it is over. Beside read().
  asio::awaitable<void> write();

 private:
  /// A call that is followed: the newest meeting of this person in it.
  struct Followed {
    MeetingId id = 0;
    std::shared_ptr<std::atomic<bool>> rang = std::make_shared<std::atomic<bool>>(true);
    bus::SubscriptionPtr listening{};
    bus::SubscriptionPtr chatting{};
    std::int64_t transitions = 0;  ///< told up to this one
    std::string status{};          ///< told last
    StreamPos told = 0;            ///< changes up to here
    bool is_v1 = false;
    Pending pending{};
  };

  /// What was said in the chats of calls and is not told yet; also filled by other threads.
  struct Chats {
    struct One {
      CallName call{};
      MeetingId id = 0;
      ChatMessage message{};
    };
    base::Mutex mutex;
    std::deque<One> waiting GUARDED_BY(mutex);
    void add(One one);
    std::deque<One> take();
  };

  Task<Unit> check_key();
  asio::awaitable<void> obey(const std::string& text);
  asio::awaitable<void> subscribe(Command command);
  void unsubscribe(const Command& command);
  Task<std::optional<Meeting>> newest(CallName call);
  void follow(const CallName& call, Followed& followed, MeetingId id);
  /// Another bot may be in a call by now.
  Task<Unit> look_for_newer();
  Task<Unit> tell_all();
  Task<Unit> tell_status(const CallName& call, Followed& followed);
  Task<Unit> tell_chats();
  Task<Unit> tell_words(const CallName& call, Followed& followed);
  Task<Unit> send(std::string frame);
  void say(std::string frame);
  void end(std::uint16_t code, std::string why);

  Live& live_;
  net::http::WebSocket& peer_;
  Opened opened_;
  std::pair<std::int64_t, std::int64_t> who_{};  ///< tenant and person
  bool entered_ = false;
  std::map<CallName, Followed> calls_;
  std::deque<std::string> replies_;
  std::shared_ptr<Chats> chats_ = std::make_shared<Chats>();
  base::Notify wakeup_;
  std::shared_ptr<std::atomic<bool>> recheck_ = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<std::atomic<bool>> draining_ = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<std::atomic<MeetingId>> newest_seen_ = std::make_shared<std::atomic<MeetingId>>(0);
  std::shared_ptr<std::atomic<bool>> newer_ = std::make_shared<std::atomic<bool>>(false);
  std::vector<bus::SubscriptionPtr> listening_;
  std::uint16_t end_code_ = 0;  ///< not 0: it is to be closed
  std::string end_why_;
  bool over_ = false;
};

asio::awaitable<void> serve(Live& live, net::http::WebSocket& peer, std::string key, std::string address, bool is_v1);

}  // namespace troupe::meetings::vexa_live
