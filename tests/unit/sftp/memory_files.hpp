// memory_files.hpp - a tree of files in memory, and short ways to fill it and to look at it.
#pragma once

#include "catch.hpp"
#include "sftp/memory/tree.hpp"

namespace memory_files {

using namespace sshoal;
using namespace sshoal::sftp;
using memory::node;
using memory::tree;

inline constexpr auto follow = tree::last_link::follow;
inline constexpr auto keep = tree::last_link::keep;
inline const open_mode fresh = open_mode::write | open_mode::create | open_mode::exclusive;

struct files {
    explicit files(std::uint64_t capacity = 1 << 20, std::size_t nodes = 1000)
        : t(capacity, nodes)
    {
    }
    tree t;

    std::shared_ptr<node> make(std::string_view path, std::string_view text = "x")
    {
        auto n = t.open(path, open_mode::overwrite, attributes());
        REQUIRE(n.has_value());
        REQUIRE_FALSE((*n)->write(0, view_of(text), false));
        return *n;
    }
    void directory(std::string_view path) { REQUIRE_FALSE(t.make_directory(path, attributes())); }
    void link(std::string_view target, std::string_view path) { REQUIRE_FALSE(t.make_symlink(target, path)); }
    std::string text(std::string_view path)
    {
        auto n = t.find(path, follow);
        if (!n)
            return "none: " + n.error().message();
        std::string s(std::size_t((*n)->stat().size.value()), '\0');
        s.resize((*n)->read(0, std::as_writable_bytes(std::span(s))));
        return s;
    }
    bool there(std::string_view path) { return t.find(path, keep).has_value(); }
    std::string names(std::string_view path, std::size_t most = 100)
    {
        std::string all;
        for (const directory_entry& e : t.list(**t.find(path, follow), "", most))
            all += e.name + ' ';
        return all;
    }
};

inline bool is(const failure& f, int number)
{
    return f.context() == fail_errno(number).context() && f.code() == fail_errno(number).code();
}
template <class T>
bool is(const outcome<T>& o, int number)
{
    return !o && is(o.error(), number);
}

} // namespace memory_files
