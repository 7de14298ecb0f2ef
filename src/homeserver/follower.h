// Keeps this process's memory true while other processes of the same server commit to the same database.
#pragma once
#include <string>
#include <vector>

#include "homeserver/account_data/account_data.h"
#include "homeserver/accounts/session.h"
#include "homeserver/memory/notes.h"
#include "homeserver/memory/rooms.h"
#include "homeserver/memory/users.h"
#include "homeserver/sync/receipts.h"
#include "store/database.h"

namespace troupe::homeserver {

/// One per server, before its first request; on SQLite it is never called. All of it runs on the writer thread, before
/// the next batch of this process authorises anything: so whatever an operation finds in memory includes every earlier
/// commit of every process.
///
/// Events are read from their rows by position; everything else comes as notes (notes.h). What is read is read before
/// anything is changed, so that a connection that breaks leaves memory as it was, and the same notes come again.
class Follower {
 public:
  struct Parts {
    store::Database& db;
    memory::Rooms& rooms;
    memory::Users& users;
    accounts::Sessions& sessions;
    sync::Receipts& receipts;
    account_data::AccountData& account_data;
  };
  explicit Follower(Parts parts);

 private:
  void catch_up(store::Connection& connection, const store::ForeignCommits& commits);
  void apply(store::Connection& connection, const memory::Note& note);
  /// Notes were lost: everything in memory is read again.
  void start_over(store::Connection& connection, StreamPos head);
  Parts parts_;
  std::vector<std::string> pending_;  ///< notes heard since the last catch_up, in the order of their commits
};

}  // namespace troupe::homeserver
