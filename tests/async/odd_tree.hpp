// odd_tree.hpp - an SFTP server with a small tree in memory, of which a test bends what shall be odd.
#pragma once

#include "sftp_peers.hpp"

#include <map>
#include <set>

namespace rig {

class odd_tree {
public:
    std::map<std::string, std::string> files;
    std::set<std::string> directories{"/"};
    /// Asked first; true: it has answered, or does not want an answer.
    std::function<bool(const asked&, answers&)> instead;
    /// What is told of a path; `listed`: in NAME.
    std::function<sftp::attributes(const std::string&, bool listed)> told;
    std::function<std::string(const std::string&)> long_name; ///< of a path
    std::size_t open_now = 0, most_open = 0;
    std::size_t open_limit = SIZE_MAX; ///< one more is refused with FAILURE
    std::vector<std::pair<type, std::string>> seen; ///< requests, with their first string

    static std::string absolute(std::string path);
    bool is_directory(const std::string& path) const { return directories.contains(path); }
    sftp::attributes plain(const std::string& path) const;
    void answer(const asked& q, answers& a);
    scripted server()
    {
        return scripted([this](const asked& q, answers& a) { answer(q, a); });
    }
    std::size_t count(type t) const
    {
        return std::size_t(std::count_if(seen.begin(), seen.end(), [t](const auto& s) { return s.first == t; }));
    }

private:
    struct open_thing {
        std::string path;
        bool listed = false;
    };
    void new_handle(const asked& q, answers& a, std::string path);
    void list(const asked& q, answers& a, open_thing& what);
    void about_handle(const asked& q, answers& a);
    void about_path(const asked& q, answers& a, const std::string& path);

    std::map<std::string, open_thing> handles_;
    int next_handle_ = 0;
};

} // namespace rig
