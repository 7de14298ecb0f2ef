#include "homeserver/common/nothing.h"

namespace troupe::api {

Shape<homeserver::Nothing> make_shape(Of<homeserver::Nothing>) { return Shape<homeserver::Nothing>::part({}); }

}  // namespace troupe::api
