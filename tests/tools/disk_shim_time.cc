// Clocks, timers and timeouts of the program: faster, and the wall clock as far off as the rules say.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>

#include "disk_shim.h"

namespace disk_shim {
namespace {

std::int64_t speed = 1;
std::int64_t speed_from_steady = 0, speed_from_wall = 0;  // ns, real, when the program began

constexpr std::int64_t kSecond = 1'000'000'000;
std::int64_t in_ns(const timespec& time) { return time.tv_sec * kSecond + time.tv_nsec; }
timespec from_ns(std::int64_t ns) { return {ns / kSecond, ns % kSecond}; }
/// A time of the program's on one of its clocks, as the kernel has it.
timespec real_time(clockid_t id, const timespec& time) {
  if (speed == 1) return from_ns(in_ns(time) - (id == CLOCK_REALTIME ? clock_ms.load() * 1'000'000 : 0));
  auto from = id == CLOCK_REALTIME ? speed_from_wall : speed_from_steady;
  auto off = id == CLOCK_REALTIME ? clock_ms.load() * 1'000'000 : 0;
  return from_ns(from + (in_ns(time) - off - from) / speed);
}
/// A timeout in milliseconds, where -1 is for ever.
int real_timeout(int ms) { return ms <= 0 ? ms : static_cast<int>((ms + speed - 1) / speed); }

}  // namespace

void set_speed(long times) {
  timespec steady, wall;
  clock_gettime(CLOCK_MONOTONIC, &steady);
  clock_gettime(CLOCK_REALTIME, &wall);
  speed_from_steady = in_ns(steady);
  speed_from_wall = in_ns(wall);
  speed = times;
}

}  // namespace disk_shim

using namespace disk_shim;

extern "C" {

int clock_gettime(clockid_t id, timespec* time) noexcept {
  REAL(clock_gettime);
  int result = real(id, time);
  if (result != 0) return result;
  bool wall = id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE;
  bool steady = id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_COARSE || id == CLOCK_BOOTTIME;
  if (!wall && !steady) return result;
  auto ns = in_ns(*time);
  if (speed > 1) {
    auto from = wall ? speed_from_wall : speed_from_steady;
    ns = from + (ns - from) * speed;
  }
  if (wall) {
    look_at_control();
    ns += clock_ms.load(std::memory_order_relaxed) * 1'000'000;
  }
  *time = from_ns(ns);
  return result;
}

int timerfd_settime(int fd, int flags, const itimerspec* wanted, itimerspec* before) noexcept {
  REAL(timerfd_settime);
  if (speed == 1 || (flags & TFD_TIMER_ABSTIME)) return real(fd, flags, wanted, before);  // Asio's absolute one is: now
  auto shorter = [](const timespec& time) {
    auto ns = in_ns(time);
    return from_ns(ns > 0 ? std::max<std::int64_t>(1, ns / speed) : 0);
  };
  itimerspec given{shorter(wanted->it_interval), shorter(wanted->it_value)};
  return real(fd, flags, &given, before);
}
int epoll_wait(int fd, epoll_event* events, int most, int timeout) {
  REAL(epoll_wait);
  return real(fd, events, most, real_timeout(timeout));
}
int poll(pollfd* fds, nfds_t count, int timeout) {
  REAL(poll);
  return real(fds, count, real_timeout(timeout));
}
int nanosleep(const timespec* time, timespec* left) {
  REAL(nanosleep);
  auto shorter = from_ns(in_ns(*time) / speed);
  return real(&shorter, left);
}
int clock_nanosleep(clockid_t id, int flags, const timespec* time, timespec* left) {
  REAL(clock_nanosleep);
  auto given = speed == 1 ? *time : (flags & TIMER_ABSTIME) ? real_time(id, *time) : from_ns(in_ns(*time) / speed);
  return real(id, flags, &given, left);
}
int usleep(useconds_t us) {
  timespec time = from_ns(us * 1000L);
  return nanosleep(&time, nullptr);
}
int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t id, const timespec* until) {
  REAL(pthread_cond_clockwait);
  auto given = speed == 1 ? *until : real_time(id, *until);
  return real(condition, mutex, id, &given);
}
int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* until) {
  REAL(pthread_cond_timedwait);
  auto given = speed == 1 && clock_ms == 0 ? *until : real_time(CLOCK_REALTIME, *until);
  return real(condition, mutex, &given);
}
int gettimeofday(timeval* time, void*) noexcept {
  timespec now;
  int result = clock_gettime(CLOCK_REALTIME, &now);
  *time = {now.tv_sec, now.tv_nsec / 1000};
  return result;
}
time_t time(time_t* out) noexcept {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}

}  // extern "C"
