// The registered application services: whose token it is, and which names are theirs.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "homeserver/appservice/registration_file.h"

namespace re2 {
class RE2;
}

namespace troupe::homeserver::appservice {

/// One application service. Immutable; callable from any thread. Expressions are matched in linear time, from a name's
/// first character on; where they end the rest of the name is free, as bridges know it from Synapse.
class Service {
 public:
  /// Errors: invalid_param, naming what is wrong with an expression or the sender's name.
  static Result<std::unique_ptr<Service>> make(Registration registration, std::string_view server_name);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  const Registration& registration() const { return registration_; }
  const std::string& id() const { return registration_.id; }
  const std::string& sender() const { return sender_; }  ///< user id of its own account
  bool listens() const { return !registration_.url.empty(); }
  /// Whether it is told of messages to devices of its users, and of changes of devices.
  bool hears_messages() const {
    return listens() && (registration_.receive_ephemeral || registration_.receive_devices);
  }
  bool hears_devices() const { return listens() && registration_.receive_devices; }

  /// A local user in its namespace, or the sender.
  bool has_user(std::string_view user_id) const;
  /// The same for users whom nobody else may make.
  bool owns_user(std::string_view user_id) const;
  bool has_alias(std::string_view alias) const;
  bool owns_alias(std::string_view alias) const;
  bool has_room(std::string_view room_id) const;
  bool has_aliases() const { return !aliases_.empty(); }  ///< whether it has any namespace of that kind

 private:
  struct Rule {
    bool exclusive;
    std::unique_ptr<re2::RE2> pattern;
  };
  using Rules = std::vector<Rule>;
  Service(Registration registration, std::string_view server_name);
  bool is_local(std::string_view id) const;
  static Result<Rules> compile(const std::vector<NamespaceRule>& rules, std::string_view what);
  static bool matches(const Rules& rules, std::string_view name, bool only_exclusive);

  Registration registration_;
  std::string server_name_;
  std::string sender_;
  Rules users_;
  Rules aliases_;
  Rules rooms_;
};

/// All of them. Immutable; callable from any thread. They live as long as the server.
class Services {
 public:
  static constexpr std::size_t kMaxServices = 100;

  Services() = default;
  /// Nothing is taken in when its id, token or sender is another's. Error: invalid_param.
  Result<Unit> add(std::unique_ptr<Service> service);

  const std::vector<std::unique_ptr<Service>>& all() const { return all_; }
  bool empty() const { return all_.empty(); }
  /// nullptr when nobody has it.
  const Service* find(std::string_view id) const;
  const Service* find_by_token(std::string_view as_token) const;
  /// Whether a service other than `except` has the name for itself.
  bool is_taken_user(std::string_view user_id, const Service* except = nullptr) const;
  /// The same as an error: invalid_param M_EXCLUSIVE.
  Result<Unit> check_free(std::string_view user_id, const Service* except) const;
  bool is_taken_alias(std::string_view alias, const Service* except = nullptr) const;

 private:
  std::vector<std::unique_ptr<Service>> all_;
  std::unordered_map<std::string, const Service*> by_token_;  ///< by the token's hash
};

/// What the files say, and what is wrong with them: a sentence for each, which names the file.
struct LoadedServices {
  std::unique_ptr<Services> services = std::make_unique<Services>();
  std::vector<std::string> problems;
};
LoadedServices load_services(const std::vector<std::string>& files, std::string_view server_name);

}  // namespace troupe::homeserver::appservice
