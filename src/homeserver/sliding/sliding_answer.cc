#include "homeserver/sliding/sliding_answer.h"

#include <algorithm>
#include <limits>

#include "matrix/json_out.h"

namespace troupe::homeserver::sliding {
namespace {

constexpr std::size_t kMostCombinations = 64;
constexpr std::size_t kMostStates = std::numeric_limits<std::uint16_t>::max();

void mix(std::size_t& hash, std::uint64_t value) {
  hash ^= static_cast<std::size_t>(value) + 0x9e3779b97f4a7c15ULL + (hash << 6U) + (hash >> 2U);
}

const SentList* sent_list(const std::vector<SentList>& lists, std::string_view name) {
  const auto found = std::ranges::find(lists, name, &SentList::name);
  return found == lists.end() ? nullptr : &*found;
}

bool same(const SentRoom& a, const SentRoom& b) {
  return a.upto == b.upto && a.timeline_limit == b.timeline_limit && a.state == b.state &&
         a.notifications == b.notifications && a.highlights == b.highlights && a.part == b.part && a.flags == b.flags;
}

}  // namespace

SlidingAnswer::SlidingAnswer(SlidingTools& tools, const SlidingRequest& request,
                             const std::vector<std::pair<std::string, SlidingRule>>& subscriptions,
                             const memory::UserView& user, SlidingSpan span)
    : tools_(tools),
      request_(request),
      subscriptions_(subscriptions),
      user_(user),
      span_(std::move(span)),
      extensions_(tools, request, user, span_) {}

bool SlidingAnswer::make_from_memory(std::chrono::milliseconds piece) {
  if (!span_.since || span_.own_pos > span_.since->pos) return false;
  const sync::PieceOfTime time(piece);
  return begin(nullptr, &time) && add_rooms(nullptr, &time) && done_ == shown_.size() && finish(nullptr);
}

Task<Unit> SlidingAnswer::read_in_pieces(store::Database& db, std::chrono::milliseconds piece) {
  begun_ = false;
  while (!finished_) {
    const bool fresh = !begun_;
    const auto before = mark();
    auto read_piece = [&](store::Connection& connection) -> Result<Unit> {
      // A connection that broke: the piece begins again.
      if (fresh)
        begun_ = false;
      else
        go_back(before);
      if (read(connection, piece)) return Unit{};
      if (lists_too_much_) {
        return Error(Errc::invalid_param, "The lists show more rooms than one answer can hold: ask for less of each.");
      }
      return Error(Errc::internal, "The answer could not be made.");
    };
    CO_TRY(co_await db.read(read_piece));
  }
  co_return Unit{};
}

bool SlidingAnswer::read(store::Connection& connection, std::chrono::milliseconds piece) {
  const sync::PieceOfTime time(piece);
  if (!begun_) {
    if (!begin(&connection, nullptr)) return false;
    begun_ = true;
  }
  if (!add_rooms(&connection, &time)) return false;
  if (done_ < shown_.size()) return true;
  if (!finish(&connection)) return false;
  finished_ = true;
  return true;
}

void SlidingAnswer::go_back(const Mark& to) {
  done_ = to.done;
  rooms_.resize(to.rooms);
  next_.changed.resize(to.changed);
  news_ = to.news;
  extensions_.go_back(to.extensions);
}

bool SlidingAnswer::begin(store::Connection* connection, const sync::PieceOfTime* time) {
  news_ = false;
  done_ = 0;
  rooms_ = "{";
  windows_.clear();
  shown_.clear();
  recipient_ = {.user_id = request_.user_id,
                .device_id = request_.device_id,
                .now_ms = tools_.clock.unix_ms(),
                .settings = tools_.services.account_data.settings(connection, request_.user_id)};
  if (!recipient_.settings) return false;
  const auto filters_use = [this](bool (SlidingFilters::*what)() const) {
    return std::ranges::any_of(request_.lists, [what](const auto& item) {
      const auto& filters = item.second.filters;
      return filters && (*filters.*what)();
    });
  };
  const bool with_tags = filters_use(&SlidingFilters::uses_tags);
  marks_ = tools_.facts.marks(connection, request_.user_id, span_.own_pos, with_tags);
  if (!marks_) return false;

  next_ = {};
  next_.pos = span_.upto;
  next_.ephemeral = span_.ephemeral;
  if (span_.since) {
    next_.sent = span_.since->sent;
    next_.states = span_.since->states;
  }
  next_.shape = request_.shape;
  next_.lists_hash = request_.lists_hash;
  next_.subscriptions = subscriptions_;
  next_.extensions = ExtensionsPart::bits_of(request_.extensions);
  next_.settings = recipient_.settings;

  const RoomListBasis basis{.facts = tools_.facts,
                            .user = user_,
                            .marks = *marks_,
                            .recipient = recipient_,
                            .since = since(),
                            .upto = span_.upto};
  if (!list_.fill(basis, connection)) return false;
  if (filters_use(&SlidingFilters::uses_state) && !list_.find_facts(basis, connection)) return false;
  if (!pick_windows(time)) return false;
  settle_rules();
  note_hidden();
  return extensions_.begin(connection, recipient_);
}

bool SlidingAnswer::pick_windows(const sync::PieceOfTime* time) {
  const auto& rooms = list_.rooms();
  std::size_t listed = 0;
  constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> place(rooms.size(), kNone);
  const auto shown_of = [&](std::size_t index) -> Shown& {
    if (place[index] == kNone) {
      place[index] = shown_.size();
      shown_.push_back({.index = index, .lists = {}});
    }
    return shown_[place[index]];
  };
  // The accepted shape does not show which rooms are in a window.
  const bool names_rooms = request_.shape == SlidingShape::unstable;
  std::uint16_t number = 0;
  for (const auto& [name, list] : request_.lists) {
    if (time && time->over()) return false;
    auto window = list_.window(list);
    for (const auto& range : window.ranges) listed += range.size();
    lists_too_much_ = listed > kMaxSlidingListed + 4 * rooms.size();
    if (lists_too_much_) return false;
    SentList sent{.name = name, .count = window.count, .window = 0};
    for (const auto& range : window.ranges) {
      for (const auto index : range) {
        if (names_rooms) mix(sent.window, static_cast<std::uint64_t>(rooms[index].room->num()));
        auto& shown = shown_of(index);
        if (shown.lists.empty() || shown.lists.back() != number) {
          shown.lists.push_back(number);
          shown.names.push_back(name);
        }
      }
      if (names_rooms) mix(sent.window, range.size());
    }
    next_.lists.push_back(std::move(sent));
    windows_.push_back(std::move(window));
    ++number;
  }
  for (const auto& [room_id, rule] : subscriptions_) {
    if (const auto* listed = list_.find(room_id)) {
      shown_of(static_cast<std::size_t>(listed - rooms.data())).subscription = &rule;
    }
  }
  news_ |= !span_.since || next_.lists != span_.since->lists;
  std::ranges::sort(shown_, {}, [&](const Shown& shown) { return rooms[shown.index].room->num(); });
  return true;
}

/// What any list asks for.
RequiredState SlidingAnswer::whole_state() const {
  RequiredState state;
  for (const auto& [name, list] : request_.lists) state.add(list.rule.required_state);
  return state;
}

/// What all lists and subscriptions together want of each room. Rooms of the same lists share it.
void SlidingAnswer::settle_rules() {
  std::vector<const SlidingRule*> rules;
  rules.reserve(request_.lists.size());
  for (const auto& [name, list] : request_.lists) rules.push_back(&list.rule);
  const auto whole_of_lists = whole_state();
  std::optional<std::uint16_t> whole_place;
  std::map<std::vector<std::uint16_t>, std::pair<std::size_t, std::uint16_t>> of_lists;
  for (auto& shown : shown_) {
    std::size_t limit = 0;
    RequiredState state;
    if (!shown.subscription) {
      if (const auto found = of_lists.find(shown.lists); found != of_lists.end()) {
        std::tie(shown.timeline_limit, shown.state) = found->second;
        continue;
      }
    } else {
      limit = shown.subscription->timeline_limit;
      state = shown.subscription->required_state;
    }
    // Where rooms stand in lists of too many combinations, they show what any list asks for.
    const bool whole = of_lists.size() >= kMostCombinations && !shown.lists.empty();
    if (whole) state.add(whole_of_lists);
    for (const auto list : shown.lists) {
      limit = std::max(limit, rules[list]->timeline_limit);
      if (!whole) state.add(rules[list]->required_state);
    }
    shown.timeline_limit = limit;
    if (whole && !shown.subscription) {
      if (!whole_place) whole_place = intern(std::move(state));
      shown.state = *whole_place;
      continue;
    }
    shown.state = intern(std::move(state));
    if (!shown.subscription) of_lists.emplace(shown.lists, std::pair(limit, shown.state));
  }
}

std::uint16_t SlidingAnswer::intern(RequiredState state) {
  auto& states = next_.states;
  const auto found = std::ranges::find_if(states, [&](const RequiredStatePtr& known) { return *known == state; });
  if (found != states.end()) return static_cast<std::uint16_t>(found - states.begin());
  // As many as that take more memory than a connection may have: it is dropped when this answer is offered.
  if (states.size() == kMostStates) return kMostStates - 1;
  states.push_back(std::make_shared<const RequiredState>(std::move(state)));
  return static_cast<std::uint16_t>(states.size() - 1);
}

/// Rooms that were shown live and are not any more: from now on the client is behind there.
void SlidingAnswer::note_hidden() {
  if (!span_.since || !span_.since->sent) return;
  auto next = shown_.begin();
  for (const auto& sent : *span_.since->sent) {
    while (next != shown_.end() && list_.rooms()[next->index].room->num() < sent.room) ++next;
    if (next != shown_.end() && list_.rooms()[next->index].room->num() == sent.room) continue;
    if (!sent.has(SentRoom::kLive)) continue;
    auto now = sent;
    now.flags &= static_cast<std::uint8_t>(~SentRoom::kLive);
    now.upto = span_.since->pos;
    now.forgotten = sent.part == RoomPart::gone;
    next_.changed.push_back(now);
  }
}

bool SlidingAnswer::add_rooms(store::Connection* connection, const sync::PieceOfTime* time) {
  const SlidingFrame frame{.services = tools_.services,
                           .facts = tools_.facts,
                           .recipient = recipient_,
                           .shape = request_.shape,
                           .connection = connection,
                           .since = span_.since_pos(),
                           .upto = span_.upto,
                           .other_settings = span_.since && span_.since->settings != recipient_.settings};
  for (const auto first = done_; done_ < shown_.size(); ++done_) {
    if (time && done_ > first && time->over()) return true;
    if (!add_room(connection, frame, shown_[done_])) return false;
  }
  return true;
}

bool SlidingAnswer::add_room(store::Connection* connection, const SlidingFrame& frame, const Shown& shown) {
  const auto& listed = list_.rooms()[shown.index];
  const auto* before = since() ? since()->find(listed.room->num()) : nullptr;
  const auto& wanted = *next_.states[shown.state];
  const RequiredState* other = before && before->state != shown.state ? next_.states[before->state].get() : nullptr;
  auto outcome = append_sliding_room(rooms_, frame,
                                     {.listed = listed,
                                      .before = before,
                                      .timeline_limit = shown.timeline_limit,
                                      .wanted = wanted,
                                      .wanted_before = other,
                                      .lists = shown.names});
  if (outcome.incomplete) return false;
  if (!before && !outcome.shown) return true;
  news_ |= outcome.shown;
  auto now = outcome.shown ? outcome.now : *before;
  now.state = shown.state;
  now.flags |= SentRoom::kLive;
  now.upto = 0;  // the position of the answer, while it is live
  if (!extensions_.add_room(connection,
                            {.listed = listed,
                             .lists = shown.names,
                             .subscribed = shown.subscription != nullptr,
                             .before = before,
                             .outcome = outcome},
                            now)) {
    return false;
  }
  if (!before || !same(now, *before)) next_.changed.push_back(now);
  return true;
}

bool SlidingAnswer::finish(store::Connection* connection) { return extensions_.finish(connection, next_); }

ConnectionStatePtr SlidingAnswer::take_state(std::uint64_t number) {
  next_.number = number;
  std::ranges::sort(next_.changed, {}, &SentRoom::room);
  return std::make_shared<const ConnectionState>(std::move(next_));
}

std::string SlidingAnswer::take_body(std::string_view boot, std::uint64_t number) {
  std::string body = "{\"pos\":\"";
  append_sliding_pos(body, {.pos = span_.upto, .boot = boot, .ephemeral = span_.ephemeral, .number = number});
  body += "\",\"lists\":{";
  append_lists(body);
  body += "},\"rooms\":";
  body += rooms_;
  body += "},\"extensions\":";
  extensions_.append(body);
  body += '}';
  return body;
}

void SlidingAnswer::append_lists(std::string& out) const {
  auto window = windows_.begin();
  auto sent = next_.lists.begin();
  for (const auto& [name, list] : request_.lists) {
    matrix::append_separator(out);
    matrix::append_json_string(out, name);
    out += ":{\"count\":";
    matrix::append_number(out, static_cast<std::int64_t>(window->count));
    if (request_.shape == SlidingShape::unstable) {
      out += ",\"ops\":[";
      // The rooms of a long list take more bytes than most news: only when they are others than before.
      const auto* before = since() ? sent_list(since()->lists, name) : nullptr;
      if (!before || before->window != sent->window) append_window(out, list, *window);
      out += ']';
    }
    out += '}';
    ++window;
    ++sent;
  }
}

void SlidingAnswer::append_window(std::string& out, const SlidingList& list, const RoomList::Window& window) const {
  for (std::size_t i = 0; i < window.ranges.size(); ++i) {
    const auto& shown = window.ranges[i];
    const auto [first, last] =
        list.ranges ? (*list.ranges)[i] : std::pair<std::size_t, std::size_t>(0, shown.size() - 1);
    matrix::append_separator(out);
    out += "{\"op\":\"SYNC\",\"range\":[";
    matrix::append_number(out, static_cast<std::int64_t>(first));
    out += ',';
    matrix::append_number(out, static_cast<std::int64_t>(last));
    out += "],\"room_ids\":[";
    for (const auto index : shown) {
      matrix::append_separator(out);
      matrix::append_json_string(out, list_.rooms()[index].room->id());
    }
    out += "]}";
  }
}

}  // namespace troupe::homeserver::sliding
