#pragma once

// What a statement may not contain, found when it is prepared and not when it hurts.
//
//   WhyRefused("SELECT id FROM t WHERE (t, id) > (?, ?)")  ->  "a comparison of rows scans …"
//
// Thread-safety: pure functions.

#include <string>

#include "absl/strings/string_view.h"

namespace salesops::mysql {

// Why stores may not use the statement; empty if they may.
// - BEGIN, COMMIT, SET and the like change the session behind the back of its owner.
// - CREATE, ALTER and the like commit the open transaction without being asked. (Execute outside
//   of a transaction runs them, see IsSchemaChange.)
// - `(a, b) > (?, ?)` reads the whole index: write `a >= ? AND (a > ? OR b > ?)`.
// - RETURNING is not known to MySQL.
std::string WhyRefused(absl::string_view sql);

// CREATE, ALTER, DROP and the like.
bool IsSchemaChange(absl::string_view sql);

}  // namespace salesops::mysql
