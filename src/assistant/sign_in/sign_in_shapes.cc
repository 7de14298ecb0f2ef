#include "assistant/sign_in/sign_in_shapes.h"

namespace troupe::api {

using assistant::sign_in::Arrived;
using assistant::sign_in::Finish;
using assistant::sign_in::Leave;
using assistant::sign_in::Leaving;

Shape<Leave> make_shape(Of<Leave>) {
  return Shape<Leave>::request(
      "PackSignInBegin",
      {member<&Leave::return_to>("return_to",
                                 {.description = "Where browsers reach this server: https://troupe.example.org. "
                                                 "Without it: where the request came in.",
                                  .most = 2'048,
                                  .may_lack = true})});
}

Shape<Finish> make_shape(Of<Finish>) {
  return Shape<Finish>::request(
      "PackSignInFinish",
      {member<&Finish::address>("address", {.description = "The address that the browser ended at, with the "
                                                           "code in it.",
                                            .least = 1,
                                            .most = 8'192})});
}

Shape<Leaving> make_shape(Of<Leaving>) {
  return Shape<Leaving>::answer(
      "PackSignIn",
      {member<&Leaving::address>("address", {.description = "The service's page: open it in a browser."}),
       member<&Leaving::redirect_uri>("redirect_uri",
                                      {.description = "Where the service sends the browser back to. It has to be "
                                                      "registered there."}),
       member<&Leaving::scopes>("scopes", {.description = "What is asked for: what the pack's operations need."}),
       time<&Leaving::expires_ms>("expires_at", {.description = "So long it can be finished."})});
}

Shape<Arrived> make_shape(Of<Arrived>) {
  return Shape<Arrived>::answer("PackSignedIn",
                                {member<&Arrived::service>("service"), member<&Arrived::title>("title")});
}

}  // namespace troupe::api
