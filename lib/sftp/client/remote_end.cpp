// A server as the end of a transfer. Its session may be another than the session on whose strand the transfer runs.

#include "sftp/client/transfer_end.hpp"

#include <boost/asio/error.hpp>

namespace sshoal::sftp {

using sftp_protocol::type;

namespace {

class remote_tree final : public tree_reader {
public:
    explicit remote_tree(walker w) : walker_(std::move(w)) {}
    awaitable<std::optional<walk_entry>> next() override { return walker_.next(); }
    void skip() override { walker_.skip(); }

private:
    walker walker_;
};

awaitable<outcome<attributes>> look_at_source(core_ptr core, std::string path)
{
    auto asking = attributes_of(core, type::stat, path, path);
    outcome<attributes> a = co_await std::move(asking);
    if (!a && (core->over() || is_missing(a.error()) || a.error().code() == asio::error::operation_aborted))
        co_return a;
    // STAT was refused; OPEN or OPENDIR may succeed all the same.
    auto looking = with_known_type(core, std::move(path), a ? std::move(*a) : attributes(), symlinks::follow);
    outcome<attributes> found = co_await std::move(looking);
    co_return found;
}

awaitable<outcome<bool>> directory_for(core_ptr core, std::string path, attributes source)
{
    attributes initial;
    initial.permissions = (source.permissions.value_or(0755) & 0777) | 0700;
    auto making = make_directory_at(core, path, initial);
    outcome<void> made = co_await std::move(making);
    if (made)
        co_return true;
    auto asking = is_directory_at(core, path); // servers have no common code for "exists already"
    outcome<bool> there_is = co_await std::move(asking);
    if (there_is && !*there_is)
        co_return outcome<bool>(boost::system::in_place_error, made.error());
    co_return there_is;
}

class remote_end final : public transfer_end {
public:
    remote_end(session_ptr s, bool with_parents) : session_(std::move(s)), with_parents_(with_parents) {}

    std::string absolute(std::string path) const override { return core()->resolve(std::move(path)); }

    awaitable<outcome<std::vector<std::string>>> expand(std::string pattern) override { return expanded(session_, pattern); }
    awaitable<outcome<attributes>> look(std::string path) override { return here(look_at_source(core(), std::move(path))); }
    awaitable<outcome<std::string>> read_link(std::string path) override
    {
        return here(name_at(core(), type::readlink, std::move(path)));
    }
    std::unique_ptr<tree_reader> read_tree(std::string top, handle_room room) override
    {
        return std::make_unique<remote_tree>(make_walker(session_, std::move(top), std::move(room)));
    }

    awaitable<outcome<bool>> is_directory(std::string path) override { return here(is_directory_at(core(), std::move(path))); }
    failure not_a_directory(const std::string& path) const override
    {
        return failure(status::not_a_directory, printable(path));
    }
    awaitable<outcome<bool>> make_directory(std::string path, attributes source, bool) override
    {
        if (with_parents_)
            return here(create_directories_at(core(), std::move(path)));
        return here(directory_for(core(), std::move(path), std::move(source)));
    }
    awaitable<outcome<void>> make_link(std::string target, std::string path) override
    {
        return here(make_symlink_at(core(), std::move(target), std::move(path)));
    }
    awaitable<outcome<void>> set_directory(std::string path, attributes a) override
    {
        return here(set_attributes_of(core(), type::setstat, path, std::move(a), path));
    }
    const char* name_of_setting() const noexcept override { return "setstat"; }

private:
    static awaitable<outcome<std::vector<std::string>>> expanded(session_ptr session, std::string pattern)
    {
        auto expanding = expand_glob(session, session->core->resolve(pattern));
        outcome<std::vector<std::string>> found = co_await std::move(expanding);
        if (found && found->empty())
            co_return fail(status::no_such_file, printable(pattern));
        co_return found;
    }
    const core_ptr& core() const noexcept { return session_->core; }
    template <class T>
    awaitable<T> here(awaitable<T> operation) const
    {
        return on_strand(core()->strand(), std::move(operation));
    }

    const session_ptr session_;
    const bool with_parents_;
};

} // namespace

std::unique_ptr<transfer_end> make_remote_end(session_ptr session, bool with_parents)
{
    return std::make_unique<remote_end>(std::move(session), with_parents);
}

} // namespace sshoal::sftp
