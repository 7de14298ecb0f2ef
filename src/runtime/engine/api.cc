#include "runtime/engine/api.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "base/encoding.h"
#include "base/utc.h"
#include "runtime/engine/answers.h"
#include "runtime/engine/json_stream.h"

namespace troupe::runtime::engine {
namespace {

using net::client::ClientRequest;
using net::client::ClientResponse;
using std::chrono::milliseconds;

constexpr milliseconds kUsualPatience{60'000};
constexpr milliseconds kPullPatience{15 * 60'000};
/// A stream of a quiet container says nothing for as long as that.
constexpr milliseconds kStreamPatience = std::chrono::hours(24 * 365);
constexpr milliseconds kLogSilence{5 * 60'000};
constexpr std::size_t kMostAnswer = 16 * 1024 * 1024;  ///< the list of some thousand containers
constexpr std::string_view kWantedApi = "1.41";

std::string filters_of(const Labels& labels, bool of_events) {
  boost::json::array wanted;
  for (const auto& [name, value] : labels) wanted.emplace_back(name + "=" + value);
  boost::json::object filters{{"label", std::move(wanted)}};
  if (of_events) filters["type"] = boost::json::array{"container"};
  return base::percent_encode(boost::json::serialize(filters));
}

ClientRequest as_stream(ClientRequest request) {
  request.idle_timeout = kStreamPatience;
  request.total_timeout = kStreamPatience;
  request.first_byte_timeout = kUsualPatience;
  request.fresh_connection = true;
  return request;
}

std::string in_path(std::string_view text) { return base::percent_encode(text); }

/// "repository:tag" apart; a digest stays with its repository.
std::pair<std::string, std::string> tag_of(const std::string& image) {
  const auto colon = image.rfind(':');
  if (image.find('@') != std::string::npos) return {image, ""};
  if (colon == std::string::npos || image.find('/', colon) != std::string::npos) return {image, "latest"};
  return {image.substr(0, colon), image.substr(colon + 1)};
}

}  // namespace

bool Container::runs() const {
  return status == "running" || status == "paused" || status == "restarting" || status == "stopping";
}

ClientRequest Api::request(std::string method, std::string_view path) const {
  ClientRequest made(net::client::Trust::configured);
  made.method = std::move(method);
  made.url = url_ + prefix_ + std::string(path);
  made.first_byte_timeout = kUsualPatience;
  made.total_timeout = kUsualPatience;
  made.max_body_bytes = kMostAnswer;
  made.max_redirects = 0;
  return made;
}

Task<ClientResponse> Api::ask(ClientRequest request) {
  auto asking = http_.send(std::move(request));
  CO_TRY(auto answer, co_await std::move(asking));
  CO_TRY(check_answer(answer));
  co_return answer;
}

Task<Version> Api::version() {
  auto asked = request("GET", "");
  asked.url = url_ + "/version";
  CO_TRY(const auto answer, co_await ask(std::move(asked)));
  CO_TRY(auto found, read_version(answer));
  prefix_ = "/v" + found.api;
  co_return found;
}

Task<std::string> Api::create(std::string name, boost::json::object body) {
  auto asked = request("POST", "/containers/create?name=" + in_path(name));
  asked.headers.add("Content-Type", "application/json");
  asked.body = boost::json::serialize(body);
  CO_TRY(const auto answer, co_await ask(std::move(asked)));
  CO_TRY(const auto made, read_object(answer.body));
  auto id = text_of(made, "Id");
  if (id.empty()) co_return Error(Errc::unavailable, "The engine made a container without an id.");
  co_return id;
}

Task<Unit> Api::start(std::string container) {
  CO_TRY(co_await ask(request("POST", "/containers/" + in_path(container) + "/start")));
  co_return Unit{};
}

Task<Container> Api::inspect(std::string container) {
  CO_TRY(const auto answer, co_await ask(request("GET", "/containers/" + in_path(container) + "/json")));
  CO_TRY(const auto found, read_object(answer.body));
  co_return read_container(found);
}

Task<std::vector<Listed>> Api::list(Labels labels) {
  CO_TRY(const auto answer,
         co_await ask(request("GET", "/containers/json?all=true&filters=" + filters_of(labels, false))));
  co_return read_list(answer.body, labels);
}

Task<Unit> Api::kill(std::string container, std::string signal) {
  CO_TRY(co_await ask(request("POST", "/containers/" + in_path(container) + "/kill?signal=" + in_path(signal))));
  co_return Unit{};
}

Task<Unit> Api::remove(std::string container) {
  const auto gone = co_await ask(request("DELETE", "/containers/" + in_path(container) + "?force=true&v=true"));
  if (!gone && gone.error().code() != Errc::not_found && gone.error().code() != Errc::conflict) {
    co_return std::unexpected(gone.error());
  }
  co_return Unit{};
}

Task<Unit> Api::remove_volume(std::string name) {
  const auto gone = co_await ask(request("DELETE", "/volumes/" + in_path(name)));
  if (!gone && gone.error().code() != Errc::not_found) co_return std::unexpected(gone.error());
  co_return Unit{};
}

Task<Unit> Api::put_archive(std::string container, std::string folder, std::string tar) {
  auto asked = request("PUT", "/containers/" + in_path(container) + "/archive?path=" + in_path(folder));
  asked.headers.add("Content-Type", "application/x-tar");
  asked.body = std::move(tar);
  CO_TRY(co_await ask(std::move(asked)));
  co_return Unit{};
}

Task<bool> Api::has_file(std::string container, std::string path) {
  auto sending = http_.send(request("HEAD", "/containers/" + in_path(container) + "/archive?path=" + in_path(path)));
  CO_TRY(const auto answer, co_await std::move(sending));
  if (answer.status == 200) co_return true;
  if (answer.status == 404) co_return false;
  co_return Error(Errc::unavailable, "The engine does not say whether a file is there.");
}

Task<bool> Api::has_image(std::string image) {
  const auto found = co_await ask(request("GET", "/images/" + in_path(image) + "/json"));
  if (!found && found.error().code() != Errc::not_found) co_return std::unexpected(found.error());
  co_return found.has_value();
}

Task<Unit> Api::pull(std::string image, std::function<bool()> go_on) {
  const auto [name, tag] = tag_of(image);
  auto asked =
      request("POST", "/images/create?fromImage=" + in_path(name) + (tag.empty() ? "" : "&tag=" + in_path(tag)));
  asked.first_byte_timeout = asked.idle_timeout = asked.total_timeout = kPullPatience;
  JsonStream progress;
  std::string trouble;
  auto take = [&](std::string_view piece) {
    const auto read = progress.feed(piece, [&](const boost::json::object& line) {
      if (auto error = text_of(line, "error"); !error.empty()) trouble = std::move(error);
    });
    if (!read) trouble = read.error().message();
    return read.has_value() && go_on();
  };
  auto streaming = http_.stream_body(std::move(asked), take);
  CO_TRY(const auto answer, co_await std::move(streaming));
  CO_TRY(check_answer(answer));
  if (!trouble.empty()) co_return Error(Errc::unavailable, trouble);
  // The status says nothing: an error may come as a line of the progress, or as none.
  CO_TRY(const bool there, co_await has_image(image));
  if (!there) co_return Error(Errc::unavailable, "It is not there after it was fetched.");
  co_return Unit{};
}

Task<Unit> Api::logs(std::string container, std::string since, std::function<bool(Stream, std::string_view)> take) {
  auto asked =
      as_stream(request("GET", "/containers/" + in_path(container) + "/logs?follow=1&stdout=1&stderr=1&timestamps=1" +
                                   (since.empty() ? "" : "&since=" + since)));
  asked.idle_timeout = kLogSilence;
  FrameReader frames;
  bool more = true;
  Result<Unit> read = Unit{};
  auto receive = [&](std::string_view piece) {
    read = frames.feed(piece, [&](Stream stream, std::string_view payload) { more = more && take(stream, payload); });
    return more && read;
  };
  auto streaming = http_.stream_body(std::move(asked), receive);
  CO_TRY(const auto answer, co_await std::move(streaming));
  CO_TRY(check_answer(answer));
  co_return read;
}

Task<Unit> Api::events(Labels labels, std::int64_t since, std::function<bool(const Event&)> take) {
  auto asked = as_stream(request(
      "GET", "/events?filters=" + filters_of(labels, true) + (since > 0 ? "&since=" + std::to_string(since) : "")));
  // An engine may send its head with the first event only.
  asked.first_byte_timeout = kStreamPatience;
  JsonStream objects;
  bool more = true;
  Result<Unit> read = Unit{};
  auto receive = [&](std::string_view piece) {
    read = objects.feed(piece, [&](const boost::json::object& line) { more = more && take(read_event(line)); });
    return more && read;
  };
  auto streaming = http_.stream_body(std::move(asked), receive);
  CO_TRY(const auto answer, co_await std::move(streaming));
  CO_TRY(check_answer(answer));
  co_return read;
}

}  // namespace troupe::runtime::engine
