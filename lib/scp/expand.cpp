// Expands the paths of `scp -f` as a shell does: * ? and [...] become names, ~ becomes the home directory.

#include "scp/copying.hpp"
#include "scp/protocol/pattern.hpp"

#include <algorithm>

namespace sshoal::scp {
namespace {

using scp_protocol::escaped;
using scp_protocol::has_wildcards;
using scp_protocol::literal;

constexpr std::size_t matched_at_once = 128;
/// The most paths that are kept for a client, and the most names that are compared.
constexpr std::size_t most_paths = 65'536, most_looked_at = 4'000'000;

class expansion {
public:
    explicit expansion(sftp::file_system& files) : files_(files) {}

    awaitable<outcome<std::vector<std::string>>> run(std::string pattern)
    {
        const scp_protocol::pattern_path path(pattern);
        found_.assign(1, path.absolute ? "/" : "");
        for (std::size_t i = 0; i < path.parts.size(); ++i) {
            auto going = one_part(path.parts[i]);
            const outcome<void> gone = co_await std::move(going);
            if (!gone)
                co_return gone.error();
        }
        auto keeping = keep_existing();
        co_await std::move(keeping);
        if (found_.empty())
            found_.push_back(literal(pattern));
        co_return std::move(found_);
    }

private:
    awaitable<outcome<void>> one_part(const std::string& part)
    {
        if (!has_wildcards(part)) {
            const std::string name = literal(part);
            for (std::string& folder : found_)
                folder = joined(folder, name);
            co_return outcome<void>();
        }
        std::vector<std::string> folders = std::move(found_);
        found_.clear();
        for (const std::string& folder : folders) {
            auto reading = names_in(folder, part);
            const outcome<void> read = co_await std::move(reading);
            if (!read)
                co_return read.error();
        }
        co_return outcome<void>();
    }

    awaitable<outcome<void>> names_in(const std::string& folder, const std::string& part)
    {
        auto opening = guarded(files_.open_directory(folder.empty() ? "." : folder));
        const outcome<std::shared_ptr<sftp::directory_reader>> opened = co_await std::move(opening);
        if (!opened)
            co_return outcome<void>(); // not a directory, or not a readable one
        const std::size_t first = found_.size();
        for (;;) {
            auto reading = guarded((*opened)->read(matched_at_once));
            const outcome<std::vector<sftp::directory_entry>> entries = co_await std::move(reading);
            if (!entries || entries->empty())
                break;
            for (const sftp::directory_entry& e : *entries)
                if (sftp::is_plain_name(e.name) && scp_protocol::matches(part, e.name))
                    found_.push_back(joined(folder, e.name));
            looked_at_ += entries->size();
            if (found_.size() > most_paths || looked_at_ > most_looked_at)
                co_return failure(errc::capture_limit, "the pattern stands for too many files");
        }
        std::sort(found_.begin() + std::ptrdiff_t(first), found_.end());
        co_return outcome<void>();
    }

    awaitable<void> keep_existing()
    {
        std::vector<std::string> all = std::move(found_);
        found_.clear();
        for (std::string& path : all) {
            auto looking = guarded(files_.lstat(path));
            const outcome<sftp::attributes> is = co_await std::move(looking);
            if (is)
                found_.push_back(std::move(path));
        }
    }

    sftp::file_system& files_;
    std::vector<std::string> found_;
    std::size_t looked_at_ = 0;
};

} // namespace

awaitable<outcome<std::vector<std::string>>> expand(sftp::file_system& files, std::string pattern)
{
    if (!has_wildcards(pattern)) {
        std::vector<std::string> one(1, literal(pattern));
        co_return std::move(one);
    }
    expansion e(files);
    auto running = e.run(std::move(pattern));
    outcome<std::vector<std::string>> found = co_await std::move(running);
    co_return found;
}

awaitable<std::string> without_tilde(sftp::file_system& files, std::string pattern)
{
    if (!pattern.starts_with('~'))
        co_return pattern;
    const std::size_t end = std::min(pattern.find('/'), pattern.size());
    const std::string rest = pattern.substr(std::min(pattern.find_first_not_of('/', end), pattern.size()));
    if (end == 1)
        co_return rest.empty() ? std::string(".") : rest;
    auto expanding = guarded(files.expand_path(literal(pattern.substr(0, end))));
    const outcome<std::string> home = co_await std::move(expanding);
    if (!home)
        co_return pattern;
    co_return rest.empty() ? escaped(*home) : joined(escaped(*home), rest);
}

} // namespace sshoal::scp
