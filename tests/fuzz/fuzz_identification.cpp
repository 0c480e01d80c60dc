// fuzz_identification.cpp - the lines before the first packet, for both ends, whole and in two pieces: what is read must not
// depend on where the pieces are cut, and nothing is kept without bounds.
#include "transport/identification.hpp"

#include <cstdlib>
#include <cstring>

using namespace sshoal;
using namespace sshoal::transport;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

struct outcome_of_reading {
    bool failed = false;
    bool done = false;
    std::string line;
    std::size_t left = 0;
};

void append_to(io_buffer& in, byte_view data)
{
    if (!data.empty())
        std::memcpy(in.append(data.size()), data.data(), data.size());
}

outcome_of_reading read_all(role self, byte_view first, byte_view second)
{
    identification_reader reader(self);
    io_buffer in;
    outcome_of_reading r;
    for (const byte_view piece : {first, second}) {
        append_to(in, piece);
        if (r.failed || r.done)
            continue;
        const auto got = reader.read(in);
        if (!got) {
            r.failed = true;
        } else if (*got != identification_reader::progress::need_more) {
            r.done = true;
            r.line = reader.line();
            require(r.line.starts_with("SSH-"));
            require(r.line.size() <= max_version_line);
            require(reader.pre_lines().size() <= 1024);
            require(self == role::client || reader.pre_lines().empty());
        }
    }
    r.left = r.done ? in.size() : 0;
    return r;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const byte_view input = std::as_bytes(std::span(data, size));
    const std::size_t cut = std::size_t(data[0]) * (size - 1) / 255;
    const byte_view text = input.subspan(1);
    for (const role self : {role::client, role::server}) {
        const auto whole = read_all(self, text, {});
        const auto pieces = read_all(self, text.first(cut), text.subspan(cut));
        require(whole.failed == pieces.failed);
        require(whole.done == pieces.done);
        require(whole.line == pieces.line);
        require(whole.left == pieces.left);
    }
    return 0;
}
