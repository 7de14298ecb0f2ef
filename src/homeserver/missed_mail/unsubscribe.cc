#include "homeserver/missed_mail/unsubscribe.h"

#include "base/encoding.h"
#include "base/html.h"
#include "homeserver/common/client_route.h"
#include "homeserver/common/html_page.h"

namespace troupe::homeserver::missed_mail {
namespace {

using base::html_escape;
using net::http::Response;

constexpr std::string_view kPurpose = "unsubscribe";
constexpr std::size_t kMaxTokenBytes = 2048;
constexpr std::size_t kMaxFormBytes = 4UL * 1024;

Error no_such_link() { return Error(Errc::not_found, "This link does not work. Copy all of it from the mail."); }

Result<Subscriber> read(const UnsubscribeApi& api, std::optional<std::string_view> token) {
  if (!token || token->empty() || token->size() > kMaxTokenBytes) return no_such_link();
  return read_unsubscribe_token(api.key, *token);
}

Task<Response> get_page(UnsubscribeApi& api, net::route::Call& call) {
  const auto token = call.request.query_value("token");
  const auto whom = read(api, token);
  if (!whom) co_return secret_page(whom.error());
  co_return secret_page({.title = "Mails from " + api.settings.server_name,
                         .body = "<p>Mails about unread messages go to:</p><p><strong>" + html_escape(whom->address) +
                                 "</strong></p><form method=\"post\" action=\"unsubscribe\"><input type=\"hidden\" "
                                 "name=\"token\" value=\"" +
                                 html_escape(*token) + "\"><button>No more such mails</button></form>",
                         .leads_to = {}});
}

/// The token is in the form, or in the address where a mail program posts by itself.
Task<Response> post_page(UnsubscribeApi& api, net::route::Call& call) {
  auto token = matrix::find_string(net::route::body_object(call), "token");
  if (!token) token = call.request.query_value("token");
  const auto whom = read(api, token);
  if (!whom) co_return secret_page(whom.error());
  auto end = [&](store::Tx& tx) -> Result<Unit> {
    if (accounts::mail_pusher_store::find(tx, whom->user_id, whom->address) == whom->made_ms)
      accounts::mail_pusher_store::end(tx, whom->user_id, whom->address);
    return Unit{};
  };
  const auto ended = co_await api.db.write(end, {.lane = store::Lane::receipts});
  if (!ended) co_return secret_page(ended.error());
  co_return secret_page({.title = "Done",
                         .body = "<p>No more mails about unread messages go to <strong>" + html_escape(whom->address) +
                                 "</strong>. You can ask for them again in your app.</p>",
                         .leads_to = {}});
}

}  // namespace

std::string unsubscribe_token(const base::SealingKey& key, const Subscriber& whom) {
  // No part holds a line end: ids and addresses have none.
  const auto plain =
      std::string(kPurpose) + '\n' + whom.user_id + '\n' + whom.address + '\n' + std::to_string(whom.made_ms);
  return base::base64url(base::as_bytes(key.seal(plain)));
}

Result<Subscriber> read_unsubscribe_token(const base::SealingKey& key, std::string_view token) {
  const auto sealed = base::base64_decode(token);
  const auto opened = sealed ? key.open(*sealed) : Result<std::string>(no_such_link());
  if (!opened) return no_such_link();
  std::array<std::string_view, 4> parts;
  std::string_view left = *opened;
  for (auto& part : parts) {
    const auto end = left.find('\n');
    part = left.substr(0, end);
    left = end == std::string_view::npos ? std::string_view() : left.substr(end + 1);
  }
  const auto made = net::route::whole_number(parts[3]);
  if (parts[0] != kPurpose || parts[1].empty() || parts[2].empty() || !made || !left.empty()) return no_such_link();
  return Subscriber{.user_id = std::string(parts[1]), .address = std::string(parts[2]), .made_ms = *made};
}

void add_unsubscribe_pages(net::route::Router& router, UnsubscribeApi& api) {
  const auto group = matrix_group(router, {.prefix = std::string(kUnsubscribePath),
                                           .needs = net::route::Access::open,
                                           .rate = net::route::Rate::login,
                                           .max_body_bytes = kMaxFormBytes});
  group.add({.method = "GET", .reply_type = "text/html", .run = api::bind(get_page, api)});
  group.add(
      {.method = "POST", .takes = net::route::Body::form, .reply_type = "text/html", .run = api::bind(post_page, api)});
}

}  // namespace troupe::homeserver::missed_mail
