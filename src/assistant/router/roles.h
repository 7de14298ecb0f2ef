// Where the verb points: what part each named service plays in its sentence.
#pragma once
#include "assistant/router/names.h"

namespace troupe::assistant::router {

/// Gives each mention its role, and says whether services stand side by side. A colon after nothing but a name ("X: do
/// this") opens a command: the tokens after it become one.
void give_roles(Sentence& sentence, Naming& naming);

/// Whether the token stands alone in quotes after a word that points: in "X".
bool is_quoted_name(const Sentence& sentence, std::size_t at);

}  // namespace troupe::assistant::router
