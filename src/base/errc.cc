#include "base/errc.h"

#include <array>
#include <utility>

namespace troupe::base {
namespace {
constexpr std::array kTable{
    ErrcInfo{Errc::forbidden, "forbidden", 403, "M_FORBIDDEN", "You may not do this."},
    ErrcInfo{Errc::missing_token, "missing_token", 401, "M_MISSING_TOKEN", "A credential is needed."},
    ErrcInfo{Errc::unknown_token, "unknown_token", 401, "M_UNKNOWN_TOKEN", "The credential is not known."},
    ErrcInfo{Errc::bad_json, "bad_json", 400, "M_BAD_JSON", "The JSON does not have the expected form."},
    ErrcInfo{Errc::not_json, "not_json", 400, "M_NOT_JSON", "The body is not valid JSON."},
    ErrcInfo{Errc::invalid_param, "invalid_param", 400, "M_INVALID_PARAM", "A parameter has a wrong value."},
    ErrcInfo{Errc::missing_param, "missing_param", 400, "M_MISSING_PARAM", "A parameter is missing."},
    ErrcInfo{Errc::not_found, "not_found", 404, "M_NOT_FOUND", "Not found."},
    ErrcInfo{Errc::unrecognized, "unrecognized", 404, "M_UNRECOGNIZED", "No such endpoint."},
    ErrcInfo{Errc::user_in_use, "user_in_use", 400, "M_USER_IN_USE", "That user name is taken."},
    ErrcInfo{Errc::limit_exceeded, "limit_exceeded", 429, "M_LIMIT_EXCEEDED", "Too many requests."},
    ErrcInfo{Errc::too_large, "too_large", 413, "M_TOO_LARGE", "The request is too large."},
    ErrcInfo{Errc::timed_out, "timed_out", 504, "M_UNKNOWN", "This took too long."},
    ErrcInfo{Errc::conflict, "conflict", 409, "M_UNKNOWN", "This conflicts with the present state."},
    ErrcInfo{Errc::method_not_allowed, "method_not_allowed", 405, "M_UNRECOGNIZED", "Wrong method for this path."},
    ErrcInfo{Errc::unsupported, "unsupported", 415, "M_UNRECOGNIZED", "This kind of content is not supported."},
    ErrcInfo{Errc::unavailable, "unavailable", 503, "M_UNKNOWN", "Not available at the moment; try again."},
    ErrcInfo{Errc::internal, "internal", 500, "M_UNKNOWN", "Internal error."},
};
static_assert(kTable.size() == static_cast<std::size_t>(Errc::internal) + 1);
}  // namespace

const ErrcInfo& info(Errc code) { return kTable[static_cast<std::size_t>(std::to_underlying(code))]; }

}  // namespace troupe::base
