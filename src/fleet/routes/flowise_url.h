// `flowise_url`, a member of a bot that /api/v1 has from its first face: the address of the flow, beside the brain. The
// core knows nothing of it. It is kept as an annotation of the bot, and written into the config of a Flowise brain that
// names no address.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "fleet/service/bot_editor.h"

namespace troupe::fleet::routes {

/// As it was given; empty: it was not.
std::string_view flowise_url_of(const Bot& bot);

/// Of a new bot; its brain is to be set before. An address that is none becomes one of the new bot's mistakes.
void set_flowise_url(service::NewBot& wanted, const std::string& url);

/// Of a bot that is changed, for every change: nothing given leaves the address, and another brain may still need it.
/// An address without a brain moves a Flowise bot to that flow. The change then fails with invalid_param when the
/// address is none.
void set_flowise_url(service::BotPatch& patch, std::optional<std::string> url);

}  // namespace troupe::fleet::routes
