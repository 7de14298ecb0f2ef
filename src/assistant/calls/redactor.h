// Takes a service's secrets out of what it answers and of what is said about it.
#pragma once
#include <string>

#include "assistant/calls/call.h"
#include "assistant/schema/secret_finder.h"

namespace troupe::assistant::calls {

/// Knows secrets by their value (schema/secret_finder.h says in which forms). Those of less than six bytes are too
/// common to be looked for. Everything else stays as it is, byte by byte, for an answer may be a file, and a run learns
/// further secrets (a fresh token) while it goes; what is stored in the end passes tasks::Redactor, which knows all
/// secrets of a tenant and mends the text for the database.
class Redactor {
 public:
  void add(const std::string& secret);
  std::string text(std::string value) const;
  /// Names of members, too.
  Json json(const Json& value) const;

 private:
  schema::SecretFinder secrets_;
};

}  // namespace troupe::assistant::calls
