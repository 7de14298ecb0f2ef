#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include "runtime/sandbox/check_order.h"
#include "runtime/sandbox/command_runner_impl.h"
#include "runtime/shim/child.h"
#include "runtime/shim/command_run.h"

namespace troupe::runtime::sandbox {
namespace {

constexpr std::chrono::milliseconds kProgramTime{std::int64_t{10} * 365 * 24 * 3'600 *
                                                 1'000};  ///< until somebody ends it
constexpr std::chrono::milliseconds kProgramGrace{2'000};
constexpr std::int64_t kProgramCpuSeconds = std::int64_t{10} * 365 * 24 * 3'600;
constexpr std::int64_t kProgramFileBytes = std::int64_t{1} << 30;
constexpr std::int64_t kProgramWords = 16 * 1024;  ///< kept of what it complains with
constexpr std::size_t kWordsOfProgram = 300;       ///< shown of it

std::string words_of_end(const Result<Answer>& answer) {
  if (!answer) return "it was killed";
  auto out = std::string(answer->head.text("error"));
  const auto how = how_of(answer->head);
  if (out.empty() && how == How::exited) out = "it exited with code " + std::to_string(answer->head.number("code", -1));
  if (out.empty() && how == How::signalled)
    out = "signal " + std::to_string(answer->head.number("signal")) + " ended it";
  if (out.empty()) out = "it was ended: " + std::string(name_of(how));
  auto line = std::string_view(answer->err);
  while (line.ends_with('\n')) line.remove_suffix(1);
  line = line.substr(line.rfind('\n') + 1).substr(0, kWordsOfProgram);
  if (!line.empty()) out += " (" + std::string(line) + ")";
  return out;
}

class Talking final : public Program {
 public:
  Talking(asio::io_context& home, shim::Descriptor socket, std::shared_ptr<ProgramTalk> talk,
          asio::awaitable<void> (*end)(asio::io_context&, std::shared_ptr<ProgramTalk>))
      : home_(home), socket_(std::move(socket)), talk_(std::move(talk)), end_(end) {}
  ~Talking() override {
    socket_.close();
    asio::co_spawn(home_, end_(home_, talk_), asio::detached);
  }
  int take_socket() override { return socket_.release(); }
  std::optional<std::string> ended() const override {
    const base::Lock lock(talk_->mutex);
    return talk_->ended;
  }

 private:
  asio::io_context& home_;
  shim::Descriptor socket_;
  std::shared_ptr<ProgramTalk> talk_;
  asio::awaitable<void> (*end_)(asio::io_context&, std::shared_ptr<ProgramTalk>);
};

}  // namespace

asio::awaitable<void> CommandRunner::Impl::end_soon(asio::io_context& home, std::shared_ptr<ProgramTalk> talk) {
  asio::steady_timer timer(home, kProgramGrace);
  co_await timer.async_wait(kNothingThrown);
  if (talk->supervisor >= 0) ::syscall(SYS_pidfd_send_signal, talk->supervisor, SIGTERM, nullptr, 0);
}

asio::awaitable<Result<Plan>> CommandRunner::Impl::plan_program(const ProgramOrder& order) {
  const CommandLimits limits{.time = kProgramTime,
                             .cpu_seconds = kProgramCpuSeconds,
                             .memory_bytes = order.memory_bytes,
                             .processes = order.processes,
                             .output_bytes = kProgramWords,
                             .file_bytes = kProgramFileBytes};
  const CommandOrder as_command{
      .argv = order.argv, .folder = order.sandbox ? std::string() : order.folder, .environment = order.environment};
  CO_TRY(check_order(as_command));
  if (stopping) co_return Error(Errc::unavailable, "The server is stopping.");
  if (programs >= kMaxPrograms) co_return Error(Errc::limit_exceeded, "Too many programs run already.");
  if (order.sandbox) {
    if (!backend && (!probed_at || steady_clock::now() - *probed_at >= kBetweenProbes)) co_await probe();
    if (!backend) co_return Error(Errc::unavailable, "There is no sandbox on this machine for the program.");
    co_return plan_for_sandbox(as_command, *backend, limits);
  }
  CO_TRY(const auto folder, folder_of(as_command.folder, options.data_dir));
  Plan plan{.record = {}, .filter = {}, .limits = limits};
  add_all(plan.record, shim::kArgKey, order.argv);
  add_all(plan.record, shim::kEnvironmentKey, environment_of(as_command, folder));
  plan.record.add(shim::kFolderKey, folder);
  plan.record.add(shim::kWorkingDirKey, std::string_view());
  co_return plan;
}

Task<std::unique_ptr<Program>> CommandRunner::Impl::start(ProgramOrder order) {
  CO_TRY(const auto made, co_await plan_program(order));
  const auto failed = [] { return Error(Errc::unavailable, "The program cannot be started at the moment."); };
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) co_return failed();
  shim::Descriptor ours(ends[0]);
  const shim::Descriptor theirs(ends[1]);
  if (::fcntl(ours.get(), F_SETFL, O_NONBLOCK) != 0) co_return failed();
  auto record = made.record;
  add_limits(record, made.limits);
  record.add(shim::kTalksKey, 1);
  record.add(shim::kParentKey, static_cast<std::int64_t>(::getpid()));
  record.add(shim::kFilterBytesKey, static_cast<std::int64_t>(made.filter.size()));
  record.add(shim::kInputBytesKey, 0);
  const shim::Descriptor told(::memfd_create("troupe-order", MFD_CLOEXEC));
  if (!told || !shim::write_all(told.get(), record.bytes() + '\0' + made.filter)) co_return failed();
  CO_TRY(auto started, program.start({shim::kCommandRun}, told.get(), theirs.get()));
  auto talk = std::make_shared<ProgramTalk>();
  talk->supervisor = started.process.get();
  auto watch = [](Impl& impl, launch::ShimProgram::Started running, CommandLimits limits,
                  std::shared_ptr<ProgramTalk> of) -> asio::awaitable<void> {
    ++impl.programs;
    const auto bytes = co_await impl.listen(std::move(running), limits);
    --impl.programs;
    of->supervisor = -1;
    const base::Lock lock(of->mutex);
    of->ended = words_of_end(read_answer(bytes));
  };
  asio::co_spawn(home, watch(*this, std::move(started), made.limits, talk), asio::detached);
  std::unique_ptr<Program> out = std::make_unique<Talking>(home, std::move(ours), std::move(talk), &Impl::end_soon);
  co_return out;
}

Task<std::unique_ptr<Program>> CommandRunner::start(ProgramOrder order) {
  auto starting = [](Impl& impl, ProgramOrder of) -> Task<std::unique_ptr<Program>> {
    co_return co_await impl.start(std::move(of));
  };
  return asio::co_spawn(impl_->home, starting(*impl_, std::move(order)), asio::use_awaitable);
}

}  // namespace troupe::runtime::sandbox
