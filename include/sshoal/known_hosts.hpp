// known_hosts.hpp - the host keys a client knows, in OpenSSH's known_hosts format (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/key.hpp>

#include <cstdint>

namespace sshoal SSHOAL_API {

enum class host_status {
    match,   ///< this key is on record for this host
    unknown, ///< nothing is on record for this host
    changed, ///< other keys are on record for this host, and this one is not
    revoked, ///< a @revoked line names this key; wins over everything else
};

/// The entries of any number of known_hosts files: plain and hashed names, "[host]:port", lists, wildcards, negation, @revoked.
/// Lines with @cert-authority are kept apart and never match a plain key. Lines that cannot be used are left out and listed in
/// warnings(). The object is not synchronised: threads may share it only while none of them changes it.
class known_hosts {
public:
    static constexpr std::size_t default_file_limit = 64 * 1024 * 1024;

    /// Adds the entries of a text in the format of the file. `source` is the name that warnings give it.
    void read(std::string_view text, std::string_view source = {});

    /// Adds the entries of a file. /dev/null is an empty file, as for ssh.
    /// Returns: false if there is no such file.
    /// Errors: errc::file_error, also for anything but a regular file (a FIFO is not waited for) and past `limit` bytes.
    outcome<bool> load(const std::string& path, std::size_t limit = default_file_limit);

    /// Returns: what is on record about this key of this host. With a port other than 22, lines for "[host]:port" count. If there
    /// is no such line, a line for the host without a port may still confirm the key (but not report it as changed), as in
    /// OpenSSH.
    host_status check(std::string_view host, std::uint16_t port, const public_key& key) const;

    /// Returns: the keys on record for the host that are not revoked, so that a client can ask the server for one of their types
    /// first.
    std::vector<public_key> keys_for(std::string_view host, std::uint16_t port) const;

    /// Returns: the keys of the @cert-authority lines for the host.
    std::vector<public_key> authorities_for(std::string_view host, std::uint16_t port) const;

    /// Records a key. With `hashed` the name cannot be read from the line.
    /// Returns: the line for the file, without a line end.
    /// Errors: errc::invalid_argument if the host name cannot stand in the file (blanks, wildcards, commas...) or there is no
    /// key.
    outcome<std::string> add(std::string_view host, std::uint16_t port, const public_key& key, bool hashed = false);

    /// Appends a line to a file; a line for /dev/null is lost. If the file or its folder does not exist, it is made, with mode 0600 or 0700.
    /// Errors: errc::file_error, errc::invalid_argument (the line contains a line end).
    static outcome<void> append_to_file(const std::string& path, std::string_view line);

    /// Returns: the path of ~/.ssh/known_hosts for the user who runs the program; empty if there is no home directory.
    static std::string user_file();

    std::size_t size() const noexcept { return entries_.size(); }
    /// Messages "source:line: why" about lines that were left out; at most a hundred.
    const std::vector<std::string>& warnings() const noexcept { return warnings_; }

private:
    enum class marker : std::uint8_t { none, revoked, authority };
    struct entry {
        std::string hosts;           ///< a pattern list; empty if the name is hashed
        std::vector<std::byte> salt; ///< of a hashed name
        std::vector<std::byte> hash;
        std::vector<std::byte> blob;
        marker mark;
    };

    void read_line(std::string_view words, std::string_view source, std::size_t line);
    static bool names(const entry& e, std::string_view host);
    host_status status_of(const std::string& name, std::span<const std::byte> blob) const;
    std::vector<public_key> keys_of(std::string_view host, std::uint16_t port, marker mark) const;

    std::vector<entry> entries_;
    std::vector<std::string> warnings_;
};

} // namespace sshoal
