#include "fleet/routes/flowise_url.h"

#include "base/field_errors.h"
#include "matrix/json.h"

namespace troupe::fleet::routes {
namespace {

constexpr std::string_view kName = "flowise_url";
constexpr std::string_view kFlowise = "flowise";
constexpr std::size_t kMaxUrlBytes = 2'048;

Result<Unit> check(std::string_view url) {
  if (url.empty()) return Unit{};
  const bool web = url.starts_with("http://") || url.starts_with("https://");
  if (!web || url.size() > kMaxUrlBytes || std::ranges::any_of(url, [](unsigned char c) { return c <= 0x20; })) {
    return base::field_error("/flowise_url", "flowise_url must be an http or https address of at most 2048 bytes.");
  }
  return Unit{};
}

void give_address(boost::json::object& config, std::string_view kind, std::string_view url) {
  if (kind == kFlowise && !url.empty() && !config.contains("url")) config["url"] = url;
}

class FlowiseUrl final : public service::PatchMembers {
 public:
  explicit FlowiseUrl(std::optional<std::string> given) : given_(std::move(given)) {}
  Result<Unit> add_to(service::BotPatch& patch, const Bot& row) const override {
    if (given_) {
      TRY(check(*given_));
      patch.annotations[kName] = *given_;
    }
    const std::string url(given_ ? std::string_view(*given_) : flowise_url_of(row));
    if (patch.brain_kind || patch.brain_config) {
      if (!patch.brain_config) patch.brain_config.emplace();
      give_address(*patch.brain_config, patch.brain_kind.value_or(row.brain_kind), url);
    } else if (given_ && !url.empty() && row.brain_kind == kFlowise) {
      patch.brain_config = row.brain_config;
      (*patch.brain_config)["url"] = url;
      patch.brain_config->erase("flow_id");
    }
    return Unit{};
  }

 private:
  std::optional<std::string> given_;
};

}  // namespace

std::string_view flowise_url_of(const Bot& bot) { return matrix::find_string(bot.annotations, kName).value_or(""); }

void set_flowise_url(service::NewBot& wanted, const std::string& url) {
  wanted.mistakes.take(check(url));
  give_address(wanted.brain_config, wanted.brain_kind, url);
  if (!url.empty()) wanted.annotations[kName] = url;
}

void set_flowise_url(service::BotPatch& patch, std::optional<std::string> url) {
  patch.members = std::make_shared<FlowiseUrl>(std::move(url));
}

}  // namespace troupe::fleet::routes
