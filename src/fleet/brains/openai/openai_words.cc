#include "fleet/brains/openai/openai_words.h"

#include "fleet/answers/wording.h"

namespace troupe::fleet::brains {
namespace {

answers::Wording wording_of(ModelWord which) {
  switch (which) {
    case ModelWord::help:
      return {
          "Write to me and a language model answers. I remember our conversation in this room; a thread is a "
          "conversation of its own.\n\n"
          "- `!reset` makes me forget it\n"
          "- `!status` says which model I use and how much I remember\n"
          "- `!help` shows this",
          "Напишите мне, и ответит языковая модель. Я помню наш разговор в этой комнате; ветка – отдельный "
          "разговор.\n\n"
          "- `!reset` – забыть его\n"
          "- `!status` – какая у меня модель и сколько я помню\n"
          "- `!help` – эта справка"};
    case ModelWord::status:
      return {"- Model: %\n- Remembered here: % turns, about % tokens of %\n",
              "- Модель: %\n- Помню здесь: реплик – %, около % токенов из %\n"};
    case ModelWord::status_up:
      return {"- The model's server answers", "- Сервер модели отвечает"};
    case ModelWord::status_down:
      return {"- The model's server does not answer", "- Сервер модели не отвечает"};
    case ModelWord::too_long:
      return {"That is too long for me: even without our earlier conversation it does not fit.",
              "Это слишком длинно для меня, даже без нашего прежнего разговора."};
    case ModelWord::only_thought:
      return {"I thought about it for so long that no room was left for an answer.",
              "Я думал так долго, что на ответ не осталось места."};
    case ModelWord::filtered:
      return {"My model's content filter stopped the answer.", "Фильтр содержимого модели остановил ответ."};
    case ModelWord::nothing:
      return {"My model had nothing to say to that.", "Модели нечего на это сказать."};
    case ModelWord::wants_tool:
      return {"My model wanted to use a tool, but it has none here. Please ask in another way.",
              "Модель хотела воспользоваться инструментом, но здесь их нет. Спросите иначе."};
    case ModelWord::image_too_large:
      return {"That image is too large for me.", "Эта картинка слишком большая для меня."};
    case ModelWord::image_unknown:
      return {"I can only look at PNG, JPEG, GIF and WebP images.", "Я вижу только картинки PNG, JPEG, GIF и WebP."};
    case ModelWord::over_limit:
      return {"What I may spend on answers today is used up. Please ask again tomorrow (UTC).",
              "На сегодня деньги на ответы кончились. Спросите, пожалуйста, завтра (по UTC)."};
    case ModelWord::no_price:
      return {"I may not answer: a spending limit is set, and nobody has said what my model costs.",
              "Мне нельзя отвечать: задан предел расходов, а цена модели не указана."};
    case ModelWord::no_model:
      return {"None of my language models answers at the moment. Please ask again in a while.",
              "Сейчас ни одна из моих языковых моделей не отвечает. Спросите, пожалуйста, позже."};
    case ModelWord::cut_note:
      return {"*(The answer was cut: it reached the model's length limit.)*",
              "*(Ответ обрезан: достигнут предел длины модели.)*"};
    case ModelWord::filter_note:
      return {"*(The model's content filter stopped the answer here.)*",
              "*(Здесь ответ остановил фильтр содержимого модели.)*"};
    case ModelWord::lost_note:
      return {"*(The answer may be incomplete: the model stopped without saying that it was done.)*",
              "*(Ответ может быть неполным: модель остановилась, не сказав, что закончила.)*"};
    case ModelWord::tool_note:
      return {"*(Here the model wanted to use a tool, but it has none.)*",
              "*(Здесь модель хотела воспользоваться инструментом, но их нет.)*"};
  }
  return {"", ""};
}

}  // namespace

std::string model_word(ModelWord which, std::string_view language, std::initializer_list<std::string_view> arguments) {
  return answers::worded(wording_of(which), language, arguments);
}

}  // namespace troupe::fleet::brains
