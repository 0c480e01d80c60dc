#include "catch.hpp"

#include "lookups.hpp"

#include <filesystem>
#include <fstream>

#include <sys/stat.h>

namespace sshoal::conf::test {
namespace {

/// A folder of configuration files, removed at the end.
class config_folder {
public:
    config_folder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "sshoal-config-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    config_folder(const config_folder&) = delete;
    ~config_folder() { std::filesystem::remove_all(path_); }
    std::string write(const std::string& name, const std::string& text) const
    {
        const std::filesystem::path p = path_ / name;
        std::filesystem::create_directories(p.parent_path());
        std::ofstream(p) << text;
        ::chmod(p.c_str(), 0600);
        return p.string();
    }
    config_reading reading() const
    {
        config_reading how;
        how.folder = path_.string();
        return how;
    }
    std::string path(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

ssh_settings found_in(const config_folder& in, const std::string& text, const std::string& host = "work")
{
    auto read = ssh_config::load({in.write("config", text)}, in.reading());
    INFO((read ? std::string() : read.error().message()));
    REQUIRE(bool(read));
    auto found = read->lookup_now(host, some_facts());
    INFO((found ? std::string() : found.error().message()));
    REQUIRE(bool(found));
    return std::move(*found);
}

failure refused_in(const config_folder& in, const std::string& text, config_reading how)
{
    const auto read = ssh_config::load({in.write("config", text)}, how);
    if (!read)
        return read.error();
    const auto found = read->lookup_now("work", some_facts());
    REQUIRE_FALSE(bool(found));
    CHECK(found.error().code() == errc::bad_configuration);
    return found.error();
}

} // namespace

TEST_CASE("Include: tokens in names are those of the host that is looked up")
{
    const config_folder in;
    in.write("work-alice", "User bob\nInclude deeper-%n\n");
    in.write("deeper-work", "Port 2022\n");
    in.write("50%", "Compression yes\n");
    const std::string text = "Include %n-%u\nInclude " + in.path("50%%") + "\n";
    CHECK(found_in(in, text).user == "bob");
    CHECK(found_in(in, text).port == 2022);
    CHECK(found_in(in, text).compression);
    CHECK(found_in(in, text, "elsewhere").user == "alice");
    const failure unknown = refused_in(in, "Include %z\n", in.reading());
    CHECK(unknown.context().find("line 1") != std::string::npos);
    CHECK(found_in(in, "Host other\nInclude %z\n").port == 22); // nothing is read for a block that does not apply
    in.write("loop-work", "Include loop-%n\n");
    CHECK(refused_in(in, "Include loop-%n\n", in.reading()).context().find("deep") != std::string::npos);
}

TEST_CASE("Include: patterns, several files, their order, and files that are not there")
{
    const config_folder in;
    in.write("d/1", "Port 1\nTag one");
    in.write("d/2", "Port 2\nUser two");
    const ssh_settings s = found_in(in, "Include d/* missing /no/such/file\nUser three");
    CHECK(s.port == 1);
    CHECK(s.user == "two");
    CHECK(s.get("tag") == "one");
    CHECK(s.place_of("port")->file == in.path("d/1"));
    CHECK(s.place_of("port")->line == 1);
    CHECK_FALSE(s.place_of("compression"));
}

TEST_CASE("Include: a block of the included file ends with it, and lines are judged in blocks that do not apply")
{
    const config_folder in;
    in.write("inner", "Host other\n  Port 1\nHost work\n  User inner");
    CHECK(found_in(in, "Include inner\nPort 5").port == 5);
    CHECK(found_in(in, "Host work\nInclude inner\nPort 5").user == "inner");
    CHECK(found_in(in, "Host other\nInclude inner\nHost *\nPort 5").user == "alice");
    in.write("inner", "Match all\n  User inner");
    CHECK(found_in(in, "Host other\nInclude inner").user == "alice");
    in.write("inner", "Port x");
    CHECK(refused_in(in, "Host other\nInclude inner", in.reading()).context().find("inner line 1: Port") != std::string::npos);
    CHECK(refused_in(in, "Include inner", in.reading()).context().find("inner line 1: Port") != std::string::npos);
}

TEST_CASE("Include: depth and number of files are limited")
{
    const config_folder in;
    config_reading how = in.reading();
    for (int i = 0; i < 4; ++i)
        in.write("n" + std::to_string(i), i == 3 ? "Port 7" : "Include n" + std::to_string(i + 1));
    how.deepest_include = 3;
    CHECK(refused_in(in, "Include n0", how).context().find("more than 3 deep") != std::string::npos);
    how.deepest_include = 4;
    const auto port = [&] {
        const auto read = ssh_config::load({in.write("config", "Include n0")}, how);
        REQUIRE(bool(read));
        return read->lookup_now("work", some_facts())->port;
    };
    CHECK(port() == 7);
    how.most_files = 4;
    CHECK(port() == 7);
    how.most_files = 3;
    CHECK(refused_in(in, "Include n0", how).context().find("more than 3 files") != std::string::npos);
    in.write("loop", "Include loop");
    CHECK(refused_in(in, "Include loop", in.reading()).context().find("more than 16 deep") != std::string::npos);
    in.write("loop", "Include loop loop");
    CHECK(refused_in(in, "Include loop", in.reading()).context().find("more than 1024 files") != std::string::npos);
}

TEST_CASE("Include: the size of a file is limited, and folders, and files that others can write, are refused")
{
    const config_folder in;
    config_reading how = in.reading();
    how.most_bytes = 20;
    const std::string at_limit = in.write("config", "# 34567890123456789\n");
    CHECK(bool(ssh_config::load({at_limit}, how)));
    how.most_bytes = 19;
    CHECK(refused_in(in, "# 34567890123456789\n", how).context().find("more than 19 bytes") != std::string::npos);
    how.most_bytes = 21;
    CHECK(bool(ssh_config::load({at_limit}, how)));
    CHECK_FALSE(bool(ssh_config::load({in.path(".")})));
    how.check_owner = true;
    REQUIRE(::chmod(at_limit.c_str(), 0620) == 0);
    const auto others = ssh_config::load({at_limit}, how);
    REQUIRE_FALSE(bool(others));
    CHECK(others.error().context().find("Bad owner or permissions on " + at_limit) != std::string::npos);
    CHECK(bool(ssh_config::load({in.path("not-there")}, how)));
    const auto missing = ssh_config::load_file(in.path("not-there"), how);
    REQUIRE_FALSE(bool(missing));
    CHECK(missing.error().context() == in.path("not-there") + ": No such file or directory");
}

TEST_CASE("Include: '~' is for files of a user")
{
    const config_folder in;
    in.write("home/.ssh/rest", "Port 8");
    config_reading how = in.reading();
    CHECK(refused_in(in, "Include ~/.ssh/rest", how).context().find("a file of the system") != std::string::npos);
    how.of_user = true;
    how.home = in.path("home");
    for (const char* name : {"~/.ssh/rest", "rest"}) {
        const auto read = ssh_config::load({in.write("config", std::string("Include ") + name)}, how);
        REQUIRE(bool(read));
        const auto found = read->lookup_now("work", some_facts());
        REQUIRE(bool(found));
        CHECK(found->port == 8);
    }
}

} // namespace sshoal::conf::test
