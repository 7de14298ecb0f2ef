#include "assistant/router/model.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace troupe::assistant::router {
namespace {

constexpr std::uint64_t kFnvStart = 14695981039346656037ULL;
constexpr std::uint64_t kFnvPrime = 1099511628211ULL;
constexpr std::size_t kBuckets = std::size_t{1} << kBucketBits;

std::uint64_t hash(std::uint64_t from, std::string_view text) {
  for (char c : text) from = (from ^ static_cast<std::uint8_t>(c)) * kFnvPrime;
  return from;
}

std::uint32_t bucket(std::uint64_t hashed) {
  hashed ^= hashed >> 32;
  hashed *= 0x9E3779B97F4A7C15ULL;
  return static_cast<std::uint32_t>(hashed >> (64 - kBucketBits));
}

/// Turns scores into the logarithms of probabilities.
void normalise(std::span<float> scores) {
  const float most = *std::ranges::max_element(scores);
  float sum = 0;
  for (float score : scores) sum += std::exp(score - most);
  const float all = most + std::log(sum);
  for (float& score : scores) score -= all;
}

/// A shuffle that is the same everywhere: std::shuffle is not.
void shuffle(std::vector<std::size_t>& order, std::uint64_t& state) {
  for (std::size_t i = order.size(); i > 1; --i) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    std::swap(order[i - 1], order[(state >> 33) % i]);
  }
}

}  // namespace

void FeatureSet::add(char kind, std::string_view text, float weight) {
  features_.push_back({.at = bucket(hash(hash(kFnvStart, {&kind, 1}), text)), .weight = weight});
}

void FeatureSet::add(char kind, std::string_view first, std::string_view second, float weight) {
  const auto hashed = hash(hash(hash(hash(kFnvStart, {&kind, 1}), first), " "), second);
  features_.push_back({.at = bucket(hashed), .weight = weight});
}

Features FeatureSet::take() {
  std::ranges::sort(features_, {}, &Feature::at);
  Features out;
  out.reserve(features_.size());
  for (const auto& feature : features_) {
    if (!out.empty() && out.back().at == feature.at) {
      out.back().weight = std::max(out.back().weight, feature.weight);  // how often a word stands says little
    } else {
      out.push_back(feature);
    }
  }
  features_.clear();
  float squares = 0;
  for (const auto& feature : out) squares += feature.weight * feature.weight;
  if (squares > 0) {
    const float scale = 1 / std::sqrt(squares);
    for (auto& feature : out) feature.weight *= scale;
  }
  return out;
}

float likeness(const Features& a, const Features& b) {
  float sum = 0;
  auto x = a.begin();
  auto y = b.begin();
  while (x != a.end() && y != b.end()) {
    if (x->at == y->at) {
      sum += x++->weight * y++->weight;
    } else if (x->at < y->at) {
      ++x;
    } else {
      ++y;
    }
  }
  return sum;
}

LinearModel LinearModel::train(std::span<const Example> examples, std::size_t labels, const Training& training) {
  LinearModel model;
  model.labels_ = labels;
  model.weights_.assign((kBuckets + 1) * labels, 0);
  std::vector<std::size_t> order(examples.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<float> scores(labels);
  std::uint64_t state = 42;
  // Shrinking every weight at each step would touch them all: one common scale shrinks instead.
  float scale = 1;
  const auto steps = static_cast<float>(training.rounds * std::max<std::size_t>(examples.size(), 1));
  float step = 0;
  for (unsigned round = 0; round < training.rounds; ++round) {
    shuffle(order, state);
    for (const auto index : order) {
      const auto& example = examples[index];
      model.score(example.features, scores);
      for (float& one : scores) one *= scale;
      normalise(scores);
      const float rate = training.rate * (1 - 0.9F * step++ / steps) * example.weight;
      scale *= 1 - training.decay * rate;
      for (std::size_t label = 0; label < labels; ++label) {
        const float wanted = label == example.label ? 1.0F : 0.0F;
        scores[label] = rate * (wanted - std::exp(scores[label])) / scale;
      }
      for (const auto& feature : example.features) {
        float* row = &model.weights_[feature.at * labels];
        for (std::size_t label = 0; label < labels; ++label) row[label] += scores[label] * feature.weight;
      }
      float* bias = &model.weights_[kBuckets * labels];
      for (std::size_t label = 0; label < labels; ++label) bias[label] += 0.05F * scores[label];
    }
  }
  for (float& weight : model.weights_) weight *= scale;
  return model;
}

void LinearModel::score(const Features& features, std::span<float> into) const {
  const float* bias = &weights_[kBuckets * labels_];
  std::copy_n(bias, labels_, into.begin());
  for (const auto& feature : features) {
    const float* row = &weights_[feature.at * labels_];
    for (std::size_t label = 0; label < labels_; ++label) into[label] += row[label] * feature.weight;
  }
}

std::vector<float> LinearModel::log_odds(const Features& features) const {
  std::vector<float> scores(labels_);
  if (labels_ == 0) return scores;
  score(features, scores);
  normalise(scores);
  return scores;
}

}  // namespace troupe::assistant::router
