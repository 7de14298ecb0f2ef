// Whether this database is an older copy of itself: then tasks in it may have gone on in a time that is lost.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "base/task.h"
#include "store/database.h"

namespace troupe::assistant::tasks {

/// One per process; callable from any thread.
///
/// Each step that writes counts a number up in the commit by which it begins (as_life), which also has which process
/// wrote it (as_life_of), and a file of the data folder has that number before anything is sent. From time to time the
/// file learns what the other processes wrote last. A database in which one of these processes wrote less than the file
/// says is an older one that was put back, however far it has gone on since: it begins a new life, and each write of a
/// task of an earlier life is treated as one that may have been done (Begun::lost_time). The file is not synced at each
/// write: it outlasts the program's death, and a power cut takes at most its last seconds. Without it (a new data
/// folder) nothing is known, and the database is believed.
///
/// While the file cannot be written no step that writes begins; everything else goes on.
class Lives {
 public:
  /// `holder`: the name of this data folder among those of the database's processes (Workers). `db` outlives it.
  Lives(store::Database& db, std::filesystem::path file, std::string holder)
      : db_(db), file_(std::move(file)), holder_(std::move(holder)) {}
  ~Lives();
  Lives(const Lives&) = delete;
  Lives& operator=(const Lives&) = delete;

  /// Compares, and begins a life where the database is older. Before anything is begun. Blocks on the disk. A file that
  /// cannot be read or written is no error: trouble() says it. Errors: as Database::write.
  Task<Unit> start();
  /// Compares once more, writes down what other processes wrote, and tries again what failed. A job, in each process.
  /// Blocks on the disk. Errors: as Database::write.
  Task<Unit> follow();
  /// Before a step that writes begins: whether its number could be written down. Error: unavailable.
  Result<Unit> ready();
  /// Writes the number down (Begun::write_number); an earlier one than is there changes nothing. Error: unavailable.
  Result<Unit> note(std::int64_t number);
  /// A sentence: why no step that writes begins.
  std::optional<std::string> trouble() const;

 private:
  using Numbers = std::map<std::string, std::int64_t>;  ///< by holder

  /// What the file knew before this process ran. Error: unavailable (it cannot be read).
  Result<Unit> read();
  Result<Unit> open(const std::string& text) REQUIRES(mutex_);
  Result<Unit> put(const std::string& text) REQUIRES(mutex_);
  Result<Unit> said(Result<Unit> outcome) REQUIRES(mutex_);
  std::string text() const REQUIRES(mutex_);
  void learn(const Numbers& others) REQUIRES(mutex_);

  store::Database& db_;
  const std::filesystem::path file_;
  const std::string holder_;
  mutable base::Mutex mutex_;
  int handle_ GUARDED_BY(mutex_) = -1;
  std::size_t size_ GUARDED_BY(mutex_) = 0;
  bool was_read_ GUARDED_BY(mutex_) = false;  ///< the file was read
  Numbers known_ GUARDED_BY(mutex_);          ///< this process's own as well
  std::string trouble_ GUARDED_BY(mutex_);
};

}  // namespace troupe::assistant::tasks
