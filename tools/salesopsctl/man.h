#pragma once

// The manual page, made from the definition of the commands.
//
//   salesopsctl man > salesopsctl.1
//
// Thread-safety: pure functions.

#include <string>

namespace CLI {
class App;
}

namespace salesops::ctl {

// For man(1): groff with the man macros.
std::string ManPage(CLI::App& app);

}  // namespace salesops::ctl
