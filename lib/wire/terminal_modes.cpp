#include "wire/terminal_modes.hpp"

namespace sshoal::wire {

void encode(writer& w, const terminal_modes& all)
{
    for (const terminal_modes::mode& m : all.modes)
        w.u8(m.opcode).u32(m.value);
    w.u8(terminal_modes::op_end);
}

result<terminal_modes> terminal_modes::decode(byte_view encoded)
{
    reader r(encoded);
    terminal_modes all;
    while (r.left() > 0) {
        mode m;
        m.opcode = r.u8();
        if (m.opcode == op_end || m.opcode >= op_first_without_u32)
            break;
        m.value = r.u32();
        if (!r.ok())
            return make_error_code(errc::malformed_message);
        if (all.modes.size() < most_modes)
            all.modes.push_back(m);
    }
    return all;
}

std::optional<std::uint32_t> terminal_modes::value_of(std::uint8_t opcode) const noexcept
{
    for (auto m = modes.rbegin(); m != modes.rend(); ++m) {
        if (m->opcode == opcode)
            return m->value;
    }
    return std::nullopt;
}

} // namespace sshoal::wire
