#include "fleet/brains/flowise/flowise_words.h"

#include "fleet/answers/wording.h"

namespace troupe::fleet::brains {
namespace {

answers::Wording wording_of(FlowiseWord which) {
  switch (which) {
    case FlowiseWord::help:
      return {
          "Write to me and I answer. Send a file, then ask about it.\n\n"
          "- `!help` – this text\n"
          "- `!reset` – forget our conversation\n"
          "- `!session` – the name of our conversation\n"
          "- `!status` – whether my brain is there\n"
          "- `!rag [chunkSize=300] [chunkOverlap=150]` – put the files you sent into my knowledge base",
          "Напишите мне, и я отвечу. Пришлите файл, затем задайте вопрос о нём.\n\n"
          "- `!help` – эта справка\n"
          "- `!reset` – начать разговор заново\n"
          "- `!session` – имя нашего разговора\n"
          "- `!status` – доступен ли мой сервис\n"
          "- `!rag [chunkSize=300] [chunkOverlap=150]` – добавить присланные файлы в базу знаний"};
    case FlowiseWord::unknown_command:
      return {"I do not know this command. `!help` lists those I know.",
              "Я не знаю такой команды. Список команд: `!help`."};
    case FlowiseWord::session:
      return {"Our conversation is `%`.", "Наш разговор: `%`."};
    case FlowiseWord::status_up:
      return {"My brain is there: Flowise %, %.", "Мой сервис доступен: Flowise %, %."};
    case FlowiseWord::status_down:
      return {"My brain does not answer: %", "Мой сервис не отвечает: %"};
    case FlowiseWord::streams:
      return {"answers appear while they are written", "ответы видны по мере написания"};
    case FlowiseWord::streams_not:
      return {"answers come whole", "ответы приходят целиком"};
    case FlowiseWord::no_files_to_index:
      return {"Send me one or more files first, then `!rag`.",
              "Сначала пришлите один или несколько файлов, затем `!rag`."};
    case FlowiseWord::bad_index_arguments:
      return {"Use `!rag chunkSize=300 chunkOverlap=150`: numbers from 1 to 100000, the overlap smaller than the size.",
              "Пример: `!rag chunkSize=300 chunkOverlap=150`: числа от 1 до 100000, перекрытие меньше размера."};
    case FlowiseWord::indexed:
      return {"Done: % pieces added, % updated.", "Готово: добавлено фрагментов: %, обновлено: %."};
    case FlowiseWord::index_failed:
      return {"The files could not be put into the knowledge base: %", "Не получилось добавить файлы в базу знаний: %"};
    case FlowiseWord::heard:
      return {"> %\n\n", "> %\n\n"};
  }
  return {"", ""};
}

}  // namespace

std::string flowise_word(FlowiseWord which, std::string_view language, std::string_view first,
                         std::string_view second) {
  return answers::worded(wording_of(which), language, {first, second});
}

}  // namespace troupe::fleet::brains
