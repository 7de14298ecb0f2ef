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

  void begin(bool precise) override;
  void commit() override;
  bool resolve() override { return false; }
  void roll_back() noexcept override;
  void between_batches(bool quiet) override;

 private:
  void shrink_file();
  SqliteConnection& sqlite() { return static_cast<SqliteConnection&>(connection()); }

  StreamPos stored_ = 0;  ///< the head in the stream row
  Checkpointer* checkpointer_ = nullptr;
  std::chrono::steady_clock::time_point next_shrink_{};
};

}  // namespace troupe::store
