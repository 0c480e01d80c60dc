// client_core.hpp - one SFTP session of a client: requests go out, answers come in and are assigned by id. Lives on the strand of
// its stream.
#pragma once

#include "parking/gate.hpp"
#include "parking/lot.hpp"
#include "sftp/client/request_table.hpp"
#include "sftp/session_stream.hpp"
#include "sftp/protocol/frame_buffer.hpp"
#include "sshoal/run_on.hpp"
#include "sshoal/sftp.hpp"

#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <set>

namespace sshoal::sftp {

using parking::gate;
using parking::wake;

class client_core final : public std::enable_shared_from_this<client_core>, public parking::lot {
    struct made_by_make {};

public:
    static std::shared_ptr<client_core> make(std::unique_ptr<stream_io> over, client_options options);
    client_core(made_by_make, std::unique_ptr<stream_io> over, client_options options);
    ~client_core() override;

    /// Exchanges INIT and VERSION, and asks for the server's limits.
    static awaitable<outcome<void>> greet(std::shared_ptr<client_core> self);

    /// Sends CLOSE for a handle whose request was given up; `body` is the body of the HANDLE answer.
    void close_unwanted(wire::reader body);
    /// Sends a request whose answer is dropped.
    void send_unanswered(sftp_protocol::packet request);
    /// Sends a request for a sink. Returns: the request's id, for forget(); nothing if the session has ended, and on_lost() is
    /// not called then.
    std::optional<std::uint32_t> send(sftp_protocol::packet request, outstanding_request r);
    /// The same for a WRITE, whose data is sent without a copy and must not change until the answer has come.
    std::optional<std::uint32_t> send(sftp_protocol::packet head, std::shared_ptr<block> data, outstanding_request r);
    /// While this object lives, the session has no more requests under way than `n`; 0: as client_options says.
    class request_limit {
    public:
        request_limit(std::shared_ptr<client_core> core, std::size_t n);
        request_limit(const request_limit&) = delete;
        ~request_limit();

    private:
        std::shared_ptr<client_core> core_;
        std::size_t n_;
    };
    /// Returns: the most requests that may be under way at once.
    std::size_t most_requests() const noexcept { return limits_.empty() ? options_.requests_at_once() : *limits_.begin(); }
    /// To be called if the sink is destroyed before the answer has come.
    void forget(std::uint32_t id) noexcept;

    /// Returns: the shortest round trip of a request that was alone under way; 0 if there was none.
    std::chrono::steady_clock::duration idle_round_trip() const noexcept { return idle_round_trip_; }

    /// Registers a gate whose coroutines do not wait for an answer. The session abandons it with the io_context.
    void add_gate(gate& g) { gates_.push_back(&g); }
    void remove_gate(gate& g) noexcept { std::erase(gates_, &g); }
    block_pool& blocks() noexcept { return blocks_; }
    const client_options& options() const noexcept { return options_; }
    executor work() const { return options_.work() ? options_.work() : disk_threads(); }
    /// Returns: why the session has ended; none while it goes on.
    const failure& trouble() const noexcept { return trouble_; }
    bool over() const noexcept { return over_.load(std::memory_order_relaxed); }
    /// Ends the session. On the strand.
    void end(failure why);

    // The server's greeting; constant after greet().
    std::uint32_t version = 0;
    std::vector<sftp_protocol::extension_pair> extensions;
    server_limits limits;
    bool has_link_first = false; ///< the order of the paths in SYMLINK; constant after greet()

    bool supports(std::string_view extension_name) const noexcept;
    /// Makes a path absolute if change_directory() has been called; other relative paths begin where the server starts. Any
    /// thread. Errors (thrown): those of without_nul().
    std::string resolve(std::string path) const;
    /// Returns: the path. Errors (thrown): invalid_argument for a path with a NUL.
    static std::string without_nul(std::string path);
    void change_directory(std::string path);
    /// Returns: whether a path from REALPATH is absolute, like "/x", "C:/x" and "/C:/x". Some servers always answer ".".
    static bool is_absolute(std::string_view real_path) noexcept;
    std::size_t read_size() const noexcept { return read_size_; }
    std::size_t write_size() const noexcept { return write_size_; }

private:
    friend class room_to_send;
    static constexpr std::size_t enough_unsent = 1u << 20; ///< bytes
    /// Packets that are to be sent: several small ones in `packets`, or a WRITE in `data`, with its head in front of the data.
    struct outgoing {
        bytes packets;
        std::shared_ptr<block> data;
        byte_view view;
    };
    static awaitable<void> read_loop(std::shared_ptr<client_core> self);
    static awaitable<outcome<void>> exchange_versions(client_core& self);
    static awaitable<void> write_loop(std::shared_ptr<client_core> self);
    spawn_handler end_of_loop();
    static awaitable<outcome<void>> receive_data(client_core& self);
    std::span<std::byte> room_for_packets();
    failure take_packets();
    failure take(byte_view packet);
    void note_round_trip(std::uint32_t id);
    failure answer(std::uint32_t id, sftp_protocol::type t, wire::reader body);
    bool is_read_answer(std::size_t& length, std::uint32_t& id);
    void put_out(bytes packet, std::shared_ptr<block> data);
    void send_waiting();
    void flush();
    void sent(std::size_t n);
    bool has_room() const noexcept { return unsent_ < enough_unsent; }
    void grant_room();
    void turn() override;
    void resume_all();
    void resume_and_flush();
    void abandon_all() noexcept;
    void gone() noexcept override;
    awaitable<outcome<void>> ask_limits();

    std::unique_ptr<stream_io> stream_;
    client_options options_;
    request_table table_;
    /// A request that is sent when another request has been answered.
    struct waiting_request {
        std::uint32_t id;
        bytes packet;
        std::shared_ptr<block> data;
        std::size_t size() const noexcept { return packet.size() + (data ? data->size : 0); }
    };
    std::deque<waiting_request> waiting_;
    std::multiset<std::size_t> limits_; ///< the limits of the transfers that are under way
    block_pool blocks_;
    gate room_{ready()};
    std::vector<gate*> gates_;
    mutable std::mutex directory_mutex_;
    std::string directory_;
    sftp_protocol::frame_buffer in_;
    std::deque<outgoing> out_;
    std::size_t out_done_ = 0; ///< bytes of out_.front() that have been sent
    std::size_t unsent_ = 0;   ///< bytes of out_
    std::size_t read_size_ = 32768, write_size_ = 32768;
    std::optional<std::uint32_t> alone_; ///< this request was sent when no other was under way
    std::chrono::steady_clock::time_point alone_since_;
    std::chrono::steady_clock::duration idle_round_trip_{};
    bool writing_ = false;
    bool room_granted_ = false; ///< a coroutine has been woken at room_, and has not sent yet
    std::atomic<bool> over_ = false;
    failure trouble_;
};

} // namespace sshoal::sftp
