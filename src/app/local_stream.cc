#include "app/local_stream.h"

#include <poll.h>
#include <sys/socket.h>

#include <boost/json/parse.hpp>
#include <cerrno>
#include <thread>

#include "app/local_wire.h"
#include "net/client/sse.h"

namespace troupe::app {
namespace {

using Clock = std::chrono::steady_clock;
/// So often it is looked whether it is to stop: a signal may come just before a wait.
constexpr std::chrono::milliseconds kLookAtStop{250};
constexpr int kLeastRefusal = 400;
constexpr int kTooManyRequests = 429;
constexpr int kFirstServerError = 500;

Error gone() { return Error(Errc::unavailable, "The server went away; look at its log and try again."); }

/// Shorter when it is to stop.
void pause_for(Clock::duration time, const std::atomic<bool>& stop) {
  const auto until = Clock::now() + time;
  while (!stop && Clock::now() < until) {
    std::this_thread::sleep_for(std::min<Clock::duration>(kLookAtStop, until - Clock::now()));
  }
}

/// Whether the server may answer otherwise in a moment.
bool may_pass(int status) { return status == kTooManyRequests || status >= kFirstServerError; }

}  // namespace

LocalStream::LocalStream(int socket, const std::atomic<bool>& stop)
    : socket_(std::make_unique<base::Descriptor>(socket)), stop_(&stop) {}

Result<std::optional<LocalStream>> LocalStream::open(const std::filesystem::path& path, const LocalRequest& request,
                                                     const std::atomic<bool>& stop, Deadline until) {
  const auto connected = connect_local(path);
  if (connected < 0) return std::optional<LocalStream>();
  LocalStream stream(connected, stop);
  const auto out = local_frame(boost::json::object{{"method", request.method},
                                                   {"target", request.target},
                                                   {"body", request.body},
                                                   {"live", true},
                                                   {"last_event_id", request.last_event_id}});
  if (!write_local(stream.socket_->get(), out)) return gone();
  TRY(stream.read_head(until));
  return std::optional(std::move(stream));
}

Result<Unit> LocalStream::read_head(Deadline until) {
  LocalLength length{};
  TRY(const bool has_length, read(reinterpret_cast<char*>(length.data()), length.size(), until));
  std::string bytes(std::min(local_size(length), kMostLocalMessageBytes), '\0');
  TRY(const bool has_bytes, read(bytes.data(), bytes.size(), until));
  if (!has_length || !has_bytes) return Unit{};  // it is to stop
  boost::system::error_code not_json;
  const auto message = boost::json::parse(bytes, not_json);
  const auto* status = message.is_object() ? message.get_object().if_contains("status") : nullptr;
  if (not_json || !status || !status->is_int64()) return gone();
  if (message.get_object().contains("live")) return Unit{};
  whole_ = LocalReply{.status = static_cast<int>(status->get_int64()), .body = local_text(message, "body")};
  if (whole_->status >= kLeastRefusal) return Unit{};
  return Error(Errc::unavailable, "The server that runs here is an older one and cannot be followed; restart it.");
}

Result<std::string> LocalStream::next(Deadline until) {
  LocalLength length{};
  TRY(const bool has_length, read(reinterpret_cast<char*>(length.data()), length.size(), until));
  if (!has_length) return std::string();
  const auto size = local_size(length);
  if (size > kMostLocalPieceBytes) return Error(Errc::too_large, "The server sent a longer piece than it may.");
  std::string piece(size, '\0');
  TRY(const bool has_piece, read(piece.data(), piece.size(), until));
  return has_piece ? piece : std::string();
}

/// False: it is to stop.
Result<bool> LocalStream::read(char* into, std::size_t count, Deadline until) {
  while (count > 0) {
    if (*stop_) return false;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    if (left.count() <= 0) return Error(Errc::timed_out, "The server says nothing.");
    pollfd waiting{.fd = socket_->get(), .events = POLLIN, .revents = 0};
    const auto readable = ::poll(&waiting, 1, static_cast<int>(std::min(left, kLookAtStop).count()));
    if (readable < 0 && errno != EINTR) return gone();
    if (readable <= 0) continue;
    const auto got = ::recv(socket_->get(), into, count, MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) return gone();
    into += got;
    count -= static_cast<std::size_t>(got);
  }
  return true;
}

namespace {

/// What one connection after the other shares.
class Follower {
 public:
  Follower(const Following& following, const std::atomic<bool>& stop,
           const std::function<Result<bool>(const net::client::ServerSentEvent&)>& take,
           const std::function<void()>& lost)
      : following_(following), stop_(stop), take_(take), lost_(lost) {}

  Result<Followed> follow() {
    for (;;) {
      TRY(auto over, connect());
      if (over) return *std::move(over);
      if (stop_) return Followed{.how = Followed::How::interrupted};
      if (is_over()) return Followed{.how = Followed::How::ended};
      if (Clock::now() - heard_ >= following_.patience) {
        return Error(Errc::unavailable, "The server is away; look at its log and try again.");
      }
      Clock::duration pause = pause_;
      if (ends_) pause = std::min(pause, *ends_ - Clock::now());
      pause_for(pause, stop_);
      pause_ = std::min(2 * pause_, following_.longest_pause);
    }
  }

 private:
  using Over = std::optional<Followed>;

  bool is_over() const { return ends_ && Clock::now() >= *ends_; }
  LocalStream::Deadline deadline() const {
    const auto silent = Clock::now() + following_.silence;
    return ends_ ? std::min(silent, *ends_) : silent;
  }

  /// One connection, to its end.
  Result<Over> connect() {
    const LocalRequest request{
        .method = "GET", .target = following_.target, .body = {}, .last_event_id = last_event_id_};
    auto opened = LocalStream::open(following_.socket, request, stop_, deadline());
    if (!opened && !was_open_ && opened.error().code() == Errc::unavailable) return std::unexpected(opened.error());
    if (stop_) return Over();
    if (!opened || !*opened) {
      if (opened && !was_open_) return Over(Followed{.how = Followed::How::nobody});
      tell_lost();
      return Over();
    }
    auto& stream = **opened;
    if (const auto& whole = stream.whole()) {
      if (!was_open_ || !may_pass(whole->status)) return Over(Followed{.how = Followed::How::refused, .reply = *whole});
      tell_lost();
      return Over();
    }
    was_open_ = true;
    told_lost_ = false;
    return read(stream);
  }

  Result<Over> read(LocalStream& stream) {
    net::client::SseParser parser(following_.max_event_bytes);
    std::optional<Error> failed;
    const auto take = [&](const net::client::ServerSentEvent& event) {
      pause_ = following_.first_pause;
      auto goes_on = take_(event);
      if (!goes_on) {
        failed = std::move(goes_on).error();
        return false;
      }
      // Only what was taken is not asked for again.
      if (!event.id.empty()) last_event_id_ = event.id;
      if (!*goes_on && !ends_) ends_ = Clock::now() + following_.late;
      return true;
    };
    for (;;) {
      const auto piece = stream.next(deadline());
      if (!piece && piece.error().code() == Errc::too_large) return std::unexpected(piece.error());
      // The end, silence, a break: it is asked again.
      if (!piece || piece->empty()) return Over();
      heard_ = Clock::now();  // a heartbeat counts, too
      TRY(const bool all_taken, parser.feed(*piece, take));
      if (!all_taken) return std::unexpected(*failed);
      if (stop_) return Over();
    }
  }

  void tell_lost() {
    if (!std::exchange(told_lost_, true)) lost_();
  }

  const Following& following_;
  const std::atomic<bool>& stop_;
  const std::function<Result<bool>(const net::client::ServerSentEvent&)>& take_;
  const std::function<void()>& lost_;
  std::string last_event_id_;
  bool was_open_ = false;
  bool told_lost_ = false;
  Clock::time_point heard_ = Clock::now();
  std::chrono::milliseconds pause_ = following_.first_pause;
  std::optional<Clock::time_point> ends_;  ///< after it what comes late is waited for no more
};

}  // namespace

Result<Followed> follow_local(const Following& following, const std::atomic<bool>& stop,
                              const std::function<Result<bool>(const net::client::ServerSentEvent&)>& take,
                              const std::function<void()>& lost) {
  return Follower(following, stop, take, lost).follow();
}

}  // namespace troupe::app
