// Asks several models in their order until one has answered: an endpoint that is down, slow or over its limit is left
// within the same answer, also in the middle of it. Pays for what is asked (fleet/models).
#pragma once
#include <string>
#include <vector>

#include "fleet/brains/openai/chat_attempt.h"
#include "fleet/brains/openai/openai_request.h"
#include "fleet/models/models.h"

namespace troupe::fleet::brains {

struct ChainQuestion {
  OpenAiRequest request;
  std::string person;  ///< who asks: whose money it is
};

struct ChainEnd {
  enum class What {
    answered,    ///< by one model, whole, unless `answer.whole` says otherwise
    too_long,    ///< the question alone fits none
    over_limit,  ///< a spending limit of today
    no_price,    ///< a spending limit holds, and no model has a price
    failed,      ///< `last` says how the last one failed
    unwanted,    ///< nobody waits any more
  };
  What what = What::failed;
  ChatAnswer answer;
  Attempt last;
  std::string reason;  ///< for the log; of over_limit and no_price
};

/// Of one bot. On the fleet's executor.
class ModelChain {
 public:
  /// `models` nullptr: nothing is booked, and there are no models of the server's.
  ModelChain(const BrainContext& context, OpenAiConfig config, models::Models* models);

  /// More than one model may be asked.
  bool has_fallbacks() const { return endpoints_.size() > 1; }
  /// Both outlive the task.
  asio::awaitable<ChainEnd> ask(ChainQuestion question, ReplyStream& stream) const;

 private:
  struct Entry {
    models::Endpoint endpoint;
    OpenAiConfig config;  ///< for requests to it
    std::string breaker;
    bool of_server = false;
  };
  /// What one answer has gone through so far.
  struct Turn {
    const ChainQuestion& question;
    GrowingAnswer& growing;
    std::vector<bool> out;                                ///< not to be asked again for this answer
    std::vector<bool> slow;                               ///< given up for its silence
    bool final_round = false;                             ///< nobody is asked after it
    std::optional<ChatAnswer> incomplete = {};            ///< one that ended without saying that it was done
    std::optional<std::chrono::milliseconds> pause = {};  ///< the shortest that a server asked for
    bool again = false;                                   ///< another round may help
    bool asked = false;                                   ///< some model was, and failed
    bool too_long = false;
    ChainEnd end = {};
  };

  asio::awaitable<bool> ask_round(Turn& turn) const;
  asio::awaitable<bool> ask_one(std::size_t at, models::BreakerPass* pass, bool last, Turn& turn) const;
  /// Until the model has answered or failed for good: what it does not know is left out, what is too long is cut.
  asio::awaitable<std::optional<Attempt>> attempt(std::size_t at, bool last, Turn& turn) const;
  /// Nothing: it is not paid for; the turn says why.
  asio::awaitable<std::optional<models::Reservation>> pay(const Entry& entry, const OpenAiRequest& request, bool last,
                                                          Turn& turn) const;
  static void note_unpaid(const Error& error, Turn& turn);
  void judge(std::size_t at, models::BreakerPass* pass, Attempt attempt, Turn& turn) const;
  bool others_left(std::size_t after, const Turn& turn) const;
  TokenPatience patience(std::size_t at, bool last, const Turn& turn) const;
  void leave(const Entry& entry, std::string_view why, std::string_view reason) const;

  BrainContext context_;
  OpenAiConfig config_;
  models::Models* models_;
  std::vector<Entry> endpoints_;
};

}  // namespace troupe::fleet::brains
