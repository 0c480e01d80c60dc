// Folders: batches, names of owners, entries that go while they are read, flat memory.
#include "scene.hpp"

#include <malloc.h>

using namespace local_scene;

namespace {

std::vector<directory_entry> all_of(directory_reader& d, std::size_t batch)
{
    std::vector<directory_entry> all;
    for (;;) {
        auto some = wait_for(d.read(batch));
        REQUIRE(some);
        REQUIRE(some->size() <= batch);
        if (some->empty())
            return all;
        for (auto& e : *some)
            all.push_back(std::move(e));
    }
}

} // namespace

TEST_CASE("a folder is read in batches, each entry once, with attributes and a line for people")
{
    scene s;
    fs::create_directory(s.base / "root/many");
    constexpr std::size_t count = 3000;
    for (std::size_t i = 0; i < count; ++i)
        put(s.base / "root/many" / ("name" + std::to_string(i)), std::string(i % 10, 'x'));
    fs::create_symlink("nowhere", s.base / "root/many/link");
    const auto f = s.files(GENERATE(resolution::best, resolution::walk));
    for (const std::size_t batch : {std::size_t(1), std::size_t(7), std::size_t(128), std::size_t(10000)}) {
        const auto d = wait_for(f->open_directory("/many"));
        REQUIRE(d);
        std::map<std::string, directory_entry> seen;
        for (auto& e : all_of(**d, batch)) {
            std::string name = e.name;
            CHECK(seen.emplace(std::move(name), std::move(e)).second);
        }
        CHECK(seen.size() == count + 3);
        CHECK(seen.at("name17").attrs.size == 7);
        CHECK(seen.at("name17").long_name.find(" name17") != std::string::npos);
        CHECK(seen.at("name17").long_name.starts_with("-rw"));
        CHECK(seen.at("link").attrs.is_symlink());
        CHECK(seen.at("link").long_name.starts_with("l"));
        CHECK(seen.at(".").attrs.is_directory());
        CHECK(wait_for((*d)->read(10)).value().empty()); // the end stays the end
    }
}

TEST_CASE("entries that are removed while the folder is read are left out or still told of, and nothing else")
{
    scene s;
    for (int i = 0; i < 500; ++i)
        put(s.base / "root/dir" / ("n" + std::to_string(i)), "");
    const auto f = s.files(resolution::best);
    const auto d = wait_for(f->open_directory("/dir"));
    REQUIRE(wait_for((*d)->read(5)).value().size() == 5);
    for (int i = 0; i < 500; ++i)
        fs::remove(s.base / "root/dir" / ("n" + std::to_string(i)));
    CHECK(all_of(**d, 100).size() <= 500);
    CHECK(status_of(wait_for(f->open_directory("/none"))) == status::no_such_file);
    fs::remove_all(s.base / "root/dir");
    CHECK(wait_for(f->stat("/")));
}

TEST_CASE("a folder that is removed before it is read, or meanwhile, has come to its end")
{
    scene s;
    const auto f = s.files(GENERATE(resolution::best, resolution::walk));
    for (const bool begun : {false, true}) {
        fs::create_directory(s.base / "root/short");
        const auto d = wait_for(f->open_directory("/short"));
        REQUIRE(d);
        if (begun)
            CHECK(wait_for((*d)->read(1)).value().size() == 1);
        fs::remove(s.base / "root/short");
        const auto rest = wait_for((*d)->read(10));
        CHECK(rest);
        CHECK(wait_for((*d)->read(10)).value().empty());
    }
}

TEST_CASE("names that are no text, and have every byte but two, are listed and opened")
{
    scene s;
    std::string name;
    for (int c = 1; c < 256; ++c)
        if (c != '/')
            name += char(c);
    put(s.base / "root/dir" / name, "odd");
    put(s.base / "root/dir" / std::string(255, 'n'), "long");
    const auto f = s.files(GENERATE(resolution::best, resolution::walk));
    const auto d = wait_for(f->open_directory("/dir"));
    unsigned found = 0;
    for (const auto& e : all_of(**d, 100))
        found += unsigned(e.name == name) + unsigned(e.name == std::string(255, 'n'));
    CHECK(found == 2);
    CHECK(wait_for(f->stat("/dir/" + name)).value().size == 3);
    CHECK(wait_for(f->real_path("/dir/" + name)).value() == "/dir/" + name);
}
