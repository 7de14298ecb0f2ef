// The service of bench/assistant.mjs: answers each step of a task after a time, and knows when which one came. With
// --floor it is asked straight, by as many connections as there would be tasks: what no program between them can be
// faster than. modules: base Usage: bench_step_service LATENCY_MS | bench_step_service --floor LATENCY_MS TASKS STEPS
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <queue>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/loopback.h"

namespace troupe::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

constexpr std::size_t kMostRequestBytes = 64 * 1024;
constexpr int kEventsAtOnce = 256;

double ms(Clock::duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

std::size_t number(std::string_view text) {
  std::size_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

double part(std::vector<double>& times, double share) {
  if (times.empty()) return 0;
  const auto at = std::min(times.size() - 1, static_cast<std::size_t>(static_cast<double>(times.size()) * share));
  std::ranges::nth_element(times, times.begin() + static_cast<std::ptrdiff_t>(at));
  return times[at];
}

double cpu_ms(int who) {
  rusage used{};
  ::getrusage(who, &used);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

/// What stands behind `name` up to the next of `ends`.
std::string_view value_of(std::string_view text, std::string_view name, std::string_view ends) {
  const auto at = text.find(name);
  if (at == text.npos) return {};
  const auto rest = text.substr(at + name.size());
  return rest.substr(0, rest.find_first_of(ends));
}

class Service {
 public:
  explicit Service(std::chrono::milliseconds latency) : latency_(latency), poll_(::epoll_create1(0)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("bind");
    if (::listen(listener_, SOMAXCONN) != 0) fail("listen");
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    timer_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    watch(listener_);
    watch(timer_);
  }
  std::uint16_t port() const { return port_; }

  /// Until its standard input ends: whoever started it is gone.
  void serve() {
    watch(STDIN_FILENO);
    for (;;) {
      std::array<epoll_event, kEventsAtOnce> events{};
      const int count = ::epoll_wait(poll_, events.data(), events.size(), -1);
      for (int i = 0; i < count; ++i) {
        const int fd = events.at(static_cast<std::size_t>(i)).data.fd;
        if (fd == STDIN_FILENO) return;
        if (fd == listener_)
          accept();
        else if (fd != timer_)
          read(fd);
      }
      answer_due();
    }
  }

 private:
  struct Connection {
    std::uint64_t serial = 0;
    std::string input;
  };
  struct Step {
    Clock::time_point came, went;
  };
  struct Waiting {
    Clock::time_point due;
    int fd = -1;
    std::uint64_t serial = 0;
    std::string task;
    Clock::time_point came;
    bool first = false;
    bool operator>(const Waiting& other) const { return due > other.due; }
  };

  void watch(int fd) const {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    ::epoll_ctl(poll_, EPOLL_CTL_ADD, fd, &event);
  }
  void accept() {
    for (;;) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
      if (fd < 0) return;
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      connections_[fd] = {.serial = ++serial_, .input = {}};
      watch(fd);
    }
  }
  void read(int fd) {
    auto& connection = connections_[fd];
    std::array<char, 16 * 1024> bytes{};
    const auto count = ::read(fd, bytes.data(), bytes.size());
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count > 0) connection.input.append(bytes.data(), static_cast<std::size_t>(count));
    if (count <= 0 || connection.input.size() > kMostRequestBytes) {
      connections_.erase(fd);
      ::close(fd);
      return;
    }
    while (take(fd, connection)) {
    }
  }
  /// One whole request, if there is one.
  bool take(int fd, Connection& connection) {
    const std::string_view input(connection.input);
    const auto head = input.find("\r\n\r\n");
    if (head == input.npos) return false;
    std::size_t body = 0;
    for (const auto* name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
      if (const auto found = value_of(input.substr(0, head), name, "\r"); !found.empty()) body = number(found);
    }
    const auto size = head + 4 + body;
    if (input.size() < size) return false;
    const auto line = input.substr(0, input.find('\r'));
    const auto path = value_of(line, " ", " ");
    const auto text = input.substr(head + 4, body);
    if (path.starts_with("/control/"))
      control(fd, path.substr(std::strlen("/control/")));
    else
      came(fd, connection.serial,
           std::string(body > 0 ? value_of(text, "\"task\":\"", "\"") : value_of(path, "task=", "&")));
    connection.input.erase(0, size);
    return true;
  }

  void came(int fd, std::uint64_t serial, std::string task) {
    const auto now = Clock::now();
    const bool first = !tasks_.contains(task);
    Waiting waiting{
        .due = now + latency_, .fd = fd, .serial = serial, .task = std::move(task), .came = now, .first = first};
    if (!first) return later(std::move(waiting));
    held_.push_back(std::move(waiting));
    if (open_ || held_.size() >= expected_) release();
  }
  /// Spread over the time that an answer takes, as tasks come that nobody began together.
  void release() {
    together_ = std::max(together_, held_.size());
    open_ = true;
    std::uniform_real_distribution<double> spread(0, 1);
    for (auto& each : held_) {
      each.due = Clock::now() + std::chrono::duration_cast<Clock::duration>(latency_ * spread(chance_));
      later(std::move(each));
    }
    held_.clear();
  }
  void later(Waiting waiting) {
    waiting_.push(std::move(waiting));
    set_timer();
  }
  void set_timer() const {
    itimerspec when{};
    if (!waiting_.empty()) {
      const auto left = std::max<Clock::duration>(waiting_.top().due - Clock::now(), microseconds(1));
      const auto nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
      when.it_value = {.tv_sec = nanos / 1'000'000'000, .tv_nsec = nanos % 1'000'000'000};
    }
    ::timerfd_settime(timer_, 0, &when, nullptr);
  }
  void answer_due() {
    std::uint64_t ignored = 0;
    static_cast<void>(::read(timer_, &ignored, sizeof ignored));
    while (!waiting_.empty() && waiting_.top().due <= Clock::now()) {
      const auto due = waiting_.top();
      waiting_.pop();
      const auto found = connections_.find(due.fd);
      const auto went = Clock::now();
      tasks_[due.task].push_back({.came = due.came, .went = went});
      if (!due.first) late_.push_back(ms(went - due.due));
      if (found != connections_.end() && found->second.serial == due.serial) say(due.fd, R"({"done":true})");
    }
    set_timer();
  }
  static void say(int fd, std::string_view body) {
    const auto whole =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n\r\n" + std::string(body);
    if (::write(fd, whole.data(), whole.size()) != static_cast<ssize_t>(whole.size())) std::perror("write");
  }

  /// "prepare/TASKS", "release", "report/STEPS".
  void control(int fd, std::string_view path) {
    const auto count = number(path.substr(std::min(path.find('/'), path.size() - 1) + 1));
    if (path.starts_with("prepare")) {
      tasks_.clear();
      late_.clear();
      held_.clear();
      expected_ = count;
      together_ = 0;
      open_ = false;
      cpu_ = cpu_ms(RUSAGE_SELF);
    } else if (path.starts_with("release")) {
      release();
    } else {
      return say(fd, report(count));
    }
    say(fd, "{}");
  }
  std::string report(std::size_t steps) {
    std::size_t done = 0;
    std::vector<double> gaps;
    for (const auto& [task, list] : tasks_) {
      done += list.size() >= steps ? 1 : 0;
      for (std::size_t i = 1; i < list.size(); ++i) gaps.push_back(ms(list[i].came - list[i - 1].went));
    }
    auto late = late_;
    std::array<char, 400> out{};
    std::snprintf(
        out.data(), out.size(),
        R"({"done":%zu,"together":%zu,"added_p50":%.3f,"added_p99":%.3f,"late_p50":%.3f,"late_p99":%.3f,"cpu_ms":%.1f})",
        done, together_, part(gaps, 0.5), part(gaps, 0.99), part(late, 0.5), part(late, 0.99),
        cpu_ms(RUSAGE_SELF) - cpu_);
    return out.data();
  }

  const std::chrono::milliseconds latency_;
  const int poll_;
  int listener_ = -1, timer_ = -1;
  std::uint16_t port_ = 0;
  std::uint64_t serial_ = 0;
  std::unordered_map<int, Connection> connections_;
  std::map<std::string, std::vector<Step>> tasks_;
  std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>> waiting_;
  std::vector<Waiting> held_;  ///< first steps: they wait for each other, so that all tasks run at once
  std::vector<double> late_;
  std::size_t expected_ = 0, together_ = 0;
  bool open_ = false;
  double cpu_ = 0;
  std::minstd_rand chance_{4711};
};

std::string asked(int fd, const std::string& request) {
  if (::write(fd, request.data(), request.size()) != static_cast<ssize_t>(request.size())) fail("write");
  std::array<char, 4096> bytes{};
  const auto count = ::read(fd, bytes.data(), bytes.size());
  if (count <= 0) fail("read");
  return {bytes.data(), static_cast<std::size_t>(count)};
}

/// Each connection asks for one step after the other, at once.
int ask_straight(std::uint16_t port, std::size_t tasks, std::size_t steps) {
  const int control = connect_to(port);
  asked(control, "POST /control/prepare/" + std::to_string(tasks) + " HTTP/1.1\r\nHost: s\r\n\r\n");
  const auto began = Clock::now();
  const int poll = ::epoll_create1(0);
  std::unordered_map<int, std::pair<std::size_t, std::size_t>> at;  // socket → task, step
  const auto ask = [&](int fd) {
    const auto& [task, step] = at[fd];
    const auto request = "GET /steps?task=t" + std::to_string(task) + "&n=" + std::to_string(step) +
                         " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\nUser-Agent: floor\r\n\r\n";
    if (::write(fd, request.data(), request.size()) < 0) fail("write");
  };
  for (std::size_t i = 0; i < tasks; ++i) {
    const int fd = connect_to(port);
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
    at[fd] = {i, 0};
    ask(fd);
  }
  for (std::size_t left = tasks; left > 0;) {
    std::array<epoll_event, kEventsAtOnce> events{};
    const int count = ::epoll_wait(poll, events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events.at(static_cast<std::size_t>(i)).data.fd;
      std::array<char, 4096> bytes{};
      if (::read(fd, bytes.data(), bytes.size()) <= 0) fail("read");
      if (++at[fd].second < steps)
        ask(fd);
      else
        --left;
    }
  }
  const auto took = ms(Clock::now() - began);
  const auto report = asked(control, "GET /control/report/" + std::to_string(steps) + " HTTP/1.1\r\nHost: s\r\n\r\n");
  const auto body = report.substr(report.find("\r\n\r\n") + 4);
  std::printf("%s,\"took_ms\":%.1f,\"client_cpu_ms\":%.1f}\n", body.substr(0, body.size() - 1).c_str(), took,
              cpu_ms(RUSAGE_SELF));
  return 0;
}

int run(int argc, char** argv) {
  const bool floor = argc == 5 && std::string_view(argv[1]) == "--floor";
  if (!floor && argc != 2) {
    std::fprintf(stderr, "usage: bench_step_service LATENCY_MS | --floor LATENCY_MS TASKS STEPS\n");
    return 2;
  }
  Service service(std::chrono::milliseconds(number(argv[floor ? 2 : 1])));
  if (!floor) {
    std::printf("%u\n", service.port());
    std::fflush(stdout);
    service.serve();
    return 0;
  }
  std::array<int, 2> end{};
  if (::pipe(end.data()) != 0) fail("pipe");
  const auto child = ::fork();
  if (child == 0) {
    ::dup2(end[0], STDIN_FILENO);
    ::close(end[1]);
    service.serve();
    std::exit(0);
  }
  ::close(end[0]);
  const int result = ask_straight(service.port(), number(argv[3]), number(argv[4]));
  ::close(end[1]);
  ::waitpid(child, nullptr, 0);
  return result;
}

}  // namespace
}  // namespace troupe::bench

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return troupe::bench::run(argc, argv);
}
