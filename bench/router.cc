// How the assistant's router does: right answers, time a text, time to train; the same linear model on CLINC150 and
// BANKING77, whose files are given on the command line. docs/assistant.md has the figures.

// modules: assistant
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <chrono>
#include <fstream>
#include <map>
#include <sstream>

#include "assistant/router/shipped.h"

namespace {

using namespace troupe::assistant;
namespace json = boost::json;
using Clock = std::chrono::steady_clock;

double us_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

struct Labelled {
  std::string text, service, category;
  bool ambiguous = false;
};

std::vector<Labelled> read_labelled(const std::string& path) {
  std::vector<Labelled> out;
  std::istringstream lines(read_file(path));
  for (std::string line; std::getline(lines, line);) {
    const auto value = json::parse(line);
    out.push_back({.text = std::string(value.at("text").as_string()),
                   .service = std::string(value.at("service").as_string()),
                   .category = std::string(value.at("cat").as_string()),
                   .ambiguous = value.at("ambiguous").as_bool()});
  }
  return out;
}

std::string answer_of(const router::Decision& decision) {
  if (decision.outcome == router::Outcome::ask) return "ask";
  return decision.outcome == router::Outcome::service ? decision.service : "none";
}

struct Tally {
  int all = 0, right = 0, clear = 0, wrong = 0, needless = 0, lost = 0, foreign = 0, routed = 0, vague = 0, asked = 0;

  void add(const Labelled& one, const std::string& answer) {
    const auto expected = one.ambiguous ? "ask" : one.service;
    const bool service = answer != "ask" && answer != "none";
    ++all;
    right += answer == expected;
    if (one.ambiguous) {
      ++vague;
      asked += answer == "ask";
      wrong += service;
    } else if (one.service == "none") {
      ++foreign;
      routed += service;
    } else {
      ++clear;
      wrong += service && answer != expected;
      needless += answer == "ask";
      lost += answer == "none";
    }
  }
  void print(const std::string& name) const {
    const auto share = [](int part, int of) { return of == 0 ? 0.0 : 100.0 * part / of; };
    fmt::print(
        "{:<28} {:>4}  right {:5.1f} %  wrong service {:4.1f}  needless question {:4.1f}  not found {:4.1f}  false "
        "route "
        "{:4.1f}  asked when vague {:5.1f}\n",
        name, all, share(right, all), share(wrong, clear + vague), share(needless, clear), share(lost, clear),
        share(routed, foreign), share(asked, vague));
  }
};

void show_miss(const Labelled& one, const router::Decision& decision) {
  fmt::print("  {} instead of {} [{}]: {}\n", answer_of(decision), one.ambiguous ? "ask" : one.service, one.category,
             one.text);
  for (const auto& score : decision.scores) {
    if (score.share > 0.03 || score.named != 0) {
      fmt::print("      {:<11} {:.2f}  model {:.1f} named {:.1f} {}\n", score.service, score.share, score.model,
                 score.named, score.why);
    }
  }
}

void judge(const router::Router& router, const std::string& path, bool misses) {
  std::map<std::string, Tally> by;
  Tally all;
  for (const auto& one : read_labelled(path)) {
    const auto decision = router.route(one.text);
    const auto answer = answer_of(decision);
    all.add(one, answer);
    by[one.ambiguous ? "  ask" : "  " + one.service].add(one, answer);
    by["    " + one.category].add(one, answer);
    if (misses && answer != (one.ambiguous ? "ask" : one.service)) show_miss(one, decision);
  }
  all.print(path.substr(path.rfind('/') + 1));
  for (const auto& [name, tally] : by) tally.print(name);
}

/// Each fifth of the examples is judged by a router that has not seen it.
void cross(const packs::PhraseBook& book, bool misses) {
  constexpr std::size_t kFolds = 5;
  Tally all;
  std::map<std::string, Tally> by;
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    auto part = book;
    std::vector<Labelled> held;
    std::size_t number = 0;
    const auto split = [&](std::vector<packs::Example>& examples, const std::string& service) {
      std::erase_if(examples, [&](const packs::Example& one) {
        if (number++ % kFolds != fold) return false;
        const bool vague = one.intent == "ask";
        held.push_back({.text = one.text, .service = service, .category = one.intent, .ambiguous = vague});
        return true;
      });
    };
    for (auto& service : part.services) split(service.examples, service.service);
    split(part.background, "none");
    const auto router = router::router_of(part);
    for (const auto& one : held) {
      const auto decision = router.route(one.text);
      const auto answer = answer_of(decision);
      all.add(one, answer);
      by[one.ambiguous ? "  ask" : "  " + one.service].add(one, answer);
      if (misses && answer != (one.ambiguous ? "ask" : one.service)) show_miss(one, decision);
    }
  }
  all.print("cross-validation, 5 folds");
  for (const auto& [name, tally] : by) tally.print(name);
}

void time_it(const router::Router& router, const std::vector<std::string>& texts) {
  std::vector<double> us;
  for (int round = 0; round < 20; ++round) {
    for (const auto& text : texts) {
      const auto start = Clock::now();
      const auto decision = router.route(text);
      us.push_back(us_since(start));
      if (decision.confidence > 2) return;
    }
  }
  std::ranges::sort(us);
  fmt::print("{} routes: p50 {:.1f} us, p99 {:.1f} us, most {:.1f} us\n", us.size(), us[us.size() / 2],
             us[us.size() * 99 / 100], us.back());
}

std::size_t label_of(const std::string& name, std::map<std::string, std::size_t>& labels) {
  return labels.try_emplace(name, labels.size()).first->second;
}

struct Raw {
  std::string text, label;
};

router::Words words_of(const std::vector<Raw>& train) {
  router::Words once, twice;
  for (const auto& one : train) router::collect_words(router::Sentence(one.text), once, twice);
  return twice;
}

router::Features features(const std::string& text, const router::Vocabulary& known) {
  return router::features_of(router::Sentence(text), {}, known);
}

struct Trained {
  router::Vocabulary known;
  std::map<std::string, std::size_t> labels;
  router::LinearModel model;

  explicit Trained(const std::vector<Raw>& train) : known(words_of(train)) {
    const auto start = Clock::now();
    std::vector<router::Example> examples;
    for (const auto& one : train)
      examples.push_back({.features = features(one.text, known), .label = label_of(one.label, labels)});
    model = router::LinearModel::train(examples, labels.size(), {.rounds = 12, .decay = 0});
    fmt::print("  trained on {} texts, {} labels in {:.2f} s\n", train.size(), labels.size(), us_since(start) / 1e6);
  }
  std::pair<std::size_t, double> best(const std::string& text) const {
    const auto odds = model.log_odds(features(text, known));
    const auto at = std::ranges::max_element(odds);
    return {static_cast<std::size_t>(at - odds.begin()), std::exp(*at)};
  }
};

std::vector<Raw> clinc_part(const json::value& all, std::string_view name) {
  std::vector<Raw> out;
  for (const auto& row : all.at(name).as_array())
    out.push_back({std::string(row.at(0).as_string()), std::string(row.at(1).as_string())});
  return out;
}

/// Published (Larson et al. 2019, "full", oos-train): in scope and out-of-scope recall of linear and neural baselines.
void clinc(const std::string& path) {
  const auto all = json::parse(read_file(path));
  auto train = clinc_part(all, "train");
  const auto outside = clinc_part(all, "oos_train");
  train.insert(train.end(), outside.begin(), outside.end());
  const Trained trained(train);
  int right = 0, found = 0;
  const auto test = clinc_part(all, "test"), foreign = clinc_part(all, "oos_test");
  const auto oos = trained.labels.at("oos");
  for (const auto& one : test) right += trained.best(one.text).first == trained.labels.at(one.label);
  for (const auto& one : foreign) found += trained.best(one.text).first == oos;
  fmt::print("CLINC150, oos as a 151st label: in scope {:.1f} %, out-of-scope recall {:.1f} %\n",
             100.0 * right / static_cast<double>(test.size()), 100.0 * found / static_cast<double>(foreign.size()));
  // The threshold that is best on val and oos_val.
  const auto val = clinc_part(all, "val"), val_foreign = clinc_part(all, "oos_val");
  double chosen = 0;
  int most = -1;
  for (double least = 0; least < 0.9; least += 0.02) {
    int good = 0;
    for (const auto& one : val) {
      const auto [label, share] = trained.best(one.text);
      good += share >= least && label == trained.labels.at(one.label);
    }
    for (const auto& one : val_foreign) {
      const auto [label, share] = trained.best(one.text);
      good += share < least || label == oos;
    }
    if (good > most) {
      most = good;
      chosen = least;
    }
  }
  right = found = 0;
  for (const auto& one : test) {
    const auto [label, share] = trained.best(one.text);
    right += share >= chosen && label == trained.labels.at(one.label);
  }
  for (const auto& one : foreign) {
    const auto [label, share] = trained.best(one.text);
    found += share < chosen || label == oos;
  }
  fmt::print("CLINC150, threshold {:.2f} chosen on val: in scope {:.1f} %, out-of-scope recall {:.1f} %\n", chosen,
             100.0 * right / static_cast<double>(test.size()), 100.0 * found / static_cast<double>(foreign.size()));
}

std::vector<Raw> read_csv(const std::string& path) {
  std::vector<Raw> out;
  const auto text = read_file(path);
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      fields.back() += text[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else if (c == '\n' && !quoted) {
      if (fields.size() == 2 && fields[1] != "category") out.push_back({fields[0], fields[1]});
      fields.assign(1, "");
    } else if (c != '\r') {
      fields.back() += c;
    }
  }
  return out;
}

void banking(const std::string& train_path, const std::string& test_path) {
  const Trained trained(read_csv(train_path));
  int right = 0;
  const auto test = read_csv(test_path);
  for (const auto& one : test) right += trained.best(one.text).first == trained.labels.at(one.label);
  fmt::print("BANKING77: {:.1f} % of {}\n", 100.0 * right / static_cast<double>(test.size()), test.size());
}

/// Foreign texts of CLINC150's test part that the router takes for a service's.
void clinc_routes(const router::Router& router, const std::string& path, bool misses) {
  const auto all = json::parse(read_file(path));
  for (const auto* part : {"oos_test", "test"}) {
    int routed = 0, asked = 0;
    const auto texts = clinc_part(all, part);
    for (const auto& one : texts) {
      const auto decision = router.route(one.text);
      routed += decision.outcome == router::Outcome::service;
      asked += decision.outcome == router::Outcome::ask;
      if (misses && decision.outcome == router::Outcome::service)
        fmt::print("    {} <- {}\n", decision.service, one.text);
    }
    fmt::print("CLINC150 {} through the router: {:.1f} % routed, {:.1f} % asked\n", part,
               100.0 * routed / static_cast<double>(texts.size()), 100.0 * asked / static_cast<double>(texts.size()));
  }
}

/// What people's choices change: {"text","service","later"}: asked about the first, they choose; then comes the other.
void learned(const router::Router& router, const std::string& path) {
  std::istringstream lines(read_file(path));
  router::Choices choices(router);
  std::vector<std::pair<std::string, std::string>> later;
  for (std::string line; std::getline(lines, line);) {
    const auto value = json::parse(line);
    const std::string service(value.at("service").as_string());
    choices.add(
        {.id = std::to_string(later.size()), .text = std::string(value.at("text").as_string()), .service = service});
    later.emplace_back(value.at("later").as_string(), service);
  }
  int before = 0, after = 0, wrong = 0;
  for (const auto& [text, service] : later) {
    before += router.route(text).service == service;
    const auto decision = router.route(text, &choices);
    after += decision.service == service;
    wrong += decision.outcome == router::Outcome::service && decision.service != service;
  }
  fmt::print("after {} choices: {} of the next texts go where the person wants, {} before; {} go wrong\n", later.size(),
             after, before, wrong);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  const auto book = packs::read_phrase_book(packs::shipped_files());
  if (!book) {
    fmt::print(stderr, "{}\n", book.error().message());
    return 1;
  }
  const auto start = Clock::now();
  const auto router = router::router_of(*book);
  fmt::print("trained in {:.0f} ms\n", us_since(start) / 1000);
  const bool misses = std::ranges::find(args, "--misses") != args.end();
  const auto texts_of = [](const std::string& path) {
    std::vector<std::string> texts;
    for (const auto& one : read_labelled(path)) texts.push_back(one.text);
    return texts;
  };
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (args[i] == "--labelled") judge(router, args.at(++i), misses);
    if (args[i] == "--time") time_it(router, texts_of(args.at(++i)));
    if (args[i] == "--cross") cross(*book, misses);
    if (args[i] == "--learned") learned(router, args.at(++i));
    if (args[i] == "--clinc-routes") clinc_routes(router, args.at(++i), misses);
    if (args[i] == "--clinc") clinc(args.at(++i));
    if (args[i] == "--banking") {
      banking(args.at(i + 1), args.at(i + 2));
      i += 2;
    }
  }
  return 0;
}
