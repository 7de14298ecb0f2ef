#include "assistant/calls/settle.h"

#include <algorithm>
#include <charconv>

#include "assistant/schema/validator.h"

namespace troupe::assistant::calls {
namespace {

using workflows::ProbeKind;

/// How far the service's clock may be behind ours.
constexpr std::int64_t kSkewMs = 60'000;
/// Nor is a clock that was set wrong a reason to write twice: what seems to be up to that much older may be it.
constexpr std::int64_t kWrongClockMs = 24 * 3'600'000;
constexpr double kLeastMs = 1e11;  ///< Unix times below are seconds

const Json* at(const Json& value, std::string_view pointer) {
  boost::system::error_code failed;
  return value.find_pointer(pointer, failed);
}

/// Unix time as a number or as digits ("1700000000.000100"), in milliseconds.
std::optional<std::int64_t> time_of(const Json* value) {
  if (!value) return std::nullopt;
  double number = 0;
  if (value->is_string()) {
    const auto text = matrix::view(value->get_string());
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  } else if (value->is_int64()) {
    number = static_cast<double>(value->get_int64());
  } else if (value->is_double()) {
    number = value->get_double();
  } else {
    return std::nullopt;
  }
  if (!(number > 0 && number < 1e15)) return std::nullopt;
  return static_cast<std::int64_t>(number < kLeastMs ? number * 1'000 : number);
}

/// The same value, where services turn numbers into texts and back ("17" and 17).
bool alike(const Json& a, const Json& b) {
  if (schema::same(a, b)) return true;
  const auto plain = [](const Json& value) {
    return value.is_string() ? std::string(matrix::view(value.get_string())) : matrix::canonical_json(value);
  };
  return (a.is_number() || b.is_number()) && !a.is_structured() && !b.is_structured() && plain(a) == plain(b);
}

}  // namespace

Search::Search(const workflows::Probe& probe, const Written& written) : probe_(probe), written_(written) {
  workflows::Values values;
  values.args = written.arguments;
  values.marker = written.marker;
  for (const auto& [pointer, binding] : probe.match) {
    auto value = workflows::evaluate(binding, values);
    wanted_.emplace_back(pointer, value ? *std::move(value) : Json());
  }
}

std::optional<JsonObject> Search::arguments() const {
  const bool by_mark = probe_.kind == ProbeKind::external_reference || probe_.kind == ProbeKind::metadata;
  if (by_mark && !written_.marked) {
    why_ = "it went out without its mark";
    return std::nullopt;
  }
  if (std::ranges::all_of(wanted_, [](const auto& each) { return each.second.is_null(); })) {
    why_ = "there is nothing that it could be known by";
    return std::nullopt;
  }
  workflows::Values values;
  values.args = written_.arguments;
  values.marker = written_.marker;
  JsonObject out;
  for (const auto& [name, binding] : probe_.bind) {
    if (auto value = workflows::evaluate(binding, values)) out[name] = *std::move(value);
  }
  return out;
}

bool Search::matches(const Json& entry) const {
  return std::ranges::all_of(wanted_, [&](const auto& each) {
    const auto* there = at(entry, each.first);
    return each.second.is_null() ? !there || there->is_null() : there && alike(*there, each.second);
  });
}

Search::Age Search::age_of(const Json& entry) const {
  // A mark is nobody else's, whatever the clocks say.
  if (probe_.kind != ProbeKind::lookup || probe_.created.empty()) return Age::fits;
  const auto made = time_of(at(entry, probe_.created));
  if (!made || *made >= written_.sent_ms - kSkewMs) return Age::fits;
  return *made < written_.sent_ms - kWrongClockMs ? Age::older : Age::unclear;
}

bool Search::look(const Json& answer) {
  const auto* items = at(answer, probe_.items);
  const auto* list = items ? items->if_array() : nullptr;
  if (!list) {
    readable_ = false;
    return true;
  }
  for (const auto& entry : *list) {
    if (!matches(entry)) continue;
    const auto age = age_of(entry);
    if (age == Age::unclear) is_unclear_ = true;
    if (age != Age::fits) continue;
    const auto* value = probe_.found.empty() ? &entry : at(entry, probe_.found);
    if (++hits_ == 1) answer_ = value ? *value : entry;
  }
  // A mark is nobody else's; by what it looks like there may be several, and all pages tell.
  const bool by_mark = probe_.kind != ProbeKind::lookup;
  return hits_ > 1 || (by_mark && hits_ == 1);
}

Found Search::found(bool whole) const {
  if (!readable_) {
    why_ = "the service's list cannot be read";
    return Found::cannot_tell;
  }
  if (hits_ == 1) return Found::done;
  if (hits_ > 1 && probe_.kind != ProbeKind::lookup) return Found::done;
  if (hits_ > 1) {
    why_ = "several entries look like it";
    return Found::cannot_tell;
  }
  if (is_unclear_) {
    why_ = "something like it is there, and is older than the request unless a clock is wrong";
    return Found::cannot_tell;
  }
  if (whole || probe_.newest_first) return Found::not_done;
  why_ = "the list goes on further than was looked";
  return Found::cannot_tell;
}

}  // namespace troupe::assistant::calls
