// A front, a bot that speaks to it, and a stock WhisperLive server that hears in words what a test wrote into the
// sound. Only tests include this.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/packaged_task.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>

#include "kit/task_runner.h"
#include "meetings/whisper/front.h"
#include "meetings/whisper/live_upstream.h"
#include "meetings/whisper/whisper_routes.h"
#include "net/server/server.h"

namespace troupe::meetings::whisper {

using std::chrono::milliseconds;
namespace json = boost::json;

/// A second of sound in which a server of tests hears "w7".
inline std::vector<float> second_of(int word) {
  return std::vector<float>(static_cast<std::size_t>(kRate), static_cast<float>(word) / 1'000.0F);
}

/// Keeps everything, and fails as told. All on one thread.
class FakeRecord final : public Record {
 public:
  std::map<std::string, Speaking> tokens{{"k", {.meeting = 42, .platform = "google_meet", .native_id = "abc-defg-hij"}},
                                         {"other", {.meeting = 43, .platform = "zoom", .native_id = "123"}}};
  std::map<std::string, SpeechSession> sessions;
  std::map<std::string, Speech> pieces;  ///< by name
  std::vector<SpeakerEvent> speakers;
  std::set<std::string> closed;
  std::vector<std::string> refused_changes;  ///< of what was complete
  int failures = 0;                          ///< so many writes fail
  int failed = 0;
  int asked = 0;  ///< who a token is
  std::size_t most_speakers = 1'000;

  Task<Speaking> admit(std::string token) override {
    ++asked;
    const auto found = tokens.find(token);
    if (found == tokens.end()) co_return Error(Errc::unknown_token, "There is no such token.");
    co_return found->second;
  }
  Task<base::UnixMs> open(SpeechSession session, std::string) override {
    closed.erase(session.uid);
    co_return sessions.emplace(session.uid, session).first->second.began_ms;
  }
  Task<Unit> hear(MeetingId, std::string uid, std::vector<Speech> some) override {
    if (failures > 0) {
      --failures;
      ++failed;
      co_return Error(Errc::unavailable, "the disk is full");
    }
    for (auto& piece : some) {
      const auto old = pieces.find(piece.segment_id);
      if (old != pieces.end() && old->second.completed) refused_changes.push_back(piece.segment_id);
      if (closed.contains(uid)) refused_changes.push_back(uid + " is closed");
      pieces[piece.segment_id] = piece;
    }
    co_return Unit{};
  }
  Task<Unit> speaker(MeetingId, std::string, SpeakerEvent event) override {
    if (speakers.size() >= most_speakers) co_return Error(Errc::limit_exceeded, "too many");
    speakers.push_back(std::move(event));
    co_return Unit{};
  }
  Task<Unit> close(MeetingId, std::string uid) override {
    closed.insert(std::move(uid));
    co_return Unit{};
  }
};

/// A server of the stock dialect. It completes what it hears in pieces of two seconds, repeats the last ten, never
/// flushes what is open, and breaks off when text comes after the handshake. All on one thread.
class StockServer {
 public:
  int wait_first = 0;    ///< so many connections are told to wait
  int cut_after_s = 0;   ///< after so many seconds of sound the time of a connection is over
  bool drops = false;    ///< it is cut without a DISCONNECT
  bool mute = false;     ///< it hears nothing, for ever
  bool deaf = false;     ///< it does not even read
  bool flushes = false;  ///< it completes what is open at the end of the sound
  std::string error;     ///< said in place of READY
  int connections = 0;
  int ended = 0;  ///< by END_OF_AUDIO
  std::vector<std::string> breaches;
  std::vector<json::object> hellos;

  asio::awaitable<void> serve(net::http::WebSocket& client) {
    ++connections;
    auto first = co_await client.receive();
    if (!first || !first->text) co_return breaches.push_back("no handshake");
    const auto hello = json::parse(first->bytes).as_object();
    hellos.push_back(hello);
    const auto* model = hello.if_contains("model");
    if (model == nullptr || !model->is_string()) co_return breaches.push_back("model is no text");
    const auto& uid = hello.at("uid");
    const auto say = [&](json::object what) -> asio::awaitable<void> {
      what["uid"] = uid;
      auto sending = client.send({.text = true, .bytes = json::serialize(what)});
      static_cast<void>(co_await std::move(sending));
    };
    if (wait_first > 0) {
      --wait_first;
      co_await say({{"status", "WAIT"}, {"message", 0.0005}});
      co_return;
    }
    if (!error.empty()) {
      co_await say({{"status", "ERROR"}, {"message", error}});
      co_return;
    }
    co_await say({{"message", "SERVER_READY"}, {"backend", "stock"}});
    if (deaf) {
      asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::hours(1));
      while (deaf) {
        timer.expires_after(milliseconds(5));
        co_await timer.async_wait(asio::use_awaitable);
      }
      co_return;
    }
    std::vector<float> sound;
    for (;;) {
      auto frame = co_await client.receive();
      if (!frame) co_return;
      if (frame->text) co_return breaches.push_back("text after the handshake: " + frame->bytes);
      if (frame->bytes == kEndOfAudio) {
        ++ended;
        if (flushes) co_await say({{"segments", segments(sound, true)}});
        co_return;
      }
      const auto samples = read_samples(frame->bytes, SampleForm::float32);
      if (!samples) co_return breaches.push_back("half a sample");
      const auto before = sound.size() / kRate;
      sound.insert(sound.end(), samples->begin(), samples->end());
      const auto after = sound.size() / kRate;
      if (mute || after == before) continue;
      co_await say({{"segments", segments(sound, false)}});
      if (cut_after_s > 0 && static_cast<int>(after) >= cut_after_s) {
        if (!drops) co_await say({{"message", "DISCONNECT"}});
        co_return;
      }
    }
  }

 private:
  static std::string text_of(const std::vector<float>& sound, std::size_t from, std::size_t to) {
    std::string text;
    for (auto s = from; s < to; ++s) {
      const auto word = std::lround(sound[s * kRate + kRate / 2] * 1'000);
      if (word > 0) text += " w" + std::to_string(word);
    }
    return text;
  }
  static json::array segments(const std::vector<float>& sound, bool all) {
    json::array out;
    const auto seconds = sound.size() / kRate;
    const auto add = [&](std::size_t from, std::size_t to, bool completed) {
      const auto text = text_of(sound, from, to);
      if (text.empty()) return;
      out.push_back({{"start", std::to_string(from) + ".000"},
                     {"end", std::to_string(to) + ".000"},
                     {"text", text},
                     {"completed", completed}});
    };
    std::size_t at = 0;
    for (; at + 2 < seconds; at += 2) add(at, at + 2, true);
    if (at < seconds) add(at, seconds, all);
    constexpr std::size_t kLast = 11;
    if (out.size() > kLast) out.erase(out.begin(), out.end() - kLast);
    return out;
  }
};

class WhisperTest : public ::testing::Test, protected kit::TaskRunner {
 protected:
  template <class F>
  auto home(F action) {
    return asio::post(io.at(0), std::packaged_task<decltype(action())()>(std::move(action))).get();
  }
  WhisperTest() {
    options.settle = milliseconds(100);
    options.longest_settle = milliseconds(2'000);
    options.flush = milliseconds(200);
    options.write = milliseconds(200);
    options.first_pause = milliseconds(5);
    options.longest_pause = milliseconds(20);
    options.finish = milliseconds(3'000);
    options.session_limit = milliseconds(0);
    limits.bytes_per_s = limits.burst_bytes = std::int64_t{1} << 30;
    limits.handshake = milliseconds(2'000);
    limits.admit_every = milliseconds(5);
    limits.finish = milliseconds(10'000);
    limits.scribe.first_pause = milliseconds(2);
    limits.scribe.longest_pause = milliseconds(10);
    options.address = [this]() -> Task<std::string> { co_return url(stock_server_->port(), "/"); };
  }
  ~WhisperTest() override {
    if (front) must(front->stop());
    home([&] { stock.deaf = false; });
    for (auto* server : {&front_server_, &stock_server_}) {
      if (*server) (*server)->drain(std::chrono::seconds(5));
    }
    io.stop();
  }
  asio::any_io_executor tasks_run_on() override { return io.at(0).get_executor(); }
  static std::string url(std::uint16_t port, const std::string& path) {
    return "ws://127.0.0.1:" + std::to_string(port) + path;
  }

  void begin() {
    upstream = std::make_unique<LiveUpstream>(*client, options);
    begin(*upstream);
  }
  void begin(Upstream& over) {
    front = std::make_unique<Front>(
        Front::Uses{.record = record, .upstream = over, .clock = time, .guard = guard, .metrics = sound}, limits);
    router.add_listener(whisper_listener());
    add_whisper_routes(router, *front, over, time);
    router.add_listener({.name = "stock"});
    net::route::Route route;
    route.method = "GET";
    route.path = "/";
    route.listener = "stock";
    route.needs = net::route::Access::open;
    route.rate = net::route::Rate::none;
    route.websocket = true;
    route.run = [this](net::route::Call&) -> Task<net::http::Response> {
      net::http::Response response;
      response.websocket = [this](net::http::WebSocket& socket) { return stock.serve(socket); };
      co_return response;
    };
    router.add(std::move(route));
    router.freeze();
    front_server_ = listen(std::string(kWhisperListener));
    stock_server_ = listen("stock");
  }
  std::unique_ptr<net::server::HttpServer> listen(std::string listener) {
    net::server::ListenOptions wanted;
    wanted.listener = std::move(listener);
    return kit::must(net::server::HttpServer::listen(io, router, wanted, metrics));
  }

  /// The bot's side of a connection: what it gets, and what it does meanwhile.
  struct Bot {
    explicit Bot(asio::any_io_executor executor) : heard(executor) {}
    net::http::WebSocket* socket = nullptr;
    std::vector<json::object> got;
    base::Notify heard;
    bool over = false;
    std::string why;

    asio::awaitable<void> text(std::string text) {
      auto sending = socket->send({.text = true, .bytes = std::move(text)});
      static_cast<void>(co_await std::move(sending));
    }
    asio::awaitable<void> binary(std::string bytes) {
      auto sending = socket->send({.text = false, .bytes = std::move(bytes)});
      static_cast<void>(co_await std::move(sending));
    }
    /// As Vexa's bot: a metadata frame before each frame of sound.
    asio::awaitable<void> speak(int from, int to) {
      for (int word = from; word < to; ++word) {
        const auto sound = second_of(word);
        for (std::size_t at = 0; at < sound.size(); at += 1'600) {
          const auto frame = std::span(sound).subspan(at, 1'600);
          co_await text(R"({"type":"audio_chunk_metadata","payload":{"length":1600,"sample_rate":16000}})");
          co_await binary(float_bytes(frame));
        }
      }
    }
    /// Until what came says so; false when the connection ends first.
    asio::awaitable<bool> until(std::function<bool()> reached) {
      while (!reached() && !over) static_cast<void>(co_await heard.wait(milliseconds(50)));
      co_return reached();
    }
    bool ready() const {
      return std::ranges::any_of(
          got, [](const auto& o) { return o.contains("status") && o.at("status") == "SERVER_READY"; });
    }
    bool heard_words(const std::string& words) const {
      return std::ranges::any_of(got, [&](const auto& o) { return json::serialize(o).contains(words); });
    }
    std::string status() const {
      for (const auto& one : got) {
        if (const auto* status = one.if_contains("status")) return std::string(status->as_string());
      }
      return {};
    }
    std::string message() const {
      for (const auto& one : got) {
        if (const auto* message = one.if_contains("message"); message && message->is_string()) {
          return std::string(message->as_string());
        }
      }
      return {};
    }
  };
  static std::string hello(const std::string& uid = "W1", const std::string& token = "k",
                           const std::string& meeting = "abc-defg-hij") {
    return json::serialize(json::object{{"uid", uid},
                                        {"language", "en"},
                                        {"task", "transcribe"},
                                        {"model", nullptr},
                                        {"use_vad", false},
                                        {"platform", "google_meet"},
                                        {"token", token},
                                        {"meeting_id", meeting},
                                        {"meeting_url", "https://meet.google.com/abc-defg-hij"}});
  }

  using Part = std::function<asio::awaitable<void>(Bot&)>;
  asio::awaitable<void> listen_of(Bot& bot) {
    for (;;) {
      auto message = co_await bot.socket->receive();
      if (!message) {
        bot.why = message.error().detail();
        break;
      }
      bot.got.push_back(json::parse(message->bytes).as_object());
      bot.heard.notify();
    }
    bot.over = true;
    bot.heard.notify();
  }
  /// Runs a bot to its end, and yields what it got.
  Task<std::shared_ptr<Bot>> play(Part part, std::string path) {
    auto bot = std::make_shared<Bot>(co_await asio::this_coro::executor);
    net::client::WebSocketRequest request(net::client::Trust::configured);
    request.url = url(front_server_->port(), path);
    request.limits.close_timeout = milliseconds(500);
    const auto talk = [&](net::http::WebSocket& socket) -> asio::awaitable<void> {
      bot->socket = &socket;
      base::TaskGroup beside(co_await asio::this_coro::executor);
      beside.spawn("a bot", listen_of(*bot));
      co_await part(*bot);
      auto closing = socket.close(1000, "");
      static_cast<void>(co_await std::move(closing));
      while (!co_await beside.join(std::chrono::seconds(1))) {
      }
    };
    auto going = client->run(std::move(request), talk);
    CO_TRY(co_await std::move(going));
    co_return bot;
  }
  std::shared_ptr<Bot> bot(Part part, const std::string& path = "/ws") { return must(play(std::move(part), path)); }
  /// One that greets, speaks these words, says that it ends, and waits for the last of them.
  std::shared_ptr<Bot> speaker(int from, int to, const std::string& uid = "W1") {
    return bot([from, to, uid](Bot& self) -> asio::awaitable<void> {
      co_await self.text(hello(uid));
      if (!co_await self.until([&] { return self.ready(); })) co_return;
      co_await self.speak(from, to);
      co_await self.binary(std::string(kEndOfAudio));
      static_cast<void>(co_await self.until([] { return false; }));
    });
  }

  bool all_closed(std::size_t count = 1) {
    return eventually([&] { return home([&] { return record.closed.size() >= count; }); });
  }
  /// "0-2 w1 w2|2-4 w3 w4", in the order of their begin.
  std::string transcript() {
    return home([&] {
      std::vector<Speech> all;
      for (const auto& [name, piece] : record.pieces) all.push_back(piece);
      std::ranges::sort(all, {}, &Speech::start_ms);
      std::string out;
      for (const auto& piece : all) {
        out += (out.empty() ? "" : "|") + std::to_string((piece.start_ms + 100) / 1'000) + "-" +
               std::to_string((piece.end_ms + 100) / 1'000) + piece.text + (piece.completed ? "" : "?");
      }
      return out;
    });
  }
  /// What transcript() is when nothing is missing.
  static std::string whole(int from, int to) {
    std::string out;
    for (int at = from; at < to; at += 2) {
      const int end = std::min(at + 2, to);
      out += (out.empty() ? "" : "|") + std::to_string(at - from) + "-" + std::to_string(end - from);
      for (int word = at; word < end; ++word) out += " w" + std::to_string(word);
    }
    return out;
  }

  net::server::IoThreads io{1};
  base::MetricRegistry metrics;
  SoundMetrics sound{metrics};
  base::ManualClock time;
  net::route::Router router{metrics};
  net::route::CredentialGuard guard{true, time};
  FakeRecord record;
  StockServer stock;
  LiveOptions options;
  FrontLimits limits;
  std::unique_ptr<net::client::WebSocketClient> client = net::client::WebSocketClient::make({});
  std::unique_ptr<LiveUpstream> upstream;
  std::unique_ptr<Front> front;
  std::unique_ptr<net::server::HttpServer> front_server_;
  std::unique_ptr<net::server::HttpServer> stock_server_;
};

}  // namespace troupe::meetings::whisper
