// session.hpp - one SFTP session of a server: reads requests, works on files, sends replies.
#pragma once

#include "parking/task_group.hpp"
#include "sftp/session_stream.hpp"
#include "sftp/protocol/frame_buffer.hpp"
#include "sftp/server/handles.hpp"
#include "sftp/server/permissions.hpp"
#include "sftp/server/replies.hpp"
#include "sftp/server/schedule.hpp"

namespace sshoal::sftp {

/// Any number of workers, coroutines of one strand, share the work of a session. A worker that need not wait starts requests,
/// reads requests, or sends replies. A worker does the work on a file itself; only if that suspends, another worker is started
/// beside it. So a single coroutine serves a file system that never waits, and several serve one that does.
class session final : public parking::lot, public std::enable_shared_from_this<session> {
public:
    /// `keep_open`: the stream stays open if the client breaks the protocol, so that an exit status can be sent.
    session(std::unique_ptr<stream_io> l, std::shared_ptr<file_system> files, serve_options options, permissions allowed,
            bool keep_open);

    /// Returns: the failure that ended the session; none when the client is done. All files are closed then, and no operation of
    /// the session is under way any more.
    static awaitable<failure> run(std::shared_ptr<session> self);
    stream_io& stream() noexcept { return *stream_; }

private:
    using input = sftp_protocol::frame_buffer;

    /// A request that has been taken from the input and has not been answered.
    struct work {
        sftp_protocol::request r;
        footprint touches;
        std::shared_ptr<open_handle> handle, second;
        std::shared_ptr<input> data; // keeps the memory to which r.data refers
        bool running = false;
    };
    enum class parsed { one, none };

    // Workers (session.cpp).
    static awaitable<outcome<void>> worker(std::shared_ptr<session> self);
    awaitable<void> work_loop();
    void add_worker();
    void gone() noexcept override { ended_.abandon(); }
    void watch();
    bool wants_worker() const noexcept;
    void stop(failure why, bool gone);
    bool has_room() const noexcept;
    awaitable<void> read_more();
    std::span<std::byte> input_room();
    void note_input(std::size_t n, std::size_t room) noexcept;
    void flush() noexcept;
    awaitable<void> wait_and_flush();

    // Requests (requests.cpp).
    parsed parse();
    void take(work& w, sftp_protocol::decoded d);
    bool resolve(work& w);
    void admit(std::unique_ptr<work> w);
    work* startable() noexcept;
    void finished(work& w) noexcept;
    awaitable<void> start(work& w);
    awaitable<void> start_path(work& w);
    std::unique_ptr<work> spare_work();

    // Work on open files (file_work.cpp). Each of these functions sends a reply.
    awaitable<void> open(work& w);
    awaitable<void> open_directory(work& w);
    awaitable<void> close(work& w);
    awaitable<void> read(work& w);
    awaitable<void> write(work& w);
    awaitable<void> read_directory(work& w);
    awaitable<void> answer(std::uint32_t id, awaitable<outcome<void>> change);
    awaitable<void> answer(std::uint32_t id, awaitable<outcome<attributes>> question);
    awaitable<void> answer(std::uint32_t id, awaitable<outcome<std::string>> question);
    awaitable<void> answer(std::uint32_t id, awaitable<outcome<file_system_info>> question);
    awaitable<void> names_of(work& w);
    awaitable<void> refuse(std::uint32_t id, failure f);
    awaitable<void> tell_limits(std::uint32_t id, server_limits l);

    // Work on whole files (copy_data.cpp, check_file.cpp).
    awaitable<void> copy_data(work& w);
    awaitable<void> check_file(work& w);
    awaitable<void> yield_to_others();

    bool logs(log_level l) const noexcept { return options_.log() && l <= options_.level(); }
    void note(log_level l, const std::string& text) const { options_.log()(l, text); }
    void note_request(const work& w) const;

    std::unique_ptr<stream_io> stream_;
    std::shared_ptr<file_system> files_;
    serve_options options_;
    permissions allowed_;
    const bool keep_open_;
    const bool link_first_; // the order of the paths in SYMLINK
    handle_table handles_;
    output output_;
    replies reply_{output_};

    std::shared_ptr<input> input_;
    std::size_t input_size_; ///< the size of the next block
    unsigned short_reads_ = 0;
    std::vector<std::unique_ptr<work>> active_, spare_; // active_ is in the order of arrival
    std::size_t waiting_ = 0; // the number of requests in active_ that are not running

    const std::shared_ptr<parking::task_group> workers_;
    std::size_t working_ = 0; ///< workers that have not ended
    parking::gate ended_;     ///< run() waits here until all workers have ended, or are told to
    failure why_;
    bool greeted_ = false; // INIT has been answered
    bool input_ended_ = false;
    bool input_dry_ = true; // the input has no whole request
    bool reading_ = false, flushing_ = false, watching_ = false, over_ = false;
};

} // namespace sshoal::sftp
