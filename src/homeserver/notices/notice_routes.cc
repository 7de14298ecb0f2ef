#include "homeserver/notices/notice_routes.h"

#include "api/shape.h"
#include "homeserver/admin/admin_route.h"
#include "matrix/ids.h"

namespace troupe::homeserver::notices {
namespace {

struct NoticeBody {
  std::string user_id;
  matrix::JsonObject content;
  std::string type = "m.room.message";
  std::optional<std::string> state_key;
};
struct SentNotice {
  std::string event_id;
};

}  // namespace
}  // namespace troupe::homeserver::notices

namespace troupe::api {

Shape<homeserver::notices::NoticeBody> make_shape(Of<homeserver::notices::NoticeBody>) {
  using homeserver::notices::NoticeBody;
  constexpr auto kMost = static_cast<std::int64_t>(matrix::kMaxIdBytes);
  return Shape<NoticeBody>::matrix_request(
      {member<&NoticeBody::user_id>("user_id", {.description = "to whom", .most = kMost}),
       member<&NoticeBody::content>("content", {.description = "of the event"}),
       member<&NoticeBody::type>("type", {.most = kMost, .may_lack = true}),
       member<&NoticeBody::state_key>("state_key", {.description = "makes it a state event", .most = kMost})});
}

Shape<homeserver::notices::SentNotice> make_shape(Of<homeserver::notices::SentNotice>) {
  using homeserver::notices::SentNotice;
  return Shape<SentNotice>::part({member<&SentNotice::event_id>("event_id")});
}

}  // namespace troupe::api

namespace troupe::homeserver::notices {
namespace {

Task<net::http::Response> post_notice(Notices& notices, net::route::Call& call) {
  CO_TRY(auto wanted, api::body_of<NoticeBody>(call));
  Notice notice{.user_id = std::move(wanted.user_id),
                .type = std::move(wanted.type),
                .state_key = std::move(wanted.state_key),
                .content = std::move(wanted.content),
                .txn = find_param(call, "txn_id").value_or("")};
  if (!notice.txn.empty()) notice.txn = call.caller->user_id + '/' + notice.txn;
  CO_TRY(auto event_id, co_await notices.send(std::move(notice)));
  co_return api::answer(SentNotice{.event_id = std::move(event_id)});
}

}  // namespace

void add_notice_routes(net::route::Router& router, Notices& notices) {
  const auto group = admin::admin_group(router, "/v1/send_server_notice");
  const auto run = api::bind(post_notice, notices);
  group.add({.method = "POST",
             .summary = "Tell a person something in the name of the server",
             .body = api::schema_text<NoticeBody>(),
             .reply = api::schema_text<SentNotice>(),
             .run = run});
  group.add({.method = "PUT",
             .path = "/{txn_id}",
             .summary = "The same, once for each transaction id",
             .body = api::schema_text<NoticeBody>(),
             .reply = api::schema_text<SentNotice>(),
             .run = run});
}

void setup_notices(host::Context& context, const NoticeBasis& basis) {
  auto& notices = context.make<Notices>(Notices::Parts{.db = context.db(),
                                                       .accounts = basis.accounts,
                                                       .rooms = basis.rooms,
                                                       .account_data = basis.account_data,
                                                       .settings = context.settings()});
  add_notice_routes(context.routes(), notices);
}

}  // namespace troupe::homeserver::notices
