#include "homeserver/appservice/services.h"

#include <re2/re2.h>

#include <algorithm>
#include <fstream>

#include "base/crypto.h"
#include "base/text.h"
#include "matrix/ids.h"

namespace troupe::homeserver::appservice {
namespace {

/// Of one compiled expression; RE2 refuses what would need more.
constexpr std::int64_t kRegexMemory = 1 << 20;

std::string hash_of(std::string_view token) {
  const auto hash = base::sha256(token);
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

Result<std::string> contents_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Error(Errc::not_found, "it cannot be read");
  std::string text(kMaxRegistrationBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (in.gcount() == 0 && !in.eof())) return Error(Errc::not_found, "it cannot be read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMaxRegistrationBytes) return Error(Errc::too_large, "it is larger than 1 MiB");
  return text;
}

}  // namespace

Service::Service(Registration registration, std::string_view server_name)
    : registration_(std::move(registration)),
      server_name_(server_name),
      sender_(matrix::make_user_id(registration_.sender_localpart, server_name)) {}

Service::~Service() = default;

Result<std::unique_ptr<Service>> Service::make(Registration registration, std::string_view server_name) {
  // Bridges draw theirs at random, with capitals, which no account of a person may have.
  if (!matrix::is_new_localpart(base::ascii_lower(registration.sender_localpart), server_name)) {
    return Error(Errc::invalid_param,
                 "sender_localpart can be no user name: it may hold letters, digits and . _ = - / +");
  }
  std::unique_ptr<Service> made(new Service(std::move(registration), server_name));
  TRY(made->users_, compile(made->registration_.users, "users"));
  TRY(made->aliases_, compile(made->registration_.aliases, "aliases"));
  TRY(made->rooms_, compile(made->registration_.rooms, "rooms"));
  return made;
}

Result<Service::Rules> Service::compile(const std::vector<NamespaceRule>& rules, std::string_view what) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kRegexMemory);
  Rules compiled;
  for (const auto& rule : rules) {
    auto pattern = std::make_unique<re2::RE2>(rule.regex, options);
    if (!pattern->ok()) {
      return Error(Errc::invalid_param, "namespaces." + std::string(what) + ": the regex " + rule.regex +
                                            " cannot be used: " + pattern->error() +
                                            " (look-around and back-references are not part of it)");
    }
    compiled.push_back({.exclusive = rule.exclusive, .pattern = std::move(pattern)});
  }
  return compiled;
}

bool Service::matches(const Rules& rules, std::string_view name, bool only_exclusive) {
  return std::ranges::any_of(rules, [&](const Rule& rule) {
    if (only_exclusive && !rule.exclusive) return false;
    return rule.pattern->Match(re2::StringPiece(name.data(), name.size()), 0, name.size(), re2::RE2::ANCHOR_START,
                               nullptr, 0);
  });
}

bool Service::is_local(std::string_view id) const {
  const auto colon = id.find(':');
  return colon != id.npos && id.substr(colon + 1) == server_name_;
}

bool Service::has_user(std::string_view user_id) const {
  return user_id == sender_ || (is_local(user_id) && matches(users_, user_id, false));
}
bool Service::owns_user(std::string_view user_id) const {
  return user_id == sender_ || (is_local(user_id) && matches(users_, user_id, true));
}
bool Service::has_alias(std::string_view alias) const { return is_local(alias) && matches(aliases_, alias, false); }
bool Service::owns_alias(std::string_view alias) const { return is_local(alias) && matches(aliases_, alias, true); }
bool Service::has_room(std::string_view room_id) const { return matches(rooms_, room_id, false); }

Result<Unit> Services::add(std::unique_ptr<Service> service) {
  if (all_.size() >= kMaxServices)
    return Error(Errc::invalid_param, "there are more than " + std::to_string(kMaxServices) + " services");
  const auto hash = hash_of(service->registration().as_token);
  for (const auto& other : all_) {
    const auto& theirs = other->registration();
    const auto same = [&](std::string_view what) {
      return Error(Errc::invalid_param, std::string(what) + " is that of " + theirs.file);
    };
    if (other->id() == service->id()) return same("its id " + service->id());
    if (by_token_.contains(hash) && by_token_.at(hash) == other.get()) return same("its as_token");
    if (other->sender() == service->sender()) return same("its sender_localpart " + theirs.sender_localpart);
  }
  by_token_.emplace(hash, service.get());
  all_.push_back(std::move(service));
  return Unit{};
}

const Service* Services::find(std::string_view id) const {
  const auto found = std::ranges::find_if(all_, [id](const auto& service) { return service->id() == id; });
  return found == all_.end() ? nullptr : found->get();
}

const Service* Services::find_by_token(std::string_view as_token) const {
  if (all_.empty()) return nullptr;
  const auto found = by_token_.find(hash_of(as_token));
  return found == by_token_.end() ? nullptr : found->second;
}

bool Services::is_taken_user(std::string_view user_id, const Service* except) const {
  return std::ranges::any_of(all_, [&](const auto& s) { return s.get() != except && s->owns_user(user_id); });
}

Result<Unit> Services::check_free(std::string_view user_id, const Service* except) const {
  if (!is_taken_user(user_id, except)) return Unit{};
  return Error(Errc::invalid_param,
               "The name " + std::string(user_id) + " belongs to an application service. Choose another one.")
      .with_wire_code("M_EXCLUSIVE");
}

bool Services::is_taken_alias(std::string_view alias, const Service* except) const {
  return std::ranges::any_of(all_, [&](const auto& s) { return s.get() != except && s->owns_alias(alias); });
}

LoadedServices load_services(const std::vector<std::string>& files, std::string_view server_name) {
  LoadedServices loaded;
  for (const auto& file : files) {
    const auto load = [&]() -> Result<Unit> {
      TRY(const auto text, contents_of(file));
      TRY(auto registration, read_registration(text));
      registration.file = file;
      TRY(auto service, Service::make(std::move(registration), server_name));
      return loaded.services->add(std::move(service));
    };
    if (const auto done = load(); !done) loaded.problems.push_back(file + ": " + done.error().message());
  }
  return loaded;
}

}  // namespace troupe::homeserver::appservice
