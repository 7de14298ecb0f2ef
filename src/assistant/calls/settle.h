// Probes: what became of a write whose answer never came.
#pragma once
#include <optional>

#include "assistant/calls/call.h"

namespace troupe::assistant::calls {

enum class Found : std::uint8_t {
  done,
  not_done,
  cannot_tell,
};

/// A write as it was sent.
struct Written {
  const JsonObject* arguments = nullptr;  ///< as they were sent; outlives this
  std::string_view marker;
  bool marked = false;
  base::UnixMs sent_ms = 0;  ///< the first try
};

/// Looks through the pages of a probe's reading operation, one after the other. Pure.
class Search {
 public:
  /// Both outlive this.
  Search(const workflows::Probe& probe, const Written& written);
  /// The arguments of the reading operation; nothing: the probe cannot be asked (no mark, nothing to know it by).
  std::optional<JsonObject> arguments() const;
  /// Takes one page. True: there is nothing more to look for.
  bool look(const Json& answer);
  /// `whole`: all pages were seen.
  Found found(bool whole) const;
  /// What the write would have answered.
  const Json& answer() const { return answer_; }
  const std::string& why() const { return why_; }

 private:
  bool matches(const Json& entry) const;
  /// Whether the entry was there before the write went out. One that does not say when it was made fits.
  enum class Age : std::uint8_t { fits, unclear, older };
  Age age_of(const Json& entry) const;

  const workflows::Probe& probe_;
  const Written& written_;
  std::vector<std::pair<std::string, Json>> wanted_;  ///< null: must be missing
  bool readable_ = true;
  bool is_unclear_ = false;  ///< what looks like it seems to be a little older
  std::size_t hits_ = 0;
  Json answer_;
  mutable std::string why_;
};

}  // namespace troupe::assistant::calls
