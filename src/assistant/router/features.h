// What the model sees of a sentence.
#pragma once
#include "assistant/router/model.h"
#include "assistant/router/names.h"
#include "assistant/router/vocabulary.h"

namespace troupe::assistant::router {

/// Words, pairs of words and parts of words; channels, addresses and the like as what they are. Names of services are
/// put out of sight (all but everyday words), so that what is learned of a subject does not depend on who was named;
/// payload is left out, content after a colon counts less. A mistyped word of the services is that word, and counts
/// less; all others that the vocabulary does not know are one and the same: mostly people's names. Parts of words are
/// for mistyped ones; without them two sentences about different people are alike.
enum class Parts { no, yes };
Features features_of(const Sentence& sentence, const Naming& naming, const Vocabulary& known, Parts parts = Parts::yes);

/// Every word of a sentence.
void collect_words(const Sentence& sentence, Words& once, Words& twice);

}  // namespace troupe::assistant::router
