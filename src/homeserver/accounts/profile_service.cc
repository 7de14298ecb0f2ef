#include "homeserver/accounts/profile_service.h"

#include "homeserver/accounts/account_store.h"

namespace troupe::homeserver::accounts {
namespace {

Error no_such_profile() { return Error(Errc::not_found, "There is no profile of this user on this server."); }

bool is_plain(std::string_view name) { return name == kDisplayName || name == kAvatarUrl; }

/// Common namespaced identifier grammar (appendices): a-z first, then a-z 0-9 . _ -
Result<Unit> check_name(std::string_view name) {
  if (name.size() > ProfileService::kMaxFieldNameBytes) {
    return Error(Errc::invalid_param, "The name of a profile field is at most 255 bytes.")
        .with_wire_code("M_KEY_TOO_LARGE");
  }
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto fits = [&](char c) { return lower(c) || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'; };
  if (name.empty() || !lower(name.front()) || !std::ranges::all_of(name, fits)) {
    return Error(Errc::invalid_param, "The name of a profile field is a-z, 0-9 and . _ - only, with a letter first.");
  }
  return Unit{};
}

/// What is stored for a value; nothing: remove the field.
Result<std::optional<std::string>> stored_form(std::string_view name, const matrix::Json& value) {
  if (!is_plain(name)) {
    TRY(matrix::check_canonical(value));
    auto text = boost::json::serialize(value);
    if (text.size() > ProfileService::kMaxProfileBytes) {
      return Error(Errc::too_large, "A profile is at most 64 KiB.")
          .with_wire_code("M_PROFILE_TOO_LARGE")
          .with_status(400);
    }
    return std::optional(std::move(text));
  }
  if (value.is_null()) return std::optional<std::string>();
  if (!value.is_string()) return Error(Errc::bad_json, std::string(name) + " must be a string.");
  const auto text = matrix::view(value.get_string());
  const auto limit = name == kDisplayName ? ProfileService::kMaxDisplayNameBytes : ProfileService::kMaxAvatarUrlBytes;
  if (text.size() > limit) {
    return Error(Errc::invalid_param, std::string(name) + " is longer than " + std::to_string(limit) + " bytes.");
  }
  if (text.find('\0') != std::string_view::npos) {
    return Error(Errc::invalid_param, std::string(name) + " may not hold a NUL character.");
  }
  return text.empty() ? std::optional<std::string>() : std::optional(std::string(text));
}

matrix::Json shown_form(const ProfileField& field) {
  if (is_plain(field.name)) return matrix::Json(field.value);
  auto parsed = matrix::parse_json(field.value);
  return parsed ? *std::move(parsed) : matrix::Json();  // it was checked when it was stored
}

bool is_active(store::Connection& connection, std::string_view user_id) {
  const auto account = account_store::find_account(connection, user_id);
  return account && !account->deactivated;
}

/// The size that the limit is about: names and values.
std::size_t profile_bytes(store::Connection& connection, std::string_view user_id, std::string_view without) {
  std::size_t bytes = 0;
  for (const auto& field : profile_store::fields(connection, user_id)) {
    if (field.name != without) bytes += field.name.size() + field.value.size() + 6;  // quotes, colon, comma
  }
  return bytes;
}

}  // namespace

Task<matrix::JsonObject> ProfileService::get(std::string user_id) {
  auto look = [&user_id](store::Connection& connection) -> Result<std::vector<ProfileField>> {
    if (!is_active(connection, user_id)) return no_such_profile();
    return profile_store::fields(connection, user_id);
  };
  CO_TRY(auto fields, co_await db_.read(look));
  matrix::JsonObject profile;
  for (const auto& field : fields) profile[field.name] = shown_form(field);
  co_return profile;
}

Task<matrix::Json> ProfileService::get_field(std::string user_id, std::string name) {
  auto look = [&](store::Connection& connection) -> Result<std::string> {
    if (!is_active(connection, user_id)) return no_such_profile();
    auto value = profile_store::field(connection, user_id, name);
    if (!value) return Error(Errc::not_found, "This field of the profile is not set.");
    return *std::move(value);
  };
  CO_TRY(auto value, co_await db_.read(look));
  co_return shown_form({std::move(name), std::move(value)});
}

Task<Unit> ProfileService::set_field(std::string user_id, std::string name, matrix::Json value) {
  CO_TRY(check_name(name));
  CO_TRY(auto stored, stored_form(name, value));
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (!is_active(tx, user_id)) return no_such_profile();
    if (!stored) {
      profile_store::delete_field(tx, user_id, name);
      return Unit{};
    }
    if (profile_bytes(tx, user_id, name) + name.size() + stored->size() + 6 > kMaxProfileBytes) {
      return Error(Errc::too_large, "A profile is at most 64 KiB.")
          .with_wire_code("M_PROFILE_TOO_LARGE")
          .with_status(400);
    }
    profile_store::set_field(tx, user_id, name, *stored);
    return Unit{};
  };
  CO_TRY(co_await db_.write(write));
  co_return co_await refresh_rooms(std::move(user_id), name);
}

Task<Unit> ProfileService::delete_field(std::string user_id, std::string name) {
  CO_TRY(check_name(name));
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (!is_active(tx, user_id)) return no_such_profile();
    profile_store::delete_field(tx, user_id, name);
    return Unit{};
  };
  CO_TRY(co_await db_.write(write));
  co_return co_await refresh_rooms(std::move(user_id), name);
}

Task<Unit> ProfileService::refresh_rooms(std::string user_id, std::string_view field) {
  if (!is_plain(field)) co_return Unit{};
  co_return co_await observer_.profile_changed(std::move(user_id));
}

}  // namespace troupe::homeserver::accounts
