// The ledger in one SQLite file: one process, a write-ahead log, free pages given back.
#pragma once
#include "store/checkpointer.h"
#include "store/format.h"
#include "store/ledger.h"

namespace troupe::store {

class SqliteLedger final : public Ledger {
 public:
  SqliteLedger(std::unique_ptr<WriteTx> tx, StreamStart start);

  /// Before the writer starts.
  void attach(Checkpointer& checkpointer) { checkpointer_ = &checkpointer; }

  void begin(bool precise) override REQUIRES(writer_thread);
  void commit() override REQUIRES(writer_thread);
  bool resolve() override { return false; }
  void roll_back() noexcept override REQUIRES(writer_thread);
  void between_batches(bool quiet) override REQUIRES(writer_thread);

 private:
  void shrink_file() REQUIRES(writer_thread);
  SqliteConnection& sqlite() REQUIRES(writer_thread) { return static_cast<SqliteConnection&>(connection()); }

  StreamPos stored_ GUARDED_BY(writer_thread) = 0;  ///< the head in the stream row
  Checkpointer* checkpointer_ = nullptr;
  std::chrono::steady_clock::time_point next_shrink_ GUARDED_BY(writer_thread){};
};

}  // namespace troupe::store
