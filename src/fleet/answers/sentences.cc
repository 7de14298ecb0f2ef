#include "fleet/answers/sentences.h"

#include <cstdint>

#include "fleet/answers/wording.h"

namespace troupe::fleet::answers {
namespace {

Wording wording_of(Sentence which) {
  switch (which) {
    case Sentence::failed:
      return {"I cannot answer this right now (reference %).", "Сейчас я не могу ответить (номер ошибки %)."};
    case Sentence::timed_out:
      return {"My brain took too long to answer (reference %).", "Ответ готовится слишком долго (номер ошибки %)."};
    case Sentence::reference:
      return {"(reference %)", "(номер ошибки %)"};
    case Sentence::broken_off:
      return {"The answer broke off here (reference %).", "Здесь ответ оборвался (номер ошибки %)."};
    case Sentence::refused:
      return {"My brain could not work with this message (reference %).",
              "Не получилось обработать это сообщение (номер ошибки %)."};
    case Sentence::busy:
      return {"I have too much to do right now. Please ask again in a minute (reference %).",
              "Сейчас слишком много запросов. Попробуйте через минуту (номер ошибки %)."};
    case Sentence::misconfigured:
      return {"I am not set up correctly. Please tell my operator (reference %).",
              "Я неправильно настроен. Сообщите администратору (номер ошибки %)."};
    case Sentence::only_text:
      return {"I can only read text messages.", "Я понимаю только текстовые сообщения."};
    case Sentence::new_session:
      return {"Done. I have forgotten our conversation.", "Готово. Начинаем разговор заново."};
    case Sentence::choose:
      return {"Answer with the number, or react.", "Ответьте номером или реакцией."};
    case Sentence::you_could_ask:
      return {"You could also ask:", "Можно также спросить:"};
    case Sentence::sources:
      return {"Sources", "Источники"};
    case Sentence::cut:
      return {"… (cut)", "… (сокращено)"};
    case Sentence::in_file:
      return {"… (the whole answer is in the file)", "… (полный ответ в файле)"};
    case Sentence::question_gone:
      return {"The question was removed.", "Вопрос удалён."};
    case Sentence::stopped:
      return {"I was stopped here.", "Меня остановили."};
    case Sentence::no_answer:
      return {"I have no answer to this.", "У меня нет ответа."};
    case Sentence::file_kept:
      return {"I have the file %. Ask me about it.", "Файл % получен. Задайте вопрос о нём."};
    case Sentence::file_too_large:
      return {"The file % is too large for me.", "Файл % слишком большой."};
    case Sentence::file_not_taken:
      return {"I cannot work with the file %.", "Я не могу работать с файлом %."};
    case Sentence::file_unreadable:
      return {"I could not read the file %.", "Не получилось прочитать файл %."};
  }
  return {"", ""};
}

}  // namespace

std::string sentence(Sentence which, std::string_view language, std::string_view argument) {
  return worded(wording_of(which), language, {argument});
}

std::string guess_language(std::string_view text) {
  std::int64_t latin = 0;
  std::int64_t cyrillic = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) ++latin;
    if (c == 0xD0 || c == 0xD1) ++cyrillic;  // the first bytes of U+0400 to U+047F
  }
  return cyrillic > latin ? "ru" : "en";
}

}  // namespace troupe::fleet::answers
