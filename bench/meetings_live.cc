// From a piece of speech to whoever follows the call: many meetings at once, each with four speakers and one open
// socket, in one process with a real database. Counts what is lost. modules: meetings Usage: bench_meetings_live
// [MEETINGS [SECONDS]]
#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "host/migrations.gen.h"
#include "meetings/migrations.gen.h"
#include "meetings/vexa_live/live.h"
#include "net/server/server.h"
#include "store/migrations.h"

namespace troupe::bench {
namespace {

using Steady = std::chrono::steady_clock;
using namespace meetings;

constexpr int kSpeakers = 4;
constexpr int kMeetingsOfOwner = 10;
constexpr std::int64_t kPieceMs = 1'000;  ///< each speaker says one a second
constexpr std::string_view kMark = "piece-";

std::int64_t micros_now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(Steady::now().time_since_epoch()).count();
}

/// When each piece went in and came out; 0: not yet.
struct Times {
  explicit Times(std::size_t count) : in(count), out(count) {}
  std::vector<std::atomic<std::int64_t>> in, out;
};

/// The client's end: subscribes, and notes when it gets which piece.
class Listener final : public net::http::WebSocket {
 public:
  Listener(asio::any_io_executor executor, Times& times, std::string subscribes)
      : timer_(std::move(executor), Steady::time_point::max()), times_(times), subscribes_(std::move(subscribes)) {}
  Task<Message> receive() override {
    if (!subscribes_.empty()) co_return Message{.text = true, .bytes = std::exchange(subscribes_, {})};
    boost::system::error_code cut;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, cut));
    co_return Error(Errc::unavailable, "closed");
  }
  Task<Unit> send(Message message) override {
    const std::string_view text = message.bytes;
    if (text.find("\"subscribed\"") != std::string_view::npos) is_following = true;
    for (auto at = text.find(kMark); at != std::string_view::npos; at = text.find(kMark, at + 1)) {
      std::size_t number = 0;
      std::from_chars(text.data() + at + kMark.size(), text.data() + text.size(), number);
      std::int64_t before = 0;
      if (number < times_.out.size()) times_.out[number].compare_exchange_strong(before, micros_now());
    }
    co_return Unit{};
  }
  Task<Unit> close(std::uint16_t, std::string) override { co_return Unit{}; }
  void hang_up() { timer_.cancel(); }

  std::atomic<bool> is_following = false;

 private:
  asio::steady_timer timer_;
  Times& times_;
  std::string subscribes_;
};

/// Keys are the numbers of their owners.
class Keys final : public net::route::Scheme {
 public:
  Task<std::optional<net::route::Caller>> admit(const net::http::Request& head) override {
    net::route::Caller caller;
    caller.principal_id = std::atoll(std::string(head.headers.get("X-API-Key")).c_str());
    co_return caller;
  }
};

asio::awaitable<void> speak(transcripts::Transcripts& all, Times& times, MeetingId meeting, int first, int seconds,
                            std::atomic<int>& refused) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  auto next = Steady::now() + std::chrono::milliseconds(first % 997);
  for (int i = 0; i < seconds * kSpeakers; ++i) {
    timer.expires_at(next);
    co_await timer.async_wait(asio::use_awaitable);
    next += std::chrono::milliseconds(kPieceMs / kSpeakers);
    const auto number = static_cast<std::size_t>(first + i);
    times.in[number] = micros_now();
    Speech piece{.start_ms = i * kPieceMs / kSpeakers,
                 .end_ms = (i * kPieceMs / kSpeakers) + 900,
                 .text = std::string(kMark) + std::to_string(number) + " and some more words of a sentence",
                 .language = "en",
                 .completed = true,
                 .speaker = "Speaker " + std::to_string(i % kSpeakers)};
    std::vector<Speech> pieces;
    pieces.push_back(std::move(piece));
    if (!co_await all.hear(meeting, "s", std::move(pieces))) ++refused;
  }
}

int run(int count, int seconds) {
  auto pattern = (std::filesystem::temp_directory_path() / "troupe-bench-live-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  base::MetricRegistry metrics;
  auto opened = store::Database::open({.file = folder / "troupe.db"}, base::system_clock(), metrics);
  if (!opened || !store::migrate(**opened, "host", host::migrations()) ||
      !store::migrate(**opened, "meetings", meetings::migrations())) {
    std::fprintf(stderr, "no database\n");
    return 1;
  }
  auto& db = **opened;
  net::server::IoThreads io(2);
  auto bus = bus::make_local_bus();
  const records::Bell bell(*bus);
  Keys keys;
  transcripts::Transcripts all({.db = db, .clock = base::system_clock(), .bell = bell});
  vexa_live::Live live({.db = db,
                        .transcripts = all,
                        .bell = bell,
                        .bus = *bus,
                        .clock = base::system_clock(),
                        .keys = keys,
                        .rate_limits = false});
  std::vector<MeetingId> ids;
  auto make = [&](store::Tx& tx) -> Result<Unit> {
    ids.clear();
    for (int i = 0; i < count; ++i) {
      Meeting made{.id = tx.next_pos(), .tenant_id = 1, .owner_id = (i / kMeetingsOfOwner) + 1};
      made.native_id = "call-" + std::to_string(i);
      records::insert_meeting(tx, made);
      ids.push_back(made.id);
    }
    return Unit{};
  };
  if (!db.write_now(make)) return 1;
  Times times(static_cast<std::size_t>(count) * static_cast<std::size_t>(seconds) * kSpeakers);
  std::vector<std::unique_ptr<Listener>> listeners;
  std::vector<std::future<void>> sockets, speakers;
  std::atomic<int> refused = 0;
  for (int i = 0; i < count; ++i) {
    auto executor = io.at(static_cast<std::size_t>(i) % 2).get_executor();
    auto& listener = *listeners.emplace_back(
        std::make_unique<Listener>(executor, times,
                                   R"({"action":"subscribe","meetings":[{"platform":"google_meet","native_id":"call-)" +
                                       std::to_string(i) + "\"}]}"));
    auto serve = [](vexa_live::Live& at, std::string key, Listener& peer) -> asio::awaitable<void> {
      net::http::Request request;
      request.headers.add("X-API-Key", std::move(key));
      auto response = co_await at.open(request);
      if (response) co_await response->websocket(peer);
    };
    sockets.push_back(
        asio::co_spawn(executor, serve(live, std::to_string((i / kMeetingsOfOwner) + 1), listener), asio::use_future));
  }
  const auto waits_until = Steady::now() + std::chrono::seconds(30);
  while (!std::ranges::all_of(listeners, [](const auto& one) { return one->is_following.load(); })) {
    if (Steady::now() > waits_until) return std::fprintf(stderr, "not everybody follows\n"), 1;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  for (int i = 0; i < count; ++i) {
    speakers.push_back(
        asio::co_spawn(io.at(static_cast<std::size_t>(i) % 2),
                       speak(all, times, ids[static_cast<std::size_t>(i)], i * seconds * kSpeakers, seconds, refused),
                       asio::use_future));
  }
  for (auto& one : speakers) one.get();
  std::this_thread::sleep_for(std::chrono::seconds(1));  // what is not there by then counts as lost
  std::vector<double> took;
  std::size_t lost = 0;
  for (std::size_t i = 0; i < times.in.size(); ++i) {
    if (times.out[i] == 0) {
      ++lost;
    } else {
      took.push_back(static_cast<double>(times.out[i] - times.in[i]) / 1'000.0);
    }
  }
  std::ranges::sort(took);
  const auto at = [&](std::size_t percent) { return took.empty() ? 0.0 : took[(took.size() - 1) * percent / 100]; };
  std::printf(
      "%d meetings of %d speakers, %zu pieces in %d s: p50 %.1f ms, p99 %.1f ms, most %.1f ms; lost %zu, refused %d\n",
      count, kSpeakers, times.in.size(), seconds, at(50), at(99), at(100), lost, refused.load());
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    asio::post(io.at(i % 2), [&listener = *listeners[i]] { listener.hang_up(); });
  }
  for (auto& one : sockets) one.get();
  db.stop();
  io.stop();
  std::filesystem::remove_all(folder);
  return lost == 0 && refused == 0 ? 0 : 1;
}

}  // namespace
}  // namespace troupe::bench

int main(int argc, char** argv) {
  const int meetings = argc > 1 ? std::atoi(argv[1]) : 200;
  const int seconds = argc > 2 ? std::atoi(argv[2]) : 10;
  if (meetings < 1 || meetings > 2'000 || seconds < 1 || seconds > 600) {
    std::fprintf(stderr, "usage: bench_meetings_live [1…2000 meetings [1…600 seconds]]\n");
    return 2;
  }
  return troupe::bench::run(meetings, seconds);
}
