// The write-ahead log is written in large pieces.
#pragma once

namespace troupe::store {

/// The name of a virtual file system of SQLite for the connection that writes. SQLite writes each page of a commit in
/// two pieces, 24 bytes and the page; here they are put together, up to 64 KiB a time, and go out before whatever asks
/// the file for something: a sync, a read, its size, its end, a write elsewhere. So the file has all of them before
/// SQLite says to others that they are there, as long as commits sync the log (synchronous=FULL). Pieces that cannot be
/// written are lost, which whatever asked is told as an error that ends the transaction. Everything else is the default
/// system's. Throws SqlError when SQLite has none.
const char* gathering_log_writes();

}  // namespace troupe::store
