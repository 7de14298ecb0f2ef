// What the routes of signing in take and answer.
#pragma once
#include "api/shape.h"
#include "assistant/sign_in/sign_ins.h"

namespace troupe::assistant::sign_in {

/// Bodies.
struct Leave {
  std::string return_to;  ///< empty: where this request came in
};
struct Finish {
  std::string address;
};

}  // namespace troupe::assistant::sign_in

namespace troupe::api {
Shape<assistant::sign_in::Leave> make_shape(Of<assistant::sign_in::Leave>);
Shape<assistant::sign_in::Finish> make_shape(Of<assistant::sign_in::Finish>);
Shape<assistant::sign_in::Leaving> make_shape(Of<assistant::sign_in::Leaving>);
Shape<assistant::sign_in::Arrived> make_shape(Of<assistant::sign_in::Arrived>);
}  // namespace troupe::api
