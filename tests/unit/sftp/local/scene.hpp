// scene.hpp - a root with files, things beside it that must not be reached, and both ways of resolving paths.
#pragma once

#include "catch.hpp"
#include "sftp/local/local_file_system.hpp"
#include "sftp/local/tree.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_future.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <sys/stat.h>
#include <unistd.h>

namespace Catch {
template <class T> struct StringMaker<boost::system::result<T, sshoal::failure>> {
    static std::string convert(const boost::system::result<T, sshoal::failure>& r) { return r ? "done" : r.error().message(); }
};
} // namespace Catch

namespace local_scene {

using namespace sshoal;
using namespace sshoal::sftp;
namespace fs = std::filesystem;
using sshoal::sftp::local::resolution;

/// Runs one operation on a strand to its end.
template <class T>
T wait_for(awaitable<T> operation)
{
    asio::io_context ctx(1);
    auto result = asio::co_spawn(asio::make_strand(ctx), std::move(operation), asio::use_future);
    ctx.run();
    return result.get();
}

inline void put(const fs::path& file, const std::string& text) { std::ofstream(file, std::ios::binary) << text; }

inline std::string get(const fs::path& file)
{
    std::ifstream in(file, std::ios::binary);
    std::stringstream s;
    s << in.rdbuf();
    return s.str();
}

/// base/root is served; base/outside and base/root10 must stay as they are.
class scene {
public:
    scene()
    {
        std::string name = (fs::temp_directory_path() / "sshoal-local-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        base = fs::canonical(name);
        for (const char* folder : {"root/dir/sub", "root10", "outside/dir"})
            fs::create_directories(base / folder);
        put(base / "root/file", "inside");
        put(base / "root/dir/inner", "inner");
        put(base / "outside/secret", "secret");
        put(base / "outside/dir/secret", "secret");
        put(base / "root10/secret", "secret");
        before_ = outside();
    }
    scene(const scene&) = delete;
    ~scene()
    {
        std::error_code ignored;
        fs::remove_all(base, ignored);
    }

    local_options rooted() const { return local_options().root((base / "root").string()); }
    local_options plain() const { return local_options().start((base / "root").string()); }
    std::shared_ptr<file_system> files(resolution how) const { return local::make_file_system(rooted(), how); }
    bool outside_untouched() const { return outside() == before_; }

    fs::path base;

private:
    /// Names, contents and attributes of what is beside the root.
    std::map<std::string, std::string> outside() const
    {
        std::map<std::string, std::string> all;
        const auto note = [&](const fs::path& p) {
            struct ::stat s = {};
            ::lstat(p.c_str(), &s);
            std::ostringstream text;
            text << s.st_mode << ' ' << s.st_uid << ' ' << s.st_nlink << ' ' << s.st_mtim.tv_sec << '.' << s.st_mtim.tv_nsec << ' '
                 << (S_ISREG(s.st_mode) ? get(p) : "");
            all[p.string()] = text.str();
        };
        for (const char* top : {"outside", "root10"}) {
            note(base / top);
            for (const auto& e : fs::recursive_directory_iterator(base / top))
                note(e.path());
        }
        return all;
    }

    std::map<std::string, std::string> before_;
};

inline status code_of(const failure& f) { return status(f.code().value()); }
template <class T>
status status_of(const outcome<T>& r)
{
    return r ? status::ok : code_of(r.error());
}

inline const char* name_of(resolution r) { return r == resolution::walk ? "step by step" : "by the kernel"; }

inline open_mode creating() { return open_mode::write | open_mode::create; }

template <class File>
std::string read_all(const File& file)
{
    std::string text;
    std::byte room[4096];
    for (;;) {
        const auto n = wait_for(file->read(text.size(), room));
        REQUIRE(n);
        if (*n == 0)
            return text;
        text.append(reinterpret_cast<const char*>(room), *n);
    }
}

inline std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

} // namespace local_scene
