#include "sftp/server/replies.hpp"

#include <algorithm>

namespace sshoal::sftp {

using sftp_protocol::type;

namespace {

constexpr std::size_t most_text_bytes = 1024;
/// Names that cannot be printed get no line like that of "ls -l".
constexpr std::size_t most_long_name_bytes = 4096;

} // namespace

std::pair<status, std::string> status_for(const failure& f)
{
    const error_code& code = f.code();
    std::string text = f.context().empty() ? code.message() : f.context();
    if (code.category() == sftp_category())
        return {code.value() >= 0 && code.value() <= int(status::op_unsupported) ? status(code.value()) : status::failure,
                std::move(text)};
    const auto condition = code.default_error_condition();
    if (condition.category() == boost::system::generic_category())
        return {status(fail_errno(condition.value()).code().value()), std::move(text)};
    return {status::failure, std::move(text)};
}

failure failure_from(const std::exception_ptr& thrown)
{
    try {
        std::rethrow_exception(thrown);
    } catch (const error& e) {
        return {e.code(), e.context()};
    } catch (const boost::system::system_error& e) {
        return {e.code()};
    } catch (const std::bad_alloc&) {
        return fail(status::failure, "out of memory");
    } catch (...) { // the text of an unknown exception may not be meant for the client
        return fail(status::failure, "internal error");
    }
}

wire::writer replies::begin(type t, std::uint32_t id)
{
    packet_.clear();
    wire::writer out(packet_);
    out.u32(0).u8(std::uint8_t(t)).u32(id);
    return out;
}

void replies::end()
{
    store_u32(packet_.data(), std::uint32_t(packet_.size() - 4));
    to_.append(packet_);
    if (packet_.capacity() > 16 * 1024)
        bytes().swap(packet_);
}

void replies::status_of(std::uint32_t id, status code, std::string_view text)
{
    std::string words;
    if (text.empty())
        words = code == status::ok ? "Success" : make_error_code(code).message();
    else
        words = printable(text, most_text_bytes);
    begin(type::status, id).u32(std::uint32_t(code)).string(words).string(std::string_view());
    end();
}

void replies::failed(std::uint32_t id, const failure& f)
{
    const auto [code, text] = status_for(f);
    // A failure with the code ok is a mistake of the file system, and must not look like success to the client.
    status_of(id, code == status::ok ? status::failure : code, text);
}

void replies::handle(std::uint32_t id, byte_view name)
{
    begin(type::handle, id).string(name);
    end();
}

void replies::attrs(std::uint32_t id, const attributes& a)
{
    begin(type::attrs, id);
    sftp_protocol::encode_attributes(packet_, a);
    end();
}

void replies::name(std::uint32_t id, std::string_view path)
{
    begin(type::name, id).u32(1).string(path).string(path).u32(0);
    end();
}

std::size_t replies::names(std::uint32_t id, std::span<const directory_entry> entries)
{
    const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
    begin(type::name, id).u32(0);
    std::size_t n = 0, good = 0;
    for (; n < entries.size(); ++n) {
        const directory_entry& e = entries[n];
        const std::size_t before = packet_.size();
        wire::writer out(packet_);
        out.string(e.name);
        if (!e.long_name.empty() || e.name.size() > most_long_name_bytes)
            out.string(e.long_name);
        else
            out.string(long_name(e, now));
        sftp_protocol::encode_attributes(packet_, e.attrs);
        if (packet_.size() - 4 <= sftp_protocol::most_packet_bytes) {
            ++good;
            continue;
        }
        packet_.resize(before);
        if (good > 0)
            break;
        // A name that fits into no packet is left out.
    }
    store_u32(&packet_[9], std::uint32_t(good));
    end();
    return n;
}

void replies::file_system(std::uint32_t id, const file_system_info& info)
{
    begin(type::extended_reply, id);
    sftp_protocol::encode_statvfs(packet_, info);
    end();
}

void replies::limits(std::uint32_t id, const server_limits& l)
{
    begin(type::extended_reply, id).u64(l.packet_length).u64(l.read_length).u64(l.write_length).u64(l.open_handles);
    end();
}

void replies::owners(std::uint32_t id, const std::vector<std::string>& users, const std::vector<std::string>& groups)
{
    wire::writer out = begin(type::extended_reply, id);
    for (const auto* names : {&users, &groups}) {
        bytes list;
        for (const std::string& n : *names)
            wire::writer(list).string(n);
        out.string(list);
    }
    end();
}

void replies::check_file(std::uint32_t id, std::string_view algorithm, byte_view digests)
{
    begin(type::extended_reply, id).string(extension::check_file).string(algorithm).raw(digests);
    end();
}

} // namespace sshoal::sftp
