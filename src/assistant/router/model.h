// A small linear model: multinomial logistic regression over hashed features.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace troupe::assistant::router {

struct Feature {
  std::uint32_t at = 0;  ///< a bucket of the model
  float weight = 1;
};
/// Buckets in ascending order, each once, of length 1 as a vector.
using Features = std::vector<Feature>;

constexpr unsigned kBucketBits = 16;

/// Collects hashed features. Deterministic on every machine.
class FeatureSet {
 public:
  /// `kind` keeps equal texts of different meaning apart.
  void add(char kind, std::string_view text, float weight = 1);
  void add(char kind, std::string_view first, std::string_view second, float weight);
  /// Sorted, joined and normalised; empties the set.
  Features take();

 private:
  Features features_;
};

/// The cosine of the angle between two sets of features: 0 to 1 as no weight is negative.
float likeness(const Features& a, const Features& b);

struct Example {
  Features features;
  std::size_t label = 0;
  float weight = 1;
};

/// Unchanging once trained; any thread.
class LinearModel {
 public:
  struct Training {
    unsigned rounds = 20;
    float rate = 6.0F;  ///< of the first round; it falls to a tenth
    float decay = 0;    ///< how much weights shrink with each step (L2)
  };

  LinearModel() = default;
  /// Deterministic: the same examples in the same order make the same model. Labels are below `labels`.
  static LinearModel train(std::span<const Example> examples, std::size_t labels, const Training& training);

  /// The logarithm of each label's probability.
  std::vector<float> log_odds(const Features& features) const;
  std::size_t labels() const { return labels_; }

 private:
  void score(const Features& features, std::span<float> into) const;

  std::size_t labels_ = 0;
  std::vector<float> weights_;  ///< by bucket, then label; the last row is the bias
};

}  // namespace troupe::assistant::router
