#include "meetings/types/platform.h"

#include <algorithm>

namespace troupe::meetings {
namespace {

constexpr std::array<std::string_view, kPlatforms.size()> kPlatformWords{"google_meet", "teams", "zoom", "jitsi",
                                                                         "matrix"};
constexpr std::array<std::string_view, kSpeechTasks.size()> kTaskWords{"transcribe", "translate"};

/// Sorted.
constexpr std::string_view kLanguages[]{
    "af", "am", "ar", "as", "az", "ba", "be", "bg", "bn", "bo", "br", "bs", "ca",  "cs",  "cy", "da", "de",
    "el", "en", "es", "et", "eu", "fa", "fi", "fo", "fr", "gl", "gu", "ha", "haw", "he",  "hi", "hr", "ht",
    "hu", "hy", "id", "is", "it", "ja", "jw", "ka", "kk", "km", "kn", "ko", "la",  "lb",  "ln", "lo", "lt",
    "lv", "mg", "mi", "mk", "ml", "mn", "mr", "ms", "mt", "my", "ne", "nl", "nn",  "no",  "oc", "pa", "pl",
    "ps", "pt", "ro", "ru", "sa", "sd", "si", "sk", "sl", "sn", "so", "sq", "sr",  "su",  "sv", "sw", "ta",
    "te", "tg", "th", "tk", "tl", "tr", "tt", "uk", "ur", "uz", "vi", "yi", "yo",  "yue", "zh"};
static_assert(std::ranges::is_sorted(kLanguages));

}  // namespace

std::string_view to_string(Platform platform) { return kPlatformWords[static_cast<std::size_t>(platform)]; }
std::optional<Platform> parse_platform(std::string_view text) {
  const auto found = std::ranges::find(kPlatformWords, text);
  if (found == kPlatformWords.end()) return std::nullopt;
  return kPlatforms[static_cast<std::size_t>(found - kPlatformWords.begin())];
}

std::string_view to_string(SpeechTask task) { return kTaskWords[static_cast<std::size_t>(task)]; }
std::optional<SpeechTask> parse_task(std::string_view text) {
  const auto found = std::ranges::find(kTaskWords, text);
  if (found == kTaskWords.end()) return std::nullopt;
  return kSpeechTasks[static_cast<std::size_t>(found - kTaskWords.begin())];
}

bool is_language(std::string_view code) { return std::ranges::binary_search(kLanguages, code); }

}  // namespace troupe::meetings
