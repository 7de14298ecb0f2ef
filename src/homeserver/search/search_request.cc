#include "homeserver/search/search_request.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/words.h"

namespace troupe::api {

using homeserver::search::CategoriesBody;
using homeserver::search::ContextWish;
using homeserver::search::Grouping;
using homeserver::search::Groupings;
using homeserver::search::RoomEventsBody;
using homeserver::search::SearchBody;

namespace {

constexpr std::array<std::string_view, 3> kKeys{"content.body", "content.name", "content.topic"};
constexpr std::array<std::string_view, 2> kOrders{"recent", "rank"};
constexpr std::array<std::string_view, 2> kGroupKeys{"room_id", "sender"};
constexpr std::int64_t kMaxGroupings = 2;
constexpr Facts kMayLack{.may_lack = true};

}  // namespace

Shape<ContextWish> make_shape(Of<ContextWish>) {
  return Shape<ContextWish>::matrix_request(
      {member<&ContextWish::before_limit>("before_limit", {.least = 0, .may_lack = true}),
       member<&ContextWish::after_limit>("after_limit", {.least = 0, .may_lack = true}),
       member<&ContextWish::include_profile>("include_profile", kMayLack)});
}

Shape<Grouping> make_shape(Of<Grouping>) {
  return Shape<Grouping>::matrix_request({member<&Grouping::key>("key", {.one_of = kGroupKeys})});
}

Shape<Groupings> make_shape(Of<Groupings>) {
  return Shape<Groupings>::matrix_request(
      {member<&Groupings::group_by>("group_by", {.most = kMaxGroupings, .may_lack = true})});
}

Shape<RoomEventsBody> make_shape(Of<RoomEventsBody>) {
  return Shape<RoomEventsBody>::matrix_request(
      {member<&RoomEventsBody::search_term>("search_term", {.most = homeserver::search::kMaxTermBytes}),
       member<&RoomEventsBody::keys>("keys", {.most = std::ssize(kKeys), .one_of = kKeys, .may_lack = true}),
       member<&RoomEventsBody::filter>("filter", kMayLack),
       member<&RoomEventsBody::order_by>("order_by", {.one_of = kOrders, .may_lack = true}),
       member<&RoomEventsBody::event_context>("event_context"),
       member<&RoomEventsBody::include_state>("include_state", kMayLack),
       member<&RoomEventsBody::groupings>("groupings", kMayLack)});
}

Shape<CategoriesBody> make_shape(Of<CategoriesBody>) {
  return Shape<CategoriesBody>::matrix_request({member<&CategoriesBody::room_events>("room_events")});
}

Shape<SearchBody> make_shape(Of<SearchBody>) {
  return Shape<SearchBody>::matrix_request({member<&SearchBody::search_categories>("search_categories")});
}

}  // namespace troupe::api

namespace troupe::homeserver::search {
namespace {

/// No walk through pages of a search comes this far.
constexpr std::size_t kMaxPassed = 1'000'000;

TextKey key_of(std::string_view name) {
  return name == "content.name" ? TextKey::name : name == "content.topic" ? TextKey::topic : TextKey::body;
}

}  // namespace

std::string place_token(bool by_rank, const SearchPlace& place) {
  std::string token = by_rank ? "k" : "r";
  token += std::to_string(place.before);
  token += '.';
  token += std::to_string(place.passed);
  return token;
}

Result<SearchPlace> parse_place(bool by_rank, std::string_view token) {
  const auto wrong = [] { return Error(Errc::invalid_param, "next_batch is not valid for this search."); };
  if (!token.starts_with(by_rank ? 'k' : 'r')) return wrong();
  SearchPlace place;
  const auto* end = token.data() + token.size();
  const auto before = std::from_chars(token.data() + 1, end, place.before);
  if (before.ec != std::errc() || before.ptr == end || *before.ptr != '.' || place.before < 0) return wrong();
  const auto passed = std::from_chars(before.ptr + 1, end, place.passed);
  if (passed.ec != std::errc() || passed.ptr != end || place.passed > kMaxPassed) return wrong();
  return place;
}

Result<SearchRequest> read_search(const RoomEventsBody& body, std::string_view next_batch) {
  SearchRequest request;
  request.words = base::words_of(body.search_term, kMaxTermWords);
  for (const auto& name : body.keys) request.keys.push_back(key_of(name));
  TRY(sync::check_event_filter_ids(body.filter));
  TRY(request.filter, sync::parse_event_filter(body.filter));
  request.limit = std::clamp<std::size_t>(request.filter.limit.value_or(kUsualPage), 1, kMaxPage);
  request.by_rank = body.order_by == "rank";
  request.context = body.event_context;
  if (request.context) {
    request.context->before_limit = std::min(request.context->before_limit, kMaxContext);
    request.context->after_limit = std::min(request.context->after_limit, kMaxContext);
  }
  request.include_state = body.include_state;
  for (const auto& grouping : body.groupings.group_by) {
    (grouping.key == "sender" ? request.group_by_sender : request.group_by_room) = true;
  }
  if (!next_batch.empty()) {
    TRY(request.from, parse_place(request.by_rank, next_batch));
  }
  return request;
}

}  // namespace troupe::homeserver::search
