#include "homeserver/sync/filters.h"

#include <charconv>

#include "homeserver/sync/filter_store.h"

namespace troupe::homeserver::sync {
namespace {

std::optional<std::int64_t> number_of(std::string_view id) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (error != std::errc{} || end != id.data() + id.size() || number < 0) return std::nullopt;
  return number;
}

Result<matrix::JsonObject> object_of(std::string_view text) {
  TRY(auto json, matrix::parse_json(text));
  if (!json.is_object()) return Error(Errc::bad_json, "A filter must be a JSON object.");
  return std::move(json.get_object());
}

}  // namespace

FilterPtr Filters::find(const std::string& key) {
  const base::Lock lock(mutex_);
  const auto found = cached_.find(key);
  return found == cached_.end() ? nullptr : found->second;
}

void Filters::remember(std::string key, FilterPtr filter) {
  const base::Lock lock(mutex_);
  if (cached_.size() >= kMaxCached) cached_.clear();
  cached_.insert_or_assign(std::move(key), std::move(filter));
}

Task<std::string> Filters::add(std::string user_id, matrix::JsonObject json) {
  CO_TRY(parse_filter(json));
  CO_TRY(check_filter_ids(json));
  const auto content = boost::json::serialize(json);
  auto write = [&](store::Tx& tx) -> Result<std::int64_t> {
    if (const auto same = filter_store::find_equal_filter(tx, user_id, content)) return *same;
    const auto id = filter_store::next_filter_id(tx, user_id);
    if (id >= kMaxFiltersOfUser) return Error(Errc::limit_exceeded, "Too many filters: use the ids you were given.");
    filter_store::insert_filter(tx, user_id, id, content);
    return id;
  };
  CO_TRY(const auto id, co_await db_.write(write, {.lane = store::Lane::receipts}));
  co_return std::to_string(id);
}

Task<matrix::JsonObject> Filters::get(std::string user_id, std::string filter_id) {
  const auto number = number_of(filter_id);
  if (!number) co_return Error(Errc::not_found, "There is no such filter.");
  auto read = [&](store::Connection& connection) -> Result<std::string> {
    auto content = filter_store::find_filter(connection, user_id, *number);
    if (!content) return Error(Errc::not_found, "There is no such filter.");
    return *std::move(content);
  };
  CO_TRY(const auto content, co_await db_.read(read));
  co_return object_of(content);
}

Task<FilterPtr> Filters::resolve(std::string user_id, std::string parameter) {
  static const FilterPtr all = std::make_shared<const Filter>();
  if (parameter.empty()) co_return all;
  if (parameter.size() > kMaxFilterBytes) co_return Error(Errc::invalid_param, "The filter is longer than 64 KiB.");
  const bool is_inline = parameter.front() == '{';
  std::string key = is_inline ? parameter : user_id + '\0' + parameter;
  if (auto cached = find(key)) co_return cached;

  matrix::JsonObject json;
  if (is_inline) {
    CO_TRY(json, object_of(parameter));
  } else {
    auto stored = co_await get(user_id, parameter);
    if (!stored && stored.error().code() != Errc::not_found) co_return std::unexpected(std::move(stored).error());
    if (!stored) co_return Error(Errc::invalid_param, "There is no filter with this id: store it again.");
    json = *std::move(stored);
  }
  CO_TRY(auto parsed, parse_filter(json));
  if (is_inline) CO_TRY(check_filter_ids(json));
  auto filter = std::make_shared<const Filter>(std::move(parsed));
  remember(std::move(key), filter);
  co_return filter;
}

}  // namespace troupe::homeserver::sync
