// A thousand bots: how long their start takes, what each costs, how many messages they answer, and how far an answer is
// behind the message. Prints one table.
// Usage: bench_fleet BINARY --data EMPTY-FOLDER [--bots N] [--idle N] [--seconds S]

// modules: base
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <thread>

#include "base/encoding.h"
#include "lib/load_client.h"
#include "lib/server_process.h"

namespace troupe::bench {
namespace {

constexpr std::size_t kWorkers = 16;
constexpr std::string_view kV3 = "/_matrix/client/v3";

struct Options {
  std::string binary;
  std::size_t bots = 1'000;
  std::size_t idle = 9'000;  ///< more bots that are only there
  std::chrono::seconds seconds{10};
  std::filesystem::path data;
};

using ClientPtr = std::unique_ptr<LoadClient>;
using Work = std::function<asio::awaitable<void>(std::size_t worker)>;

void row(const char* what, const char* format, auto... values) {
  std::printf("%-44s ", what);
  std::printf(format, values...);
  std::printf("\n");
  std::fflush(stdout);
}

class Bench {
 public:
  explicit Bench(Options options) : options_(std::move(options)), server_(options_.binary, options_.data) {}

  void run() {
    std::printf("%-44s result\n", "measure");
    server_.start();
    connect();
    make_people();
    make_bots("bot", options_.bots, "bots made, 16 at once");
    auto before_mib = server_.rss_mib();
    start_all();
    row("memory of each running bot", "%.1f KiB",
        (server_.rss_mib() - before_mib) * 1024 / static_cast<double>(options_.bots));
    make_rooms();
    row("memory of each bot in its room", "%.1f KiB, the room's own included",
        (server_.rss_mib() - before_mib) * 1024 / static_cast<double>(options_.bots));
    answers();
    latency();
    server_.stop();
    restart();
    make_bots("idle", options_.idle, "idle bots made, 16 at once");
    ticks();
  }

 private:
  void connect() {
    people_.clear();
    admins_.clear();
    for (std::size_t i = 0; i < kWorkers; ++i) {
      people_.push_back(std::make_unique<LoadClient>(context_, server_.matrix_port()));
      admins_.push_back(std::make_unique<LoadClient>(context_, server_.platform_port(), ServerProcess::kApiToken));
    }
  }
  double run_all(std::size_t workers, const Work& work) {
    const auto began = Clock::now();
    for (std::size_t i = 0; i < workers; ++i) {
      asio::co_spawn(context_, work(i), [](const std::exception_ptr& failed) {
        if (failed) std::rethrow_exception(failed);
      });
    }
    context_.restart();
    context_.run();
    return std::chrono::duration<double>(Clock::now() - began).count();
  }
  /// The number of a line of /metrics that begins with this; 0: not there.
  asio::awaitable<double> metric(std::string name) {
    const auto text = co_await admins_[0]->ok("GET", "/metrics");
    const auto at = text.find("\n" + name);
    if (at == text.npos) co_return 0;
    co_return std::strtod(text.c_str() + text.find(' ', at + name.size()), nullptr);
  }
  /// Waits until a metric reaches a value.
  void until(const std::string& name, double value) {
    run_all(1, [&](std::size_t) -> asio::awaitable<void> {
      asio::steady_timer timer(context_);
      const auto end = Clock::now() + std::chrono::minutes(3);
      while (co_await metric(name) < value) {
        if (Clock::now() > end) throw std::runtime_error("waited too long for " + name);
        timer.expires_after(std::chrono::milliseconds(10));
        co_await timer.async_wait(asio::use_awaitable);
      }
    });
  }

  void make_people() {
    run_all(kWorkers, [&](std::size_t i) { return register_user(*people_[i], "person" + std::to_string(i)); });
  }

  void make_bots(const std::string& name, std::size_t count, const char* what) {
    const auto seconds = run_all(kWorkers, [&](std::size_t i) -> asio::awaitable<void> {
      for (auto n = i; n < count; n += kWorkers) {
        const auto reply = co_await admins_[i]->request(
            "POST", "/api/v1/bots",
            R"({"bot_id":")" + name + std::to_string(n) +
                R"(","brain":{"kind":"echo","config":{"limits":{"room_per_minute":100000,"bot_per_minute":1000000}}}})");
        if (reply.status != 201) throw std::runtime_error("a bot could not be made: " + reply.body);
      }
    });
    row(what, "%zu at %.0f /s", count, static_cast<double>(count) / seconds);
  }

  void start_all() {
    constexpr std::size_t kAtOnce = kWorkers;
    const auto seconds = run_all(kAtOnce, [&](std::size_t i) -> asio::awaitable<void> {
      for (auto n = i; n < options_.bots; n += kAtOnce) {
        co_await admins_[i]->ok("POST", "/api/v1/bots/bot" + std::to_string(n) + "/start");
      }
    });
    row("start of all by API, 16 at once", "%.2f s", seconds);
  }

  void make_rooms() {
    rooms_.resize(options_.bots);
    const auto began = Clock::now();
    run_all(kWorkers, [&](std::size_t i) -> asio::awaitable<void> {
      for (auto n = i; n < options_.bots; n += kWorkers) {
        const auto answer = co_await people_[i]->ok(
            "POST", std::string(kV3) + "/createRoom",
            R"({"preset":"private_chat","invite":["@bot_bot)" + std::to_string(n) + R"(:localhost"]})");
        rooms_[n] = member(answer, "room_id");
      }
    });
    // One word into each room: its answer says that the bot is in.
    speak_everywhere(1);
    until("troupe_fleet_turns_total{outcome=\"answered\"}", static_cast<double>(sent_));
    row("rooms made, joined by their bots, one answer", "%.2f s",
        std::chrono::duration<double>(Clock::now() - began).count());
  }

  asio::awaitable<void> say(LoadClient& client, const std::string& room, const std::string& text) {
    co_await client.ok(
        "PUT",
        std::string(kV3) + "/rooms/" + base::percent_encode(room) + "/send/m.room.message/t" + std::to_string(++txn_),
        R"({"msgtype":"m.text","body":")" + text + "\"}");
    ++sent_;
  }
  /// The bots join when the invite reaches them; a message from before that is not theirs to answer.
  void speak_everywhere(std::size_t each) {
    run_all(kWorkers, [&](std::size_t i) -> asio::awaitable<void> {
      for (auto n = i; n < options_.bots; n += kWorkers) {
        asio::steady_timer timer(context_);
        while (true) {
          const auto members = co_await people_[i]->ok(
              "GET", std::string(kV3) + "/rooms/" + base::percent_encode(rooms_[n]) + "/joined_members");
          if (members.find("@bot_bot" + std::to_string(n) + ":") != members.npos) break;
          timer.expires_after(std::chrono::milliseconds(20));
          co_await timer.async_wait(asio::use_awaitable);
        }
        for (std::size_t k = 0; k < each; ++k) co_await say(*people_[i], rooms_[n], "hello");
      }
    });
  }

  void answers() {
    const auto before = sent_;
    const auto before_cpu = server_.cpu_s();
    const auto began = Clock::now();
    const auto end = began + options_.seconds;
    run_all(kWorkers, [&](std::size_t i) -> asio::awaitable<void> {
      for (auto n = i; Clock::now() < end; n = n + kWorkers < options_.bots ? n + kWorkers : i) {
        co_await say(*people_[i], rooms_[n], "again");
      }
    });
    const auto count = static_cast<double>(sent_ - before);
    const auto sending = std::chrono::duration<double>(Clock::now() - began).count();
    until("troupe_fleet_turns_total{outcome=\"answered\"}", static_cast<double>(sent_));
    const auto seconds = std::chrono::duration<double>(Clock::now() - began).count();
    row("messages answered, 16 senders, all rooms", "%.0f /s (sent at %.0f /s), %.3f CPU s per 1,000", count / seconds,
        count / sending, (server_.cpu_s() - before_cpu) * 1000 / count);
  }

  /// One room, a message each 20 ms: when the sender's own message comes back by /sync, and when the answer does.
  void latency() {
    Samples own;
    Samples answer_samples;
    const auto began = Clock::now();
    const auto end = began + options_.seconds;
    const auto stamp = [&] {
      return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - began).count();
    };
    const auto filter = base::percent_encode(R"({"room":{"timeline":{"limit":1000},"rooms":[")" + rooms_[0] +
                                             R"("]},"presence":{"types":[]},"account_data":{"types":[]}})");
    LoadClient listener(context_, server_.matrix_port(), people_[0]->token);
    const auto listen = [&]() -> asio::awaitable<void> {
      auto since = member(co_await listener.ok("GET", std::string(kV3) + "/sync?filter=" + filter), "next_batch");
      while (Clock::now() < end + std::chrono::seconds(1)) {
        const auto text =
            co_await listener.ok("GET", std::string(kV3) + "/sync?timeout=500&filter=" + filter + "&since=" + since);
        const auto now = stamp();
        constexpr std::string_view kMark = "\"body\":\"at:";
        for (auto at = text.find(kMark); at != text.npos; at = text.find(kMark, at + kMark.size())) {
          std::int64_t then = 0;
          std::from_chars(text.data() + at + kMark.size(), text.data() + text.size(), then);
          // The answer of a bot is a notice; the type is in the same content.
          const auto content_end = text.find('}', at);
          const auto content_begin = text.rfind('{', at);
          const auto content = std::string_view(text).substr(content_begin, content_end + 64 - content_begin);
          (content.find("m.notice") != content.npos ? answer_samples : own).add(std::chrono::nanoseconds(now - then));
        }
        since = member(text, "next_batch");
      }
    };
    const auto speak = [&]() -> asio::awaitable<void> {
      asio::steady_timer timer(context_);
      for (auto next = Clock::now() + std::chrono::milliseconds(200); next < end;
           next += std::chrono::milliseconds(20)) {
        timer.expires_at(next);
        co_await timer.async_wait(asio::use_awaitable);
        co_await say(*people_[0], rooms_[0], "at:" + std::to_string(stamp()));
      }
    };
    run_all(2, [&](std::size_t i) { return i == 0 ? listen() : speak(); });
    row("message to /sync of its room", "p50 %.2f ms, p99 %.2f ms", own.percentile(0.5), own.percentile(0.99));
    row("message to /sync of its answer", "p50 %.2f ms, p99 %.2f ms, %zu of %zu", answer_samples.percentile(0.5),
        answer_samples.percentile(0.99), answer_samples.size(), own.size());
  }

  void restart() {
    const auto began = Clock::now();
    const auto ready_ms = server_.start();
    const auto tokens = [&] {
      std::vector<std::string> found;
      for (const auto& person : people_) found.push_back(person->token);
      return found;
    }();
    connect();
    for (std::size_t i = 0; i < kWorkers; ++i) people_[i]->token = tokens[i];
    until("troupe_fleet_bots{state=\"running\"}", static_cast<double>(options_.bots));
    row("after a restart, all running", "%.2f s, of these %.2f s to ready",
        std::chrono::duration<double>(Clock::now() - began).count(), ready_ms / 1'000);
  }

  void ticks() {
    double before_sum = 0;
    double before_count = 0;
    double sum = 0;
    double count = 0;
    const auto before_cpu = server_.cpu_s();
    run_all(1, [&](std::size_t) -> asio::awaitable<void> {
      before_sum = co_await metric("troupe_fleet_reconcile_seconds_sum");
      before_count = co_await metric("troupe_fleet_reconcile_seconds_count");
      asio::steady_timer timer(context_, options_.seconds);
      co_await timer.async_wait(asio::use_awaitable);
      sum = co_await metric("troupe_fleet_reconcile_seconds_sum");
      count = co_await metric("troupe_fleet_reconcile_seconds_count");
    });
    row("reconciler, bots there in all", "%zu: %.1f us a round, %.0f rounds; server %.2f %% of a CPU",
        options_.bots + options_.idle, (sum - before_sum) * 1e6 / std::max(1.0, count - before_count),
        count - before_count, (server_.cpu_s() - before_cpu) * 100 / static_cast<double>(options_.seconds.count()));
  }

  Options options_;
  ServerProcess server_;
  asio::io_context context_;
  std::vector<ClientPtr> people_;
  std::vector<ClientPtr> admins_;
  std::vector<std::string> rooms_;
  std::uint64_t txn_ = 0;
  std::uint64_t sent_ = 0;
};

}  // namespace
}  // namespace troupe::bench

int main(int argc, char** argv) {
  using namespace troupe::bench;
  Options options;
  if (argc > 1) options.binary = argv[1];
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--bots") options.bots = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--idle") options.idle = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--seconds") options.seconds = std::chrono::seconds(std::strtol(argv[i + 1], nullptr, 10));
    if (name == "--data") options.data = argv[i + 1];
  }
  if (options.binary.empty() || options.data.empty() || options.bots == 0 || options.seconds.count() < 2) {
    std::fprintf(stderr, "usage: bench_fleet BINARY --data EMPTY-FOLDER [--bots N] [--idle N] [--seconds S]\n");
    return 2;
  }
  std::filesystem::create_directories(options.data);
  try {
    Bench(std::move(options)).run();
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "bench_fleet: %s\n", failed.what());
    return 1;
  }
  return 0;
}
