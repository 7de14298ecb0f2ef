// A document's operations.
#pragma once
#include <functional>
#include <set>
#include <vector>

#include "assistant/openapi/document.h"
#include "assistant/openapi/operation.h"

namespace troupe::assistant::openapi {

inline constexpr std::size_t kMaxOperations = 2'000;
/// Schemas written for all operations together: what an operation refers to is written for each anew.
inline constexpr std::size_t kMaxNodesOfAll = 500'000;
inline constexpr std::size_t kMaxPathBytes = 512;
inline constexpr std::size_t kMaxParameters = 200;

struct ReadOptions {
  std::string service;
  /// The name that a pack gives the operation of this method and path; empty: the document's own. Paths are compared
  /// with the names in braces left out.
  std::function<std::string(std::string_view method, std::string_view path)> name_of;
  /// Whether the pack wants it; what it does not want costs nothing. Not set: all.
  std::function<bool(std::string_view name)> wants;
  /// The names that `name_of` gives: no other operation gets one of them, and with it what the pack says of it.
  std::set<std::string, std::less<>> reserved{};
  /// Headers that are not the arguments' to set, in small letters: the credential's, and what the pack sends always.
  std::set<std::string, std::less<>> own_headers{};
};

/// In the document's order, each with a name of its own. What cannot be offered is left out, and `report` says why.
std::vector<Operation> read_operations(const Document& document, const ReadOptions& options,
                                       const report::InFile& report);

/// "/jobs/{jobId}/notes" as "/jobs/{}/notes": two paths that differ in their parameters' names alone are one.
std::string path_shape(std::string_view path);

}  // namespace troupe::assistant::openapi
