#include "homeserver/previews/preview_service.h"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "base/crypto.h"
#include "base/log.h"
#include "base/on_pool.h"
#include "base/text.h"
#include "homeserver/common/settings.h"
#include "homeserver/media/moderation_store.h"
#include "homeserver/previews/page_text.h"
#include "homeserver/previews/picture_facts.h"
#include "store/in_pieces.h"

namespace troupe::homeserver::previews {
namespace {

constexpr std::string_view kPages = "text/html, application/xhtml+xml, image/*;q=0.9, */*;q=0.1";
constexpr std::string_view kPictures = "image/png, image/jpeg, image/webp, image/gif, image/avif;q=0.9";

/// A body that is here already.
class WholeBody final : public net::http::BodyReader {
 public:
  explicit WholeBody(std::string bytes) : bytes_(std::move(bytes)) {}
  Task<std::string> next() override { co_return std::exchange(bytes_, {}); }

 private:
  std::string bytes_;
};

std::int64_t as_ms(std::chrono::milliseconds time) { return time.count(); }
std::string hash_of(const std::string& key) {
  const auto hash = base::sha256(key);
  return {hash.begin(), hash.end()};
}

bool is_page(std::string_view content_type) {
  auto type = base::ascii_lower(content_type.substr(0, content_type.find(';')));
  while (type.ends_with(' ')) type.pop_back();
  return type == "text/html" || type == "application/xhtml+xml";
}

/// Failures of the far side are remembered; that this server is busy is not.
bool is_of_page(const Error& error) { return error.http_status() == 502 || error.code() == Errc::forbidden; }

}  // namespace

PreviewService::PreviewService(Parts parts)
    : parts_(std::move(parts)), recent_(parts_.clock), limiter_({}, parts_.clock), flights_(parts_.home) {}

PreviewService::~PreviewService() {
  parsing_.stop();
  parsing_.join();
}

Result<Unit> PreviewService::check_rate(const std::string& who, const net::route::RateClass& rate) {
  const auto wait = limiter_.take(net::route::Rate::read, who, &rate);
  if (!wait) return Unit{};
  return Error(Errc::limit_exceeded, "So many pages cannot be looked at at once.").with_retry_after(*wait);
}

FetchBounds PreviewService::bounds(std::size_t bytes, std::chrono::milliseconds time) {
  auto admit = [this](const net::http::Url& url) { return check_rate("host " + url.host, kOfHost); };
  return {.bytes = bytes, .time = time, .admit = std::move(admit)};
}

Task<std::optional<std::string>> PreviewService::find_kept(const std::string& key, std::optional<base::UnixMs> at) {
  const auto now = parts_.clock.unix_ms();
  auto look = [&](store::Connection& connection) -> Result<std::optional<std::string>> {
    const auto hash = hash_of(key);
    std::optional<PreviewRow> row;
    if (at && *at < now) row = preview_store::find(connection, hash, *at);
    if (!row) row = preview_store::find(connection, hash, now);
    if (!row) return std::nullopt;
    return std::move(row->body);
  };
  co_return co_await parts_.db.read(look);
}

Task<std::string> PreviewService::preview(std::string user_id, std::string address, std::optional<base::UnixMs> at) {
  CO_TRY(auto url, net::http::Url::parse(address));
  const auto key = url.origin() + url.target;
  if (const auto known = recent_.find(key); known && (!at || *at >= known->fetched_ms)) co_return known->outcome;
  if (const auto flight = recent_.under_way(key)) co_return co_await flight->wait();
  CO_TRY(auto kept, co_await find_kept(key, at));
  if (kept) co_return *std::move(kept);
  if (stopping_) co_return Error(Errc::unavailable, "The server is about to stop.");
  if (!recent_.under_way(key)) CO_TRY(check_rate(user_id, kOfAccount));
  const auto boarding = recent_.board(key, at);  // one may have landed while the database was asked
  if (boarding.kept) co_return boarding.kept->outcome;
  if (boarding.first) {
    asio::post(parts_.home, [this, user_id, key = key, url = std::move(url), flight = boarding.flight]() mutable {
      flights_.spawn("preview", fly(std::move(user_id), std::move(key), std::move(url), std::move(flight)));
    });
  }
  co_return co_await boarding.flight->wait();
}

asio::awaitable<void> PreviewService::fly(std::string user_id, std::string key, net::http::Url url,
                                          std::shared_ptr<Flight> flight) {
  Result<std::string> outcome = Error(Errc::internal, "The preview could not be made.");
  try {
    outcome = co_await make(std::move(user_id), key, std::move(url));
  } catch (const std::exception& e) {
    base::log_error("homeserver", "a preview could not be made", {{"reason", e.what()}});
  }
  if (outcome || is_of_page(outcome.error())) {
    const auto life = outcome ? std::chrono::seconds(kLife) : kFailureLife;
    recent_.keep(key,
                 {.outcome = outcome, .fetched_ms = parts_.clock.unix_ms(), .until = parts_.clock.steady() + life});
  }
  recent_.leave(key);
  flight->land(std::move(outcome));
}

Task<std::string> PreviewService::make(std::string user_id, const std::string& key, net::http::Url url) {
  CO_TRY(const auto pass, co_await gate_.enter(std::move(user_id)));
  CO_TRY(const auto answer, co_await describe(std::move(url)));
  const auto now = parts_.clock.unix_ms();
  const PreviewRow row{.url_hash = hash_of(key),
                       .fetched_ms = now,
                       .ends_ms = now + as_ms(kLife),
                       .body = boost::json::serialize(answer)};
  auto write = [&row](store::Tx& tx) -> Result<Unit> {
    preview_store::put(tx, row);
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(write, {.lane = store::Lane::bulk}));
  co_return row.body;
}

Task<matrix::JsonObject> PreviewService::describe(net::http::Url url) {
  const auto bytes = parts_.settings.of<PreviewSettings>().max_bytes;
  CO_TRY(auto page, co_await fetch(parts_.http, std::move(url), kPages, bounds(bytes, kPageTime)));
  matrix::JsonObject answer;
  if (read_picture_facts(page.body)) {
    CO_TRY(co_await add_picture(answer, std::move(page)));
    co_return answer;
  }
  if (!is_page(page.content_type)) co_return answer;
  auto read = [body = std::move(page.body), type = std::move(page.content_type)]() -> Result<PageFacts> {
    return read_page_facts(page_text(std::string_view(body).substr(0, kMaxParsedBytes), type));
  };
  CO_TRY(const auto facts, co_await base::on_pool(parsing_, std::move(read)));
  for (const auto& [name, value] : facts.open_graph) answer[name] = value;
  if (facts.picture.empty()) co_return answer;
  auto address = page.url.resolve(facts.picture);
  if (!address) co_return answer;
  auto picture = co_await fetch(parts_.http, std::move(*address), kPictures,
                                bounds(std::min(bytes, kMaxPictureBytes), kPictureTime));
  if (picture) {
    CO_TRY(co_await add_picture(answer, std::move(*picture)));
  }
  co_return answer;
}

Task<Unit> PreviewService::add_picture(matrix::JsonObject& answer, Fetched picture) {
  const auto facts = read_picture_facts(picture.body);
  if (!facts || picture.body.size() > kMaxPictureBytes) co_return Unit{};
  const auto bytes = picture.body.size();
  WholeBody body(std::move(picture.body));
  media::NewMedia media{.user_id = std::string(kNobody),
                        .media_id = {},
                        .content_type = std::string(facts->content_type),
                        .upload_name = std::nullopt};
  auto stored = co_await parts_.media.upload(std::move(media), body);
  if (!stored) {
    // A preview without its picture is worth having.
    base::log_warning("homeserver", "the picture of a preview was not kept", {{"reason", stored.error().message()}});
    co_return Unit{};
  }
  answer["og:image"] = "mxc://" + parts_.settings.server_name + '/' + *stored;
  answer["og:image:type"] = facts->content_type;
  answer["matrix:image:size"] = bytes;
  if (facts->width == 0) co_return Unit{};
  answer["og:image:width"] = facts->width;
  answer["og:image:height"] = facts->height;
  co_return Unit{};
}

Task<Unit> PreviewService::sweep(base::UnixMs now) {
  const auto by = now - as_ms(kKeptAfter);
  auto ended = [by](store::Tx& tx) { return preview_store::delete_ended(tx, by, store::kPiece); };
  CO_TRY(co_await store::write_in_pieces(parts_.db, ended));
  auto look = [](store::Connection& connection) -> Result<std::int64_t> { return preview_store::count(connection); };
  CO_TRY(const auto count, co_await parts_.db.read(look));
  auto beyond = std::max<std::int64_t>(0, count - kMaxKept);
  auto first = [&beyond](store::Tx& tx) {
    const auto piece = std::min<std::int64_t>(beyond, store::kPiece);
    beyond -= piece;
    return preview_store::delete_first(tx, piece);
  };
  if (beyond > 0) CO_TRY(co_await store::write_in_pieces(parts_.db, first));
  co_return co_await sweep_pictures(now);
}

Task<Unit> PreviewService::sweep_pictures(base::UnixMs now) {
  const auto by = now - as_ms(kPictureLife);
  auto look = [by](store::Connection& connection) -> Result<std::vector<std::string>> {
    std::vector<std::string> old;
    for (auto& found : media::moderation_store::uploads_after(connection, kNobody, 0, "", store::kPiece))
      if (found.row.created_ms <= by) old.push_back(std::move(found.row.media_id));
    return old;
  };
  for (std::size_t swept = 0; swept < kMaxSweptPictures;) {
    CO_TRY(auto old, co_await parts_.db.read(look));
    if (old.empty()) break;
    swept += old.size();
    CO_TRY(co_await parts_.removal.remove(std::move(old)));
  }
  co_return Unit{};
}

asio::awaitable<void> PreviewService::stop(std::chrono::milliseconds patience) {
  stopping_ = true;
  gate_.stop();
  if (!co_await flights_.join(patience)) base::log_warning("homeserver", "previews were still being fetched");
}

}  // namespace troupe::homeserver::previews
