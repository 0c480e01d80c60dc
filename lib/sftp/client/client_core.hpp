// client_core.hpp - one SFTP session seen from the client: requests out, answers in, by id. Lives on the link's strand.
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

    /// INIT, VERSION, and what the server says of its limits.
    static awaitable<outcome<void>> greet(std::shared_ptr<client_core> self);

    /// CLOSE for a handle that came when nobody waited for it any more; `body` is that of the HANDLE answer.
    void close_unwanted(wire::reader body);
    /// Sends a request whose answer nobody waits for.
    void send_unanswered(sftp_protocol::packet request);
    /// Sends a request for a sink. Returns: its id, for forget(); nothing where the session has ended, and on_lost() is not
    /// called.
    std::optional<std::uint32_t> send(sftp_protocol::packet request, outstanding_request r);
    /// The same for a WRITE, whose data goes out from where it is: it must stay as it is until the answer has come.
    std::optional<std::uint32_t> send(sftp_protocol::packet head, std::shared_ptr<block> data, outstanding_request r);
    /// While it lives, the session has no more requests under way than this; 0: as client_options says.
    class request_limit {
    public:
        request_limit(std::shared_ptr<client_core> core, std::size_t n);
        request_limit(const request_limit&) = delete;
        ~request_limit();

    private:
        std::shared_ptr<client_core> core_;
        std::size_t n_;
    };
    /// Requests under way at once.
    std::size_t most_requests() const noexcept { return limits_.empty() ? options_.requests_at_once() : *limits_.begin(); }
    /// The sink goes away before the answer has come.
    void forget(std::uint32_t id) noexcept;

    /// The shortest of a request that was alone on its way; 0: there was none.
    std::chrono::steady_clock::duration idle_round_trip() const noexcept { return idle_round_trip_; }

    /// Gates that wait for something other than an answer; abandoned with the session's io_context.
    void add_gate(gate& g) { gates_.push_back(&g); }
    void remove_gate(gate& g) noexcept { std::erase(gates_, &g); }
    block_pool& blocks() noexcept { return blocks_; }
    const client_options& options() const noexcept { return options_; }
    executor work() const { return options_.work() ? options_.work() : disk_threads(); }
    /// Why the session has ended; none while it has not.
    const failure& trouble() const noexcept { return trouble_; }
    bool over() const noexcept { return over_.load(std::memory_order_relaxed); }
    /// Ends it. On the strand.
    void end(failure why);

    // What the server said; constant after greet().
    std::uint32_t version = 0;
    std::vector<sftp_protocol::extension_pair> extensions;
    server_limits limits;
    bool has_link_first = false; ///< in SYMLINK; constant like these

    bool supports(std::string_view extension_name) const noexcept;
    /// Relative paths begin at the working directory; without one, where the server starts. Any thread.
    std::string resolve(std::string path) const;
    void change_directory(std::string path);
    /// Whether a path from REALPATH says where something is: "/x", "C:/x", "/C:/x"; some servers always say ".".
    static bool is_absolute(std::string_view real_path) noexcept;
    std::size_t read_size() const noexcept { return read_size_; }
    std::size_t write_size() const noexcept { return write_size_; }

private:
    friend class room_to_send;
    static constexpr std::size_t enough_unsent = 1u << 20; ///< bytes
    /// A packet, or several: in memory of its own, or in front of the data that it carries.
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
    /// A request that has its id, and leaves when an answer has come.
    struct waiting_request {
        std::uint32_t id;
        bytes packet;
        std::shared_ptr<block> data;
        std::size_t size() const noexcept { return packet.size() + (data ? data->size : 0); }
    };
    std::deque<waiting_request> waiting_;
    std::multiset<std::size_t> limits_; ///< of transfers that are under way
    block_pool blocks_;
    gate room_{ready()};
    std::vector<gate*> gates_;
    mutable std::mutex directory_mutex_;
    std::string directory_;
    sftp_protocol::frame_buffer in_;
    std::deque<outgoing> out_;
    std::size_t out_done_ = 0; ///< of the first of out_
    std::size_t unsent_ = 0;   ///< bytes of out_
    std::size_t read_size_ = 32768, write_size_ = 32768;
    std::optional<std::uint32_t> alone_; ///< this request was sent when no other was under way
    std::chrono::steady_clock::time_point alone_since_;
    std::chrono::steady_clock::duration idle_round_trip_{};
    bool writing_ = false;
    bool room_granted_ = false; ///< one has been told, and has not sent yet
    std::atomic<bool> over_ = false;
    failure trouble_;
};

} // namespace sshoal::sftp
