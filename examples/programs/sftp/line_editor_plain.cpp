// Built without libedit: lines are typed as the terminal lets them be typed.
#include "line_editor.hpp"

namespace programs {

std::unique_ptr<line_source> make_terminal_source(directory_names) { return nullptr; }

} // namespace programs
