// The answer without members.
#pragma once
#include "api/shape.h"

namespace troupe::homeserver {

/// {}
struct Nothing {};

}  // namespace troupe::homeserver

namespace troupe::api {

Shape<homeserver::Nothing> make_shape(Of<homeserver::Nothing>);

}  // namespace troupe::api
