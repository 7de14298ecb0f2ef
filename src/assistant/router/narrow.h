// The few operations that a sentence may want, out of many: what a model is shown.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "assistant/router/router.h"

namespace troupe::assistant::router {

struct Operation {
  std::string service;
  std::string name;     ///< "create_work_order"
  std::string summary;  ///< what it does, in words
};

/// Holds operations ready for comparison. Unchanging once made; any thread; outlives no router.
class Narrower {
 public:
  Narrower(const Router& router, std::vector<Operation> operations);

  /// At most `most` operations, the likeliest first: by the service that the router sees, by the words of name and
  /// summary, and by the examples whose intent bears the operation's name.
  std::vector<Operation> best(std::string_view text, std::size_t most = 12) const;

 private:
  struct Known {
    Operation operation;
    Features description;
    std::vector<Features> examples;
  };
  double score_of(const Known& known, const Features& features, const Decision& decision) const;

  const Router& router_;
  std::vector<Known> known_;
};

}  // namespace troupe::assistant::router
