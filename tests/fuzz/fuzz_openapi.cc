// Bytes from outside as a service's description: JSON first, then YAML. Whatever is read has names that models take,
// one schema each, and builds requests that stay below its own path.

// modules: assistant
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>

#include "assistant/openapi/names.h"
#include "assistant/openapi/reader.h"
#include "assistant/openapi/request.h"
#include "assistant/schema/strict.h"

using namespace troupe;
using namespace troupe::assistant;

namespace {

void read(std::string_view text, const std::string& file) {
  report::Findings findings;
  const report::InFile report(findings, file);
  const auto document = openapi::read_document(text, report);
  if (!document) {
    if (!findings.has_errors()) abort();
    return;
  }
  std::set<std::string> names;
  for (const auto& operation :
       openapi::read_operations(*document, {.service = "fuzz", .name_of = {}, .wants = {}}, report)) {
    if (!openapi::is_operation(operation.name) || !names.insert(operation.name).second) abort();
    if (openapi::tool_name("fuzz", operation.name).size() > openapi::kMaxToolNameBytes) abort();
    const auto strict = schema::strict_variant(operation.arguments);
    matrix::JsonObject arguments;
    for (const auto& parameter : operation.parameters) arguments[parameter.argument] = "../a b\r\n?x=1&y#z";
    schema::validate(matrix::Json(operation.arguments), schema::without_nulls(operation.arguments, arguments));
    schema::validate(matrix::Json(strict.schema), arguments);
    for (auto& [name, value] : arguments) value = "a/b?c#d";
    const auto request = openapi::build_request(operation, arguments);
    if (request && (request->path.find_first_of("?# \r\n") != std::string::npos || !request->path.starts_with('/')))
      abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read(text, "openapi.json");
  read(text, "openapi.yaml");
  return 0;
}
