#include "homeserver/previews/page_text.h"

#include <iconv.h>

#include <algorithm>
#include <cerrno>

#include "base/encoding.h"
#include "base/text.h"

namespace troupe::homeserver::previews {
namespace {

constexpr std::size_t kDeclared = 1024;  ///< bytes in which a declaration must stand
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

struct Charset {
  std::string_view name;  ///< as pages have it, in lower case
  const char* converter;  ///< as iconv has it
};

/// Names that pages use, of encodings without states. SPEC: WHATWG Encoding, whose Latin-1 is windows-1252.
constexpr Charset kCharsets[] = {
    {"utf-8", "UTF-8"},
    {"utf8", "UTF-8"},
    {"us-ascii", "CP1252"},
    {"ascii", "CP1252"},
    {"iso-8859-1", "CP1252"},
    {"latin1", "CP1252"},
    {"windows-1252", "CP1252"},
    {"cp1252", "CP1252"},
    {"iso-8859-2", "ISO-8859-2"},
    {"iso-8859-3", "ISO-8859-3"},
    {"iso-8859-4", "ISO-8859-4"},
    {"iso-8859-5", "ISO-8859-5"},
    {"iso-8859-6", "ISO-8859-6"},
    {"iso-8859-7", "ISO-8859-7"},
    {"iso-8859-8", "ISO-8859-8"},
    {"iso-8859-9", "CP1254"},
    {"iso-8859-10", "ISO-8859-10"},
    {"iso-8859-13", "ISO-8859-13"},
    {"iso-8859-14", "ISO-8859-14"},
    {"iso-8859-15", "ISO-8859-15"},
    {"iso-8859-16", "ISO-8859-16"},
    {"windows-1250", "CP1250"},
    {"windows-1251", "CP1251"},
    {"windows-1253", "CP1253"},
    {"windows-1254", "CP1254"},
    {"windows-1255", "CP1255"},
    {"windows-1256", "CP1256"},
    {"windows-1257", "CP1257"},
    {"windows-1258", "CP1258"},
    {"windows-874", "CP874"},
    {"tis-620", "CP874"},
    {"koi8-r", "KOI8-R"},
    {"koi8-u", "KOI8-U"},
    {"ibm866", "CP866"},
    {"macintosh", "MACINTOSH"},
    {"gbk", "GB18030"},
    {"gb2312", "GB18030"},
    {"gb18030", "GB18030"},
    {"big5", "BIG5-HKSCS"},
    {"shift_jis", "CP932"},
    {"shift-jis", "CP932"},
    {"sjis", "CP932"},
    {"windows-31j", "CP932"},
    {"euc-jp", "EUC-JP"},
    {"euc-kr", "CP949"},
    {"ks_c_5601-1987", "CP949"},
};

const char* find_charset(std::string_view name) {
  const auto lower = base::ascii_lower(name);
  const auto* found = std::ranges::find(kCharsets, std::string_view(lower), &Charset::name);
  return found == std::end(kCharsets) ? nullptr : found->converter;
}

/// What follows `mark` in a text: charset="…", charset=…; nothing known: nullptr.
const char* declared_after(std::string_view text, std::string_view mark) {
  const auto lower = base::ascii_lower(text);
  for (auto at = lower.find(mark); at != std::string::npos; at = lower.find(mark, at + 1)) {
    auto rest = std::string_view(lower).substr(at + mark.size());
    const auto skip = [&rest](std::string_view characters) {
      rest.remove_prefix(std::min(rest.find_first_not_of(characters), rest.size()));
    };
    skip(" \t");
    if (!rest.starts_with('=')) continue;
    skip("= \t\"'");
    const auto name = rest.substr(0, rest.find_first_of(" \t\r\n\"';>/?"));
    if (const auto* charset = find_charset(name)) return charset;
  }
  return nullptr;
}

class Converter {
 public:
  explicit Converter(const char* from) : handle_(iconv_open("UTF-8", from)) {}
  ~Converter() {
    if (is_open()) iconv_close(handle_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  bool is_open() const { return handle_ != iconv_t(-1); }  // NOLINT(performance-no-int-to-ptr): POSIX has it so

  std::string convert(std::string_view page) {
    std::string out;
    out.reserve(page.size() + page.size() / 2);
    char buffer[16 * 1024];
    auto* in = const_cast<char*>(page.data());
    auto left = page.size();
    while (left > 0) {
      char* to = buffer;
      auto room = sizeof buffer;
      const auto done = iconv(handle_, &in, &left, &to, &room);
      out.append(buffer, static_cast<std::size_t>(to - buffer));
      if (done != static_cast<std::size_t>(-1) || errno == E2BIG) continue;
      out += kReplacement;  // not valid, or cut off at the end
      if (left == 0) break;
      ++in;
      --left;
    }
    return out;
  }

 private:
  iconv_t handle_;
};

}  // namespace

std::string page_text(std::string_view page, std::string_view content_type) {
  const char* charset = nullptr;
  if (page.starts_with("\xef\xbb\xbf")) {
    page.remove_prefix(3);
    charset = "UTF-8";
  } else if (page.starts_with("\xff\xfe")) {
    page.remove_prefix(2);
    charset = "UTF-16LE";
  } else if (page.starts_with("\xfe\xff")) {
    page.remove_prefix(2);
    charset = "UTF-16BE";
  }
  const auto beginning = page.substr(0, kDeclared);
  if (!charset) charset = declared_after(content_type, "charset");
  if (!charset) charset = declared_after(beginning, "charset");
  if (!charset) charset = declared_after(beginning, "encoding");
  if (!charset) charset = base::is_utf8(page) ? "UTF-8" : "CP1252";
  if (charset == std::string_view("UTF-8") && base::is_utf8(page)) return std::string(page);
  Converter converter(charset);
  if (converter.is_open()) return converter.convert(page);
  Converter fallback("CP1252");  // a machine without the converters of other languages
  return fallback.is_open() ? fallback.convert(page) : std::string();
}

}  // namespace troupe::homeserver::previews
