// Writes down whom to tell of what happened to a meeting, in the transaction that makes it happen: a kill loses neither
// without the other. Sending: hooks/sender.h.
#pragma once
#include "meetings/hooks/body.h"
#include "meetings/transcripts/vault.h"
#include "store/database.h"

namespace troupe::meetings::hooks {

/// Something happened to a meeting.
struct Happened {
  std::optional<Life> before{};  ///< nothing: it was made
  const Meeting& meeting;        ///< as it is from now on
  std::string container{};       ///< of the present attempt, as the bot calls it
  std::string cause{};
  std::string source{};  ///< user, bot_callback, or troupe
  base::UnixMs at_ms = 0;
};

/// Nothing is written where its status by Vexa's names stays. Throws store::SqlError.
void tell_step(store::Tx& tx, const Happened& happened);

/// After the end, when all is done with its words: transcription.ready of those that were in a call,
/// recording.ready of each recording, then meeting.completed (legacy: the bare meeting, also of those that failed). A
/// second time writes nothing. Names of people are in it: it is sealed with the key of the transcript, where there is
/// one. Throws store::SqlError.
void tell_end(store::Tx& tx, const Told& told, const transcripts::Vault* vault, base::UnixMs now);

/// A summary is there, made at `now`; Vexa 0.6 is not told. Sealed as above. Throws store::SqlError.
void tell_summary(store::Tx& tx, const Told& told, const transcripts::Vault& vault, base::UnixMs now);

/// Opens the body. False: its transcript was deleted, and it with that. Errors: internal. Throws store::SqlError.
Result<bool> open_body(store::Connection& c, Delivery& delivery);

}  // namespace troupe::meetings::hooks
