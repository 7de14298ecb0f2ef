// The few things that are read out of S3's answers.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace troupe::homeserver::s3 {

/// The texts of all elements of this name, in order; elements inside them are left as they stand. References are
/// replaced. No general XML: what S3 writes has no attributes on these, no comments and no CDATA.
std::vector<std::string> texts_of(std::string_view xml, std::string_view element);
/// The first of them; empty when there is none.
std::string text_of(std::string_view xml, std::string_view element);

/// "2009-10-12T17:50:30.000Z"; nothing for what is none.
std::optional<base::UnixMs> read_time(std::string_view text);
/// "Mon, 12 Oct 2009 17:50:00 GMT"; nothing for what is none.
std::optional<base::UnixMs> read_http_date(std::string_view text);

}  // namespace troupe::homeserver::s3
