// The whole server over HTTP on loopback, durable, with many events stored: prints one table beside its floors.
// Usage: bench_server BINARY [--events N] [--seconds S] [--data DIR] [--processes N]

// modules: base
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>

#include "base/encoding.h"
#include "lib/load_client.h"
#include "lib/server_group.h"

namespace troupe::bench {
namespace {

constexpr std::size_t kUsers = 64;
constexpr std::size_t kRooms = 1000;
constexpr std::size_t kListeners = 5;
constexpr std::size_t kSmallRooms = 20;
constexpr std::size_t kSmallRoomMembers = 20;
constexpr std::string_view kV3 = "/_matrix/client/v3";

struct Options {
  std::string binary;
  std::size_t events = 1'000'000;
  std::chrono::seconds seconds{10};
  std::filesystem::path data;
  std::size_t processes = 1;  ///< more than one need DATABASE_URL and REDIS_URL in the environment
};

using ClientPtr = std::unique_ptr<LoadClient>;
using Work = std::function<asio::awaitable<void>(std::size_t worker)>;

/// Runs `workers` coroutines to their end and yields the seconds that took. The first exception ends the program.
double run_all(asio::io_context& context, std::size_t workers, const Work& work) {
  const auto began = Clock::now();
  for (std::size_t i = 0; i < workers; ++i) {
    asio::co_spawn(context, work(i), [](const std::exception_ptr& failed) {
      if (failed) std::rethrow_exception(failed);
    });
  }
  context.restart();
  context.run();
  return std::chrono::duration<double>(Clock::now() - began).count();
}

void row(const char* what, const char* format, auto... values) {
  std::printf("%-44s ", what);
  std::printf(format, values...);
  std::printf("\n");
  std::fflush(stdout);
}

std::string encoded(std::string_view id) { return base::percent_encode(id); }

class Bench {
 public:
  explicit Bench(Options options)
      : options_(std::move(options)), server_(options_.binary, options_.data, options_.processes) {}

  void run() {
    std::printf("%-44s result\n", "measure");
    floors();
    row("start to ready, empty", "%.0f ms", server_.start());
    row("resident memory, idle", "%.1f MiB", server_.rss_mib());
    http_floor();
    make_users();
    make_rooms();
    joins();
    fill();
    server_.stop();
    const auto ready_ms = server_.start();
    for (std::size_t i = 0; i < clients_.size(); ++i) {  // their sockets went with the server
      auto fresh = std::make_unique<LoadClient>(context_, server_.matrix_port(i), clients_[i]->token);
      fresh->user_id = clients_[i]->user_id;
      clients_[i] = std::move(fresh);
    }
    row("start to ready, filled", "%.0f ms", ready_ms);
    for (std::size_t senders : {std::size_t{1}, std::size_t{8}, kUsers}) {
      sends("one room", senders, [&](std::size_t, std::size_t) -> const std::string& { return shared_room_; });
      sends("1,000 rooms", senders,
            [&](std::size_t worker, std::size_t n) -> const std::string& { return own_room(worker, n); });
    }
    delivery();
    empty_syncs();
    initial_syncs();
    row("resident memory, after the load", "%.1f MiB", server_.rss_mib());
  }

 private:
  /// What the disk gives by itself: an append of 4 KiB and fdatasync, one after the other.
  void floors() {
    const auto file = options_.data / "floor";
    const int fd = ::open(file.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
    const std::string page(4096, 'x');
    constexpr int kRounds = 500;
    const auto began = Clock::now();
    for (int i = 0; i < kRounds; ++i) {
      if (::write(fd, page.data(), page.size()) < 0 || ::fdatasync(fd) != 0)
        throw std::runtime_error("fdatasync failed");
    }
    const auto seconds = std::chrono::duration<double>(Clock::now() - began).count();
    ::close(fd);
    std::filesystem::remove(file);
    row("floor: fdatasync of 4 KiB", "%.0f /s", kRounds / seconds);
  }

  /// What HTTP costs by itself: a fixed answer.
  void http_floor() {
    std::size_t done = 0;
    const auto end = Clock::now() + options_.seconds / 2;
    const auto seconds = run_all(context_, 8, [&](std::size_t i) -> asio::awaitable<void> {
      LoadClient client(context_, server_.matrix_port(i));
      while (Clock::now() < end) {
        co_await client.ok("GET", "/_matrix/client/versions");
        ++done;
      }
    });
    row("floor: GET /versions, 8 connections", "%.0f /s", static_cast<double>(done) / seconds);
  }

  void make_users() {
    for (std::size_t i = 0; i < kUsers; ++i)
      clients_.push_back(std::make_unique<LoadClient>(context_, server_.matrix_port(i)));
    const auto seconds = run_all(
        context_, kUsers, [&](std::size_t i) { return register_user(*clients_[i], "user" + std::to_string(i)); });
    row("accounts (Argon2id), 64 at once", "%.0f /s", kUsers / seconds);
  }

  asio::awaitable<std::string> create_room(LoadClient& client) {
    co_return member(co_await client.ok("POST", std::string(kV3) + "/createRoom", R"({"preset":"public_chat"})"),
                     "room_id");
  }

  void make_rooms() {
    rooms_.resize(kRooms);
    small_rooms_.resize(kSmallRooms);
    const auto seconds = run_all(context_, kUsers, [&](std::size_t i) -> asio::awaitable<void> {
      for (auto r = i; r < kRooms; r += kUsers) rooms_[r] = co_await create_room(*clients_[i]);
      if (i < kSmallRooms) small_rooms_[i] = co_await create_room(*clients_[i]);
      if (i == 0) shared_room_ = co_await create_room(*clients_[i]);
    });
    row("rooms created, 64 at once", "%.0f /s", (kRooms + kSmallRooms + 1) / seconds);
  }

  asio::awaitable<void> join(LoadClient& client, std::string room) {
    co_await client.ok("POST", std::string(kV3) + "/join/" + encoded(room), "{}");
  }

  void joins() {
    run_all(context_, kUsers, [&](std::size_t i) -> asio::awaitable<void> {
      co_await join(*clients_[i], shared_room_);
      for (const auto& room : small_rooms_) {
        if (i < kSmallRoomMembers) co_await join(*clients_[i], room);
      }
    });
    // Rooms that are used for nothing else.
    constexpr std::size_t kEach = 50;
    std::vector<std::string> rooms(kEach);
    run_all(context_, kEach,
            [&](std::size_t i) -> asio::awaitable<void> { rooms[i] = co_await create_room(*clients_[i]); });
    const auto seconds = run_all(context_, kUsers, [&](std::size_t i) -> asio::awaitable<void> {
      for (const auto& room : rooms) co_await join(*clients_[i], room);
    });
    row("joins, 64 at once", "%.0f /s", kEach * (kUsers - 1) / seconds);
  }

  /// The rooms that a worker made, in turn.
  const std::string& own_room(std::size_t worker, std::size_t n) const {
    const auto count = (kRooms - worker + kUsers - 1) / kUsers;
    return rooms_[worker + n % count * kUsers];
  }

  asio::awaitable<void> send(LoadClient& client, const std::string& room, std::string_view body) {
    const auto target =
        std::string(kV3) + "/rooms/" + encoded(room) + "/send/m.room.message/t" + std::to_string(++txn_);
    co_await client.ok("PUT", target, R"({"msgtype":"m.text","body":")" + std::string(body) + "\"}");
  }

  void fill() {
    const auto before_mib = server_.data_mib();
    const auto before_cpu = server_.cpu_s();
    const auto each = options_.events / kUsers;
    const std::string text(64, 'm');
    const auto seconds = run_all(context_, kUsers, [&](std::size_t i) -> asio::awaitable<void> {
      for (std::size_t n = 0; n < each; ++n) co_await send(*clients_[i], own_room(i, n), text);
    });
    const auto count = static_cast<double>(each * kUsers);
    row("filling, 64 senders, 1,000 rooms", "%.0f events at %.0f /s, %.3f CPU s per 1,000, %.0f bytes of disk each",
        count, count / seconds, (server_.cpu_s() - before_cpu) * 1000 / count,
        (server_.data_mib() - before_mib) * 1024 * 1024 / count);
  }

  void sends(const char* where, std::size_t senders,
             const std::function<const std::string&(std::size_t, std::size_t)>& room) {
    Samples samples;
    const auto before_cpu = server_.cpu_s();
    const auto end = Clock::now() + options_.seconds;
    const std::string text(64, 'm');
    const auto seconds = run_all(context_, senders, [&](std::size_t i) -> asio::awaitable<void> {
      for (std::size_t n = 0; Clock::now() < end; ++n) {
        const auto began = Clock::now();
        co_await send(*clients_[i], room(i, n), text);
        samples.add(Clock::now() - began);
      }
    });
    const auto count = static_cast<double>(samples.size());
    if (senders == kUsers) rate_64_ = rate_64_ == 0 ? count / seconds : std::min(rate_64_, count / seconds);
    const auto what = "sends, " + std::to_string(senders) + " senders, " + where;
    row(what.c_str(), "%.0f /s, p50 %.2f ms, p99 %.2f ms, %.3f CPU s per 1,000", count / seconds,
        samples.percentile(0.5), samples.percentile(0.99), (server_.cpu_s() - before_cpu) * 1000 / count);
  }

  /// Half of what 64 senders reach in the slower case, evenly paced, five listeners in the room.
  void delivery() {
    constexpr std::size_t kSenders = 16;
    const auto rate = rate_64_ / 2;
    Samples samples;
    std::size_t sent = 0;
    const auto filter = encoded(R"({"room":{"timeline":{"limit":1000},"rooms":[")" + shared_room_ +
                                R"("]},"presence":{"types":[]},"account_data":{"types":[]}})");
    std::array<std::string, kListeners> tokens;
    run_all(context_, kListeners, [&](std::size_t i) -> asio::awaitable<void> {
      const auto path = std::string(kV3) + "/sync?filter=" + filter;
      tokens[i] = member(co_await clients_[kUsers - 1 - i]->ok("GET", path), "next_batch");
    });
    const auto began = Clock::now();
    const auto end = began + options_.seconds;
    const auto stamp = [&] {
      return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - began).count();
    };
    const auto take = [&](std::string_view answer) {
      const auto now = stamp();
      constexpr std::string_view kMark = "\"body\":\"at:";
      std::size_t found = 0;
      for (auto at = answer.find(kMark); at != answer.npos; at = answer.find(kMark, at + kMark.size()), ++found) {
        std::int64_t then = 0;
        std::from_chars(answer.data() + at + kMark.size(), answer.data() + answer.size(), then);
        samples.add(std::chrono::nanoseconds(now - then));
      }
      return found;
    };
    std::size_t gaps = 0;
    auto speaking = kSenders;
    const auto patience = end + std::chrono::seconds(10);
    const auto listen = [&](std::size_t i) -> asio::awaitable<void> {
      auto& client = *clients_[kUsers - 1 - i];
      auto& since = tokens[i];
      for (std::size_t seen = 0; speaking > 0 || (seen < sent && Clock::now() < patience);) {
        const auto answer =
            co_await client.ok("GET", std::string(kV3) + "/sync?timeout=500&filter=" + filter + "&since=" + since);
        seen += take(answer);
        if (answer.contains("\"limited\":true")) {
          // More came than one answer carries: the rest is read backwards, as clients do.
          ++gaps;
          const auto pages = std::string(kV3) + "/rooms/" + encoded(shared_room_) +
                             "/messages?dir=b&limit=1000&to=" + since + "&from=";
          for (auto from = member(answer, "prev_batch"); !from.empty();) {
            const auto page = co_await client.ok("GET", pages + from);
            seen += take(page);
            from = page.contains("\"end\":") ? member(page, "end") : "";
          }
        }
        since = member(answer, "next_batch");
      }
    };
    const auto speak = [&](std::size_t i) -> asio::awaitable<void> {
      asio::steady_timer timer(context_);
      const auto gap = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(kSenders / rate));
      for (auto next = Clock::now() + gap * static_cast<int>(i) / static_cast<int>(kSenders); next < end; next += gap) {
        timer.expires_at(next);
        co_await timer.async_wait(asio::use_awaitable);
        co_await send(*clients_[i], shared_room_, "at:" + std::to_string(stamp()));
        ++sent;
      }
      --speaking;
    };
    run_all(context_, kListeners + kSenders,
            [&](std::size_t i) -> asio::awaitable<void> { return i < kListeners ? listen(i) : speak(i - kListeners); });
    row("delivery at half load, 5 listeners",
        "%.0f /s sent, p50 %.2f ms, p99 %.2f ms, %zu of %zu seen, %zu gaps filled",
        static_cast<double>(sent) / static_cast<double>(options_.seconds.count()), samples.percentile(0.5),
        samples.percentile(0.99), samples.size(), sent * kListeners, gaps);
  }

  void empty_syncs() {
    std::size_t done = 0;
    const auto before_cpu = server_.cpu_s();
    const auto end = Clock::now() + options_.seconds / 2;
    const auto seconds = run_all(context_, 8, [&](std::size_t i) -> asio::awaitable<void> {
      auto since = member(co_await clients_[i]->ok("GET", std::string(kV3) + "/sync"), "next_batch");
      while (Clock::now() < end) {
        since =
            member(co_await clients_[i]->ok("GET", std::string(kV3) + "/sync?timeout=0&since=" + since), "next_batch");
        ++done;
      }
    });
    row("empty syncs, 8 connections", "%.0f /s, %.3f CPU s per 1,000", static_cast<double>(done) / seconds,
        (server_.cpu_s() - before_cpu) * 1000 / static_cast<double>(done));
  }

  /// A person who is in 20 rooms of 20 members with 20 messages each.
  void initial_syncs() {
    run_all(context_, kSmallRoomMembers, [&](std::size_t i) -> asio::awaitable<void> {
      for (const auto& room : small_rooms_) co_await send(*clients_[i], room, "a line of small talk");
    });
    std::string rooms;
    for (const auto& room : small_rooms_) rooms += (rooms.empty() ? "\"" : ",\"") + room + "\"";
    const auto filter = encoded(R"({"room":{"rooms":[)" + rooms + "]}}");
    Samples samples;
    std::size_t bytes = 0;
    run_all(context_, 1, [&](std::size_t) -> asio::awaitable<void> {
      for (std::size_t i = 0; i < kSmallRoomMembers; ++i) {
        const auto began = Clock::now();
        bytes = (co_await clients_[i]->ok("GET", std::string(kV3) + "/sync?filter=" + filter)).size();
        samples.add(Clock::now() - began);
      }
    });
    row("initial sync, 20 rooms of 20 members", "p50 %.2f ms, worst %.2f ms, %zu bytes", samples.percentile(0.5),
        samples.percentile(1), bytes);
  }

  Options options_;
  ServerGroup server_;
  asio::io_context context_;
  std::vector<ClientPtr> clients_;
  std::vector<std::string> rooms_;
  std::vector<std::string> small_rooms_;
  std::string shared_room_;
  std::uint64_t txn_ = 0;
  double rate_64_ = 0;
};

}  // namespace
}  // namespace troupe::bench

int main(int argc, char** argv) {
  using namespace troupe::bench;
  Options options;
  if (argc > 1) options.binary = argv[1];
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--events") options.events = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--seconds") options.seconds = std::chrono::seconds(std::strtol(argv[i + 1], nullptr, 10));
    if (name == "--data") options.data = argv[i + 1];
    if (name == "--processes") options.processes = std::strtoull(argv[i + 1], nullptr, 10);
  }
  if (options.binary.empty() || options.data.empty() || options.seconds.count() < 2 || options.processes < 1) {
    std::fprintf(stderr, "usage: bench_server BINARY --data EMPTY-FOLDER [--events N] [--seconds S] [--processes N]\n");
    return 2;
  }
  std::filesystem::create_directories(options.data);
  try {
    Bench(std::move(options)).run();
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "bench_server: %s\n", failed.what());
    return 1;
  }
  return 0;
}
