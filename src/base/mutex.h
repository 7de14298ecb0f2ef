// Locks that the compiler checks: which members a mutex guards and which functions want it held stands in the
// declarations, and clang's Thread Safety Analysis (https://clang.llvm.org/docs/ThreadSafetyAnalysis.html, where the
// macros and the shape of these classes come from) refuses what goes past them. cmake/toolchain.cmake turns it on, as
// an error. A lock is never held across a co_await: another thread would let it go. tests/architecture/locks.py sees to
// that, and to nobody using the standard library's mutexes directly: clang knows nothing of what they guard.
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <utility>

#define TROUPE_CHECKED(...) __attribute__((__VA_ARGS__))

/// The class is something to hold: a mutex, or a role (below). `kind` is the word that clang's messages call it by.
#define CAPABILITY(kind) TROUPE_CHECKED(capability(kind))
/// The class holds something from its constructor to its destructor.
#define SCOPED_CAPABILITY TROUPE_CHECKED(scoped_lockable)
/// The member is read with the mutex held, shared or alone, and written with it held alone.
#define GUARDED_BY(...) TROUPE_CHECKED(guarded_by(__VA_ARGS__))
/// The same of what the member, a pointer, points to.
#define PT_GUARDED_BY(...) TROUPE_CHECKED(pt_guarded_by(__VA_ARGS__))
/// The function is called with the mutex held, and leaves it held. A lambda bears this after its parameters.
#define REQUIRES(...) TROUPE_CHECKED(requires_capability(__VA_ARGS__))
#define REQUIRES_SHARED(...) TROUPE_CHECKED(requires_shared_capability(__VA_ARGS__))
/// The function takes the mutex itself: who calls it with the mutex held waits for ever.
#define EXCLUDES(...) TROUPE_CHECKED(locks_excluded(__VA_ARGS__))
/// The function returns with the mutex held, or lets it go. Without arguments: the object's own.
#define ACQUIRE(...) TROUPE_CHECKED(acquire_capability(__VA_ARGS__))
#define ACQUIRE_SHARED(...) TROUPE_CHECKED(acquire_shared_capability(__VA_ARGS__))
#define RELEASE(...) TROUPE_CHECKED(release_capability(__VA_ARGS__))
#define RELEASE_SHARED(...) TROUPE_CHECKED(release_shared_capability(__VA_ARGS__))
/// The function says that it is held, where clang cannot see how.
#define ASSERT_CAPABILITY(...) TROUPE_CHECKED(assert_capability(__VA_ARGS__))
/// The function returns a reference to that mutex.
#define RETURN_CAPABILITY(mutex) TROUPE_CHECKED(lock_returned(mutex))
/// The function is not looked into. A comment says why it is right.
#define NO_THREAD_SAFETY_ANALYSIS TROUPE_CHECKED(no_thread_safety_analysis)

namespace troupe::base {

class CAPABILITY("mutex") Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

 private:
  friend class Lock;
  std::mutex mutex_;
};

/// Held by many readers, or by one writer.
class CAPABILITY("mutex") SharedMutex {
 public:
  SharedMutex() = default;
  SharedMutex(const SharedMutex&) = delete;
  SharedMutex& operator=(const SharedMutex&) = delete;

 private:
  friend class WriteLock;
  friend class ReadLock;
  std::shared_mutex mutex_;
};

/// Holds a mutex to the end of the block.
class SCOPED_CAPABILITY Lock {
 public:
  explicit Lock(Mutex& mutex) ACQUIRE(mutex) : lock_(mutex.mutex_) {}
  ~Lock() RELEASE() {}  // NOLINT(modernize-use-equals-default): a defaulted one bears no attribute
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  /// Lets it go before the end of the block, and takes it again.
  void unlock() RELEASE() { lock_.unlock(); }
  void lock() ACQUIRE() { lock_.lock(); }

 private:
  friend class Condition;
  std::unique_lock<std::mutex> lock_;
};

/// Holds a shared mutex alone, to the end of the block.
class SCOPED_CAPABILITY WriteLock {
 public:
  explicit WriteLock(SharedMutex& mutex) ACQUIRE(mutex) : lock_(mutex.mutex_) {}
  ~WriteLock() RELEASE() {}  // NOLINT(modernize-use-equals-default)
  WriteLock(const WriteLock&) = delete;
  WriteLock& operator=(const WriteLock&) = delete;
  void unlock() RELEASE() { lock_.unlock(); }

 private:
  std::unique_lock<std::shared_mutex> lock_;
};

/// Holds a shared mutex with other readers, to the end of the block.
class SCOPED_CAPABILITY ReadLock {
 public:
  explicit ReadLock(SharedMutex& mutex) ACQUIRE_SHARED(mutex) : lock_(mutex.mutex_) {}
  ~ReadLock() RELEASE() {}  // NOLINT(modernize-use-equals-default)
  ReadLock(const ReadLock&) = delete;
  ReadLock& operator=(const ReadLock&) = delete;
  void unlock() RELEASE() { lock_.unlock(); }

 private:
  std::shared_lock<std::shared_mutex> lock_;
};

/// Waits until another thread has changed what a mutex guards. The waits let the lock go meanwhile and have it again
/// when they return; they may return without a reason, so the caller looks, in a loop or by the predicate:
/// `changed.wait(lock, [&]() REQUIRES(mutex) { return ready; });`
class Condition {
 public:
  void notify_one() { changed_.notify_one(); }
  void notify_all() { changed_.notify_all(); }

  void wait(Lock& lock) { changed_.wait(lock.lock_); }
  /// False: the time is over.
  template <class Rep, class Period>
  bool wait_for(Lock& lock, std::chrono::duration<Rep, Period> longest) {
    return changed_.wait_for(lock.lock_, longest) == std::cv_status::no_timeout;
  }
  template <class Clock, class Duration>
  bool wait_until(Lock& lock, std::chrono::time_point<Clock, Duration> end) {
    return changed_.wait_until(lock.lock_, end) == std::cv_status::no_timeout;
  }

  // clang does not know that `lock` holds the mutex that the predicate names; its caller is checked for holding it.
  template <class Predicate>
  void wait(Lock& lock, Predicate ready) NO_THREAD_SAFETY_ANALYSIS {
    while (!ready()) wait(lock);
  }
  /// What the predicate says at last.
  template <class Rep, class Period, class Predicate>
  bool wait_for(Lock& lock, std::chrono::duration<Rep, Period> longest, Predicate ready) NO_THREAD_SAFETY_ANALYSIS {
    return changed_.wait_for(lock.lock_, longest, std::move(ready));
  }
  template <class Clock, class Duration, class Predicate>
  bool wait_until(Lock& lock, std::chrono::time_point<Clock, Duration> end, Predicate ready) NO_THREAD_SAFETY_ANALYSIS {
    return changed_.wait_until(lock.lock_, end, std::move(ready));
  }

 private:
  std::condition_variable changed_;
};

/// What one thread only may touch, without a lock: members are GUARDED_BY the role, functions that are called on that
/// thread REQUIRE it, and the thread's first function takes it with InRole. It costs nothing, and holds nothing at run
/// time.
class CAPABILITY("role") Role {
 public:
  Role() = default;
  Role(const Role&) = delete;
  Role& operator=(const Role&) = delete;
  /// Says that this is that thread, where clang cannot see it: inside a callback.
  void assert_here() const ASSERT_CAPABILITY() {}
};

/// This thread has the role to the end of the block.
class SCOPED_CAPABILITY InRole {
 public:
  explicit InRole(const Role& role) ACQUIRE(role) { static_cast<void>(role); }
  ~InRole() RELEASE() {}  // NOLINT(modernize-use-equals-default)
  InRole(const InRole&) = delete;
  InRole& operator=(const InRole&) = delete;
};

}  // namespace troupe::base
