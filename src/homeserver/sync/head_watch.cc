#include "homeserver/sync/head_watch.h"

#include <boost/asio/this_coro.hpp>
#include <functional>
#include <map>

#include "base/async.h"
#include "base/mutex.h"

namespace troupe::homeserver::sync {

struct HeadWatch::Waiting {
  using Notifiers = std::multimap<StreamPos, std::function<void()>>;

  Notifiers::iterator add(StreamPos pos, std::function<void()> notifier) {
    const base::Lock lock(mutex);
    return notifiers.emplace(pos, std::move(notifier));
  }
  void remove(Notifiers::iterator place) {
    const base::Lock lock(mutex);
    notifiers.erase(place);
  }
  void notify(StreamPos head) {
    const base::Lock lock(mutex);
    for (auto at = notifiers.begin(); at != notifiers.end() && at->first <= head; ++at) at->second();
  }

  base::Mutex mutex;
  Notifiers notifiers GUARDED_BY(mutex);
};

HeadWatch::HeadWatch(store::Database& db) : db_(db), waiting_(std::make_shared<Waiting>()) {
  db.on_head([waiting = waiting_](StreamPos head) { waiting->notify(head); });
}

asio::awaitable<bool> HeadWatch::reached(StreamPos pos, std::chrono::milliseconds at_most) {
  base::Notify moved(co_await asio::this_coro::executor);
  struct Place {
    ~Place() { waiting.remove(at); }
    Waiting& waiting;
    Waiting::Notifiers::iterator at;
  };
  const Place place{*waiting_, waiting_->add(pos, moved.notifier())};
  // Looked at only now: a commit that found no one waiting has published its head before this looks.
  if (pos <= db_.head()) co_return true;
  co_await moved.wait(at_most);
  co_return pos <= db_.head();
}

}  // namespace troupe::homeserver::sync
