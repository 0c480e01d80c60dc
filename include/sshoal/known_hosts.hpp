// known_hosts.hpp - the host keys a client knows, in OpenSSH's known_hosts format (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/key.hpp>

#include <cstdint>
#include <mutex>
#include <utility>

namespace sshoal SSHOAL_API {

enum class host_status {
    match,   ///< this key is on record for this host
    unknown, ///< nothing is on record for this host
    changed, ///< other keys are on record for this host, and this one is not
    revoked, ///< a @revoked line names this key; wins over everything else
};

/// One entry of known_hosts, as a program lists and finds them.
class known_host {
public:
    enum class kind : std::uint8_t {
        key,       ///< the host's key
        revoked,   ///< a @revoked line
        authority, ///< a @cert-authority line
    };
    known_host() {}
    kind what = kind::key;
    std::string hosts;    ///< the names and patterns with commas, or the hashed name as it stands in the file: "|1|..."
    bool hashed = false;
    public_key key;       ///< its numbers have not been checked
    std::string comment;
    std::string file;     ///< the file, or the source that read() was given; empty for an entry of add()
    std::size_t line = 0; ///< counted from 1; 0 for an entry of add()

    /// Returns: the line for a file, without a line end.
    std::string text() const;
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

    /// Returns: all entries, in the order of reading.
    std::vector<known_host> entries() const;
    /// Returns: the entries that check() goes by for this host, in the order of reading, with the file and line of each. With a
    /// port other than 22, those for the host without a port are among them.
    std::vector<known_host> find(std::string_view host, std::uint16_t port) const;

    /// Forgets the keys of a host, or only this key. Entries that name the host with its port count, plain or hashed; an entry
    /// for several names loses this name. Entries that name the host by a pattern stay, as do @revoked and @cert-authority: find()
    /// shows them.
    /// Returns: the number of entries that were changed.
    std::size_t remove(std::string_view host, std::uint16_t port);
    std::size_t remove(std::string_view host, std::uint16_t port, const public_key& key);
    /// Hashes the names, as ssh-keygen -H does: an entry for several names becomes one for each. Entries with patterns stay as
    /// they are, as do @revoked and @cert-authority.
    /// Returns: the number of names that were hashed.
    std::size_t hash_names();
    /// Writes everything that was read and added to one file, in one atomic step: another program finds either the old file or
    /// the new one. Comments, and lines that could not be used, are kept. What another program has added to the file since it was
    /// read is lost. Owner and mode of the file stay; a new file has mode 0600, in a folder that is made with mode 0700.
    /// Errors: errc::file_error; the file is as it was.
    outcome<void> save(const std::string& path) const;

    /// Appends a line to a file; a line for /dev/null is lost. If the file or its folder does not exist, it is made, with mode
    /// 0600 or 0700.
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
        std::string comment;
        std::size_t line = 0;
        std::uint32_t source = 0; ///< index into sources_
        marker mark = marker::none;
    };
    /// A comment, a blank line or a line that could not be used, which stands before the entry of this index.
    struct other_line {
        std::size_t before;
        std::string text;
    };

    bool read_line(std::string_view words, std::uint32_t source, std::size_t line);
    std::uint32_t index_of(std::string_view source);
    known_host shown(const entry& e) const;
    static std::string line_of(const entry& e);
    std::size_t remove_if_key(std::string_view host, std::uint16_t port, const public_key* only);
    /// Replaces each entry by those that `change` makes of it.
    template <class Change>
    void replace_each(Change change);
    static bool names(const entry& e, std::string_view host);
    host_status status_of(const std::string& name, std::span<const std::byte> blob) const;
    std::vector<public_key> keys_of(std::string_view host, std::uint16_t port, marker mark) const;

    std::vector<entry> entries_;
    std::vector<other_line> others_;
    std::vector<std::string> sources_;
    std::vector<std::string> warnings_;
};

/// known_hosts that a program shares with its verifiers (trust_known_hosts()), and may change while connections are made. Any
/// thread may call the members.
class shared_known_hosts {
public:
    explicit shared_known_hosts(known_hosts entries = {}) : entries_(std::move(entries)) {}

    /// Returns: a copy, such as for save().
    known_hosts get() const
    {
        const std::lock_guard lock(mutex_);
        return entries_;
    }
    /// Calls f(known_hosts&) while nobody else reads or changes the entries; f must not wait. Returns: what f returns.
    template <class F>
    auto change(F f)
    {
        const std::lock_guard lock(mutex_);
        return f(entries_);
    }
    /// The same with const known_hosts&.
    template <class F>
    auto look(F f) const
    {
        const std::lock_guard lock(mutex_);
        return f(entries_);
    }

private:
    mutable std::mutex mutex_;
    known_hosts entries_;
};

} // namespace sshoal
