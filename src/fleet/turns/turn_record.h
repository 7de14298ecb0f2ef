// What a turn was answered from: the question as the brain got it, what went over the wire and came back, and what the
// brain made of it. Kept sealed, so that a conversation can later be rehearsed. No header, no address's query and no
// secret of the bot is in it.
#pragma once
#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "base/crypto.h"
#include "fleet/types/question.h"
#include "fleet/types/reply.h"

namespace troupe::fleet::turns {

/// {"question": {…}, "reply": {…} or "error": {…}, "exchanges": [{"method", "url", "sent", "status", "received",
/// "cut"?}]}. Every occurrence of one of `secrets` (values longer than 3 bytes), also as JSON or in an address, is
/// "***". At most some 600 KiB.
boost::json::object turn_record(const Question& question, const Result<Reply>& reply,
                                const std::vector<Exchange>& exchanges, const std::vector<std::string>& secrets);

/// All texts in a bot's secrets (Bot::sealed_secrets). Error: of the key.
Result<std::vector<std::string>> secret_values(const base::SealingKey& key, const std::string& sealed);

}  // namespace troupe::fleet::turns
