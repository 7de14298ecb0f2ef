// A transcript as files that people and players read. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "meetings/types/speech.h"

namespace troupe::meetings::transcripts {

enum class Format { json, text, srt, vtt };
inline constexpr std::array kFormats{Format::json, Format::text, Format::srt, Format::vtt};
std::string_view to_string(Format format);
std::optional<Format> parse_format(std::string_view text);
std::string_view media_type(Format format);

/// Times count from `origin`, or from the first piece where that is earlier. Not for Format::json.
std::string written(const std::vector<Segment>& segments, base::UnixMs origin, Format format);

}  // namespace troupe::meetings::transcripts
