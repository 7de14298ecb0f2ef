// The rows of con_import and con_import_error, and the only SQL that touches them. Inside the transaction of whoever
// calls.
#pragma once
#include <span>
#include <string_view>

#include "console/users/import_status.h"
#include "store/database.h"

namespace troupe::console::users::import_store {

/// A running import with the errors that its plan found. Of the tenant's earlier ones the last nine are kept.
void insert(store::Tx& tx, const ImportStatus& status, std::string_view holder, base::UnixMs now);
/// The numbers so far. Nothing: it does not run any more, because somebody took its process for dead; else whether
/// somebody asked it to end.
std::optional<bool> progress(store::Tx& tx, const ImportStatus& status, std::span<const LineError> fresh,
                             base::UnixMs now);
/// Its last word, `status.state` and all. False: it did not run any more.
bool finish(store::Tx& tx, const ImportStatus& status, std::span<const LineError> fresh);
/// Asks it to end. False: none of this tenant runs under this id.
bool cancel(store::Tx& tx, std::int64_t tenant_id, std::string_view import_id);
/// Those of `holder`, and those whose process has not written since `seen_before`, did not get to their end.
void interrupt(store::Tx& tx, const std::optional<std::string>& holder, base::UnixMs seen_before, base::UnixMs now);

/// Keeps passwords of accounts that are about to be made. `sealed` holds them, `accounts` is how many.
void keep_passwords(store::Tx& tx, std::string_view import_id, std::string_view sealed, std::size_t accounts,
                    base::UnixMs now);
/// All parts in their order.
std::vector<std::string> passwords(store::Connection& c, std::string_view import_id);
/// Whether there were any.
bool drop_passwords(store::Tx& tx, std::string_view import_id);
/// Those that nobody took in time.
void forget_passwords(store::Tx& tx, base::UnixMs made_before);

bool any_running(store::Connection& c);
std::optional<ImportStatus> find(store::Connection& c, std::int64_t tenant_id, std::string_view import_id);
/// Newest first, with their errors.
std::vector<ImportStatus> list(store::Connection& c, std::int64_t tenant_id);

}  // namespace troupe::console::users::import_store
