// How a page answers a person: the same way whether they came by a link or sent a form.
#pragma once
#include "api/group.h"
#include "homeserver/oauth/page.h"
#include "net/route/params.h"

namespace troupe::homeserver::oauth {

/// `sent`: the fields of the query, or of the form that was `posted`.
template <class Api>
using PageAnswer = Task<net::http::Response> (*)(Api& api, net::route::Call& call, Visit visit, Fields sent,
                                                 bool posted);

/// What goes wrong is told on a page, too.
template <class Api>
Task<net::http::Response> answer_person(Api& api, net::route::Call& call, PageAnswer<Api> answer, Fields sent,
                                        bool posted) {
  CO_TRY(const auto visit, co_await api.visits.of(call.request));
  auto answered = co_await answer(api, call, visit, std::move(sent), posted);
  if (!answered) co_return show_error(answered.error(), visit);
  co_return answered;
}

// The handlers of a page, for api::bind.

template <class Api, PageAnswer<Api> Answer>
Task<net::http::Response> get_page(Api& api, net::route::Call& call) {
  Fields sent(call.request.query.begin(), call.request.query.end());
  co_return co_await answer_person<Api>(api, call, Answer, std::move(sent), false);
}

template <class Api, PageAnswer<Api> Answer>
Task<net::http::Response> post_page(Api& api, net::route::Call& call) {
  co_return co_await answer_person<Api>(api, call, Answer, fields_of(net::route::body_object(call)), true);
}

}  // namespace troupe::homeserver::oauth
