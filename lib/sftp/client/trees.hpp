// trees.hpp - operations made of several requests: directories with parents, trees, patterns, the working directory.
#pragma once

#include "sftp/client/file_kind.hpp"
#include "sftp/client/file_state.hpp"

#include <functional>

namespace sshoal::sftp {

awaitable<outcome<bool>> create_directories_at(core_ptr core, std::string path);
awaitable<outcome<std::uint64_t>> remove_tree(core_ptr core, std::string path);
awaitable<outcome<std::vector<directory_entry>>> list_directory(session_ptr session, std::string path);
awaitable<outcome<void>> change_directory_of(core_ptr core, std::string path);
awaitable<outcome<std::string>> working_directory_of(core_ptr core);
/// Waits until other handles of the same owner have been closed.
using handle_room = std::function<awaitable<outcome<void>>()>;
/// `room`: called if the server has no handle left for a directory.
walker make_walker(session_ptr session, std::string path, handle_room room = {});
awaitable<outcome<std::vector<std::string>>> expand_glob(session_ptr session, std::string pattern);

/// Lists the names that are compared with a pattern. A failure ends the expansion, so a directory that cannot be read counts as
/// empty.
class path_lister {
public:
    virtual ~path_lister() = default;
    virtual awaitable<outcome<std::vector<directory_entry>>> list(std::string path) = 0;
    virtual awaitable<outcome<bool>> exists(std::string path) = 0;
};
/// Returns: the paths that match, sorted.
awaitable<outcome<std::vector<std::string>>> expand_pattern(path_lister& in, std::string pattern);

/// Returns: "a/b" for "a" and "b"; "b" for "" and "b".
std::string joined(std::string_view directory, std::string_view name);

} // namespace sshoal::sftp
