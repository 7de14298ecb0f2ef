// Records of turns in the ledger: written with what a turn becomes, deleted with the message that it answers.
#pragma once
#include "fleet/term/roster.h"
#include "fleet/term/term.h"
#include "fleet/term/term_store.h"

namespace troupe::fleet::turns {

/// Writes what a turn was answered from (`turn_record`, sealed), unless it is written already or not kept.
void write_record(store::Tx& tx, const term::PendingTurn& waiting, base::UnixMs now);

/// Of a record that has just been written, and may have been only after the feed deleted it: deletes it when what it
/// answers was removed meanwhile. On the fleet's executor. A failure is logged: the record is deleted by its age then.
asio::awaitable<void> drop_removed(term::Term& term, term::TermStore& store, term::Roster& roster,
                                   const term::PendingTurn& waiting);

}  // namespace troupe::fleet::turns
