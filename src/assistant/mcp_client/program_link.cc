#include "assistant/mcp_client/program_link.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>

namespace troupe::assistant::mcp_client {
namespace {

constexpr auto kNothingThrown = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kPieceBytes = 64 * 1024;
constexpr std::size_t kMaxAnswering = 16;
constexpr std::chrono::milliseconds kWritePatience{30'000};

}  // namespace

ProgramLink::ProgramLink(asio::any_io_executor executor, std::unique_ptr<runtime::sandbox::Program> program,
                         Heard heard)
    : socket_(executor, asio::local::stream_protocol(), program->take_socket()),
      program_(std::move(program)),
      heard_(std::move(heard)) {}

void ProgramLink::begin() {
  auto reading = [](std::shared_ptr<ProgramLink> self) -> asio::awaitable<void> { co_await self->read(); };
  asio::co_spawn(socket_.get_executor(), reading(shared_from_this()), asio::detached);
}

asio::awaitable<void> ProgramLink::read() {
  std::string piece(kPieceBytes, '\0');
  std::size_t looked = 0;
  while (!over_) {
    const auto [failed, count] = co_await socket_.async_read_some(asio::buffer(piece), kNothingThrown);
    if (failed) break;
    input_.append(piece, 0, count);
    std::size_t from = 0;
    for (auto end = input_.find('\n', looked); end != std::string::npos; end = input_.find('\n', from)) {
      take(std::string_view(input_).substr(from, end - from));
      from = end + 1;
    }
    input_.erase(0, from);
    looked = input_.size();
    if (input_.size() > kMaxLineBytes) co_return fail("it answered with more than can be kept");
  }
  fail("it ended");
}

void ProgramLink::take(std::string_view line) {
  if (line.size() > kMaxLineBytes) return;
  auto incoming = read_incoming(line);
  switch (incoming.kind) {
    case Incoming::Kind::answer: {
      const auto found = incoming.id ? waiting_.find(*incoming.id) : waiting_.end();
      if (found == waiting_.end()) return;
      found->second->reply = std::move(incoming.reply);
      found->second->timer.cancel();
      waiting_.erase(found);
      return;
    }
    case Incoming::Kind::notification:
      return heard_(incoming.method);
    case Incoming::Kind::request:
      return write_soon(answer_text(incoming.raw_id, incoming.method));
    case Incoming::Kind::noise:
      return;  // what some programs print before they begin
  }
}

asio::awaitable<bool> ProgramLink::write(std::string line, std::chrono::milliseconds patience, bool* begun) {
  line += '\n';
  auto entering = writing_.enter(patience);
  const auto inside = co_await std::move(entering);
  if (!inside || over_) co_return false;
  if (begun != nullptr) *begun = true;
  // One that reads nothing would keep all that comes after from it, too.
  asio::steady_timer deadline(socket_.get_executor(), kWritePatience);
  deadline.async_wait([weak = weak_from_this()](boost::system::error_code cut) {
    const auto self = weak.lock();
    if (!cut && self) self->fail("it does not read what it is sent");
  });
  const auto [failed, count] = co_await asio::async_write(socket_, asio::buffer(line), kNothingThrown);
  deadline.cancel();
  if (failed) fail("it ended");
  co_return !failed;
}

void ProgramLink::write_soon(std::string line) {
  // A program that asks faster than it reads is not answered.
  if (answering_ >= kMaxAnswering) return;
  ++answering_;
  auto beside = [](std::shared_ptr<ProgramLink> self, std::string text) -> asio::awaitable<void> {
    auto writing = self->write(std::move(text), kWritePatience, nullptr);
    co_await std::move(writing);
    --self->answering_;
  };
  asio::co_spawn(socket_.get_executor(), beside(shared_from_this(), std::move(line)), asio::detached);
}

asio::awaitable<Reply> ProgramLink::ask(Asked asked) {
  const auto self = shared_from_this();
  if (over_) co_return Reply::of_error(Error(Errc::unavailable, "the program is not there: " + why()), false);
  const auto id = ++next_id_;
  const auto mine = std::make_shared<Waiting>(asio::steady_timer(socket_.get_executor(), asked.patience));
  waiting_.emplace(id, mine);
  bool begun = false;
  auto writing = write(request_text(id, asked.method, asked.params), asked.patience, &begun);
  const bool written = co_await std::move(writing);
  if (written && !mine->reply && !over_) co_await mine->timer.async_wait(kNothingThrown);
  waiting_.erase(id);
  if (mine->reply) co_return *std::move(mine->reply);
  if (over_) co_return Reply::of_error(Error(Errc::unavailable, "the program is gone: " + why()), begun);
  if (begun) write_soon(cancelled_text(id));
  co_return Reply::of_error(Error(Errc::timed_out, "the program did not answer in time"), begun);
}

asio::awaitable<void> ProgramLink::tell(std::string method, JsonObject params, net::http::Headers /*headers*/) {
  const auto self = shared_from_this();
  auto writing = write(notification_text(method, params), kWritePatience, nullptr);
  co_await std::move(writing);
}

std::string ProgramLink::why() const {
  if (const auto ended = program_->ended()) return *ended;
  return why_;
}

void ProgramLink::fail(std::string why) {
  if (over_) return;
  over_ = true;
  why_ = std::move(why);
  boost::system::error_code ignored;
  socket_.close(ignored);
  for (const auto& [id, each] : waiting_) each->timer.cancel();
}

}  // namespace troupe::assistant::mcp_client
