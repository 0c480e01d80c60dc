// Ready parts for file systems of a program's own.

#include "sshoal/sftp_parts.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace sshoal::sftp {

std::string clean_path(std::string_view path)
{
    std::string clean;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        const std::string_view part = path.substr(0, end);
        path.remove_prefix(std::min(end + 1, path.size()));
        if (part == "..") {
            clean.erase(std::min(clean.rfind('/'), clean.size()));
        } else if (!part.empty() && part != ".") {
            clean += '/';
            clean += part;
        }
    }
    return clean.empty() ? "/" : clean;
}

namespace {

class text_file final : public open_file {
public:
    text_file(std::string text, attributes a) : text_(std::move(text)), attrs_(std::move(a))
    {
        constexpr std::uint32_t regular_for_all = 0100444;
        attrs_.size = text_.size();
        if (!attrs_.permissions)
            attrs_.permissions = regular_for_all;
    }
    awaitable<outcome<std::size_t>> read(std::uint64_t offset, std::span<std::byte> into) override
    {
        if (offset >= text_.size())
            co_return std::size_t(0);
        const std::size_t n = std::min<std::size_t>(into.size(), text_.size() - std::size_t(offset));
        std::memcpy(into.data(), text_.data() + offset, n);
        co_return n;
    }
    awaitable<outcome<attributes>> stat() override { co_return attrs_; }

private:
    const std::string text_;
    attributes attrs_;
};

class listing_of_entries final : public directory_reader {
public:
    explicit listing_of_entries(std::vector<directory_entry> entries) : entries_(std::move(entries)) {}
    awaitable<outcome<std::vector<directory_entry>>> read(std::size_t most) override
    {
        const std::size_t n = std::min(most, entries_.size() - taken_);
        const auto from = entries_.begin() + std::ptrdiff_t(taken_);
        taken_ += n;
        co_return std::vector<directory_entry>(std::make_move_iterator(from),
                                               std::make_move_iterator(from + std::ptrdiff_t(n)));
    }

private:
    std::vector<directory_entry> entries_;
    std::size_t taken_ = 0;
};

} // namespace

std::shared_ptr<open_file> make_text_file(std::string text, attributes a)
{
    return std::make_shared<text_file>(std::move(text), std::move(a));
}

std::shared_ptr<directory_reader> make_listing(std::vector<directory_entry> entries)
{
    return std::make_shared<listing_of_entries>(std::move(entries));
}

// -- another file's, and another file system's, members -----------------------------------------------------------------------

awaitable<outcome<std::size_t>> forwarding_file::read(std::uint64_t offset, std::span<std::byte> into)
{
    return base_->read(offset, into);
}
awaitable<outcome<void>> forwarding_file::write(std::uint64_t offset, std::span<const std::byte> from)
{
    return base_->write(offset, from);
}
awaitable<outcome<std::size_t>> forwarding_file::read_shared(std::uint64_t offset, std::shared_ptr<std::byte> into, std::size_t n)
{
    return base_->read_shared(offset, std::move(into), n);
}
awaitable<outcome<void>> forwarding_file::write_shared(std::uint64_t offset, std::shared_ptr<const std::byte> from, std::size_t n)
{
    return base_->write_shared(offset, std::move(from), n);
}
std::uint64_t forwarding_file::next_data(std::uint64_t offset) noexcept { return base_->next_data(offset); }
bool forwarding_file::in_order() const noexcept { return base_->in_order(); }
awaitable<outcome<attributes>> forwarding_file::stat() { return base_->stat(); }
awaitable<outcome<void>> forwarding_file::set_attributes(attributes a) { return base_->set_attributes(std::move(a)); }
awaitable<outcome<void>> forwarding_file::sync() { return base_->sync(); }
awaitable<outcome<file_system_info>> forwarding_file::statvfs() { return base_->statvfs(); }
awaitable<outcome<void>> forwarding_file::close() { return base_->close(); }
bool forwarding_file::abandon(std::uint64_t good) noexcept { return base_->abandon(good); }

awaitable<outcome<std::shared_ptr<open_file>>> forwarding_file_system::open(std::string path, open_mode mode, attributes initial)
{
    return base_->open(std::move(path), mode, std::move(initial));
}
awaitable<outcome<std::shared_ptr<open_file>>> forwarding_file_system::open_no_follow(std::string path, open_mode mode,
                                                                                            attributes initial)
{
    return base_->open_no_follow(std::move(path), mode, std::move(initial));
}
awaitable<outcome<std::shared_ptr<directory_reader>>> forwarding_file_system::open_directory(std::string path)
{
    return base_->open_directory(std::move(path));
}
awaitable<outcome<attributes>> forwarding_file_system::stat(std::string path) { return base_->stat(std::move(path)); }
awaitable<outcome<attributes>> forwarding_file_system::lstat(std::string path) { return base_->lstat(std::move(path)); }
awaitable<outcome<void>> forwarding_file_system::set_attributes(std::string path, attributes a)
{
    return base_->set_attributes(std::move(path), std::move(a));
}
awaitable<outcome<void>> forwarding_file_system::set_link_attributes(std::string path, attributes a)
{
    return base_->set_link_attributes(std::move(path), std::move(a));
}
awaitable<outcome<void>> forwarding_file_system::remove(std::string path) { return base_->remove(std::move(path)); }
awaitable<outcome<void>> forwarding_file_system::make_directory(std::string path, attributes initial)
{
    return base_->make_directory(std::move(path), std::move(initial));
}
awaitable<outcome<void>> forwarding_file_system::remove_directory(std::string path)
{
    return base_->remove_directory(std::move(path));
}
awaitable<outcome<void>> forwarding_file_system::rename(std::string from, std::string to)
{
    return base_->rename(std::move(from), std::move(to));
}
awaitable<outcome<void>> forwarding_file_system::replace(std::string from, std::string to)
{
    return base_->replace(std::move(from), std::move(to));
}
awaitable<outcome<void>> forwarding_file_system::make_symlink(std::string target, std::string link)
{
    return base_->make_symlink(std::move(target), std::move(link));
}
awaitable<outcome<void>> forwarding_file_system::make_hard_link(std::string there_is, std::string link)
{
    return base_->make_hard_link(std::move(there_is), std::move(link));
}
awaitable<outcome<std::string>> forwarding_file_system::read_link(std::string path) { return base_->read_link(std::move(path)); }
awaitable<outcome<std::string>> forwarding_file_system::real_path(std::string path) { return base_->real_path(std::move(path)); }
awaitable<outcome<file_system_info>> forwarding_file_system::statvfs(std::string path) { return base_->statvfs(std::move(path)); }
awaitable<outcome<std::string>> forwarding_file_system::expand_path(std::string path)
{
    return base_->expand_path(std::move(path));
}
awaitable<outcome<std::string>> forwarding_file_system::home_directory(std::string user)
{
    return base_->home_directory(std::move(user));
}
awaitable<outcome<std::pair<std::vector<std::string>, std::vector<std::string>>>>
forwarding_file_system::names_of(std::vector<std::uint32_t> users, std::vector<std::uint32_t> groups)
{
    return base_->names_of(std::move(users), std::move(groups));
}
std::vector<std::string_view> forwarding_file_system::extensions() const { return base_->extensions(); }
bool forwarding_file_system::read_only() const noexcept { return base_->read_only(); }

// -- uploads ------------------------------------------------------------------------------------------------------------------

namespace {

class told_upload final : public forwarding_file {
public:
    told_upload(std::shared_ptr<open_file> base, std::shared_ptr<const upload_function> told, std::string path)
        : forwarding_file(std::move(base)), told_(std::move(told)), path_(std::move(path))
    {
    }
    awaitable<outcome<void>> close() override
    {
        auto closing = base().close();
        outcome<void> closed = co_await std::move(closing);
        if (closed) {
            auto telling = (*told_)(path_);
            co_await std::move(telling);
        }
        co_return closed;
    }

private:
    const std::shared_ptr<const upload_function> told_;
    const std::string path_;
};

class files_with_told_uploads final : public forwarding_file_system {
public:
    files_with_told_uploads(std::shared_ptr<file_system> base, upload_function told)
        : forwarding_file_system(std::move(base)), told_(std::make_shared<const upload_function>(std::move(told)))
    {
    }
    awaitable<outcome<std::shared_ptr<open_file>>> open(std::string path, open_mode mode, attributes initial) override
    {
        return told(base().open(path, mode, std::move(initial)), path, mode);
    }
    awaitable<outcome<std::shared_ptr<open_file>>> open_no_follow(std::string path, open_mode mode, attributes initial) override
    {
        return told(base().open_no_follow(path, mode, std::move(initial)), path, mode);
    }

private:
    awaitable<outcome<std::shared_ptr<open_file>>> told(awaitable<outcome<std::shared_ptr<open_file>>> opening, std::string path,
                                                        open_mode mode)
    {
        outcome<std::shared_ptr<open_file>> opened = co_await std::move(opening);
        if (opened && (has(mode, open_mode::write) || has(mode, open_mode::append)))
            opened = std::make_shared<told_upload>(std::move(*opened), told_, std::move(path));
        co_return opened;
    }

    const std::shared_ptr<const upload_function> told_;
};

} // namespace

std::shared_ptr<file_system> tell_uploads(std::shared_ptr<file_system> base, upload_function told)
{
    return std::make_shared<files_with_told_uploads>(std::move(base), std::move(told));
}

} // namespace sshoal::sftp
