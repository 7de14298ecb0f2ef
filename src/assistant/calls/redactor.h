// Takes a service's secrets out of what it answers and of what is said about it.
#pragma once
#include <map>
#include <memory>
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
  Redactor() = default;
  /// Of a service's secrets (Service::secrets), and of what signing in makes of them.
  explicit Redactor(const std::map<std::string, std::string>& secrets);
  void add(const std::string& secret);
  std::string text(std::string value) const;
  /// Names of members, too.
  Json json(const Json& value) const;

 private:
  /// Shared with copies until one of them learns more; nothing: it knows none.
  std::shared_ptr<schema::SecretFinder> secrets_;
};

/// Secrets with their redactor: making one takes longer than all else of a short call.
struct KnownSecrets {
  explicit KnownSecrets(std::map<std::string, std::string> of) : secrets(std::move(of)), redactor(secrets) {}

  const std::map<std::string, std::string> secrets;
  const Redactor redactor;
};
/// The service's own where it is of those secrets, else a new one.
Redactor redactor_of(const Service& service);

}  // namespace troupe::assistant::calls
