// scp_copy.hpp - what scp(1) does with its sources and its target.
#pragma once

#include "progress_meter.hpp"
#include "remote_session.hpp"
#include "scp_command_line.hpp"

#include <map>
#include <memory>
#include <stdexcept>
#include <string>

namespace programs {

/// A mistake after which nothing more can be done, in scp(1)'s words.
class usage_stop : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// One run of the program.
class scp_copy {
public:
    scp_copy(const scp_command_line& line, children& keep);
    scp_copy(const scp_copy&) = delete;

    /// Returns: the exit status. Errors (thrown): what leaves nothing more to do.
    static sshoal::awaitable<int> run(scp_copy& self);

private:
    using session = std::shared_ptr<remote_session>;
    static sshoal::awaitable<void> one(scp_copy& self, copy_place source);
    static sshoal::awaitable<void> download(scp_copy& self, copy_place source);
    static sshoal::awaitable<void> upload(scp_copy& self, copy_place source);
    static sshoal::awaitable<void> between(scp_copy& self, copy_place source);
    static sshoal::awaitable<void> some(scp_copy& self, std::size_t& next);
    static sshoal::awaitable<void> old_way(scp_copy& self);
    static sshoal::awaitable<void> copy_here(scp_copy& self, copy_place source);
    static sshoal::awaitable<session> session_at(scp_copy& self, copy_place place, bool second);
    sshoal::sftp::transfer_options options();
    void failed(const std::string& what);
    void note(const sshoal::transfer_result& r);
    bool many() const { return line_.sources.size() > 1; }

    const scp_command_line& line_;
    children& keep_;
    progress_meter meter_;
    std::map<std::string, session> sessions_;
    bool well_ = true;
};

} // namespace programs
