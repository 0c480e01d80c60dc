// terminal_modes.hpp - the encoded terminal modes of a pty-req (RFC 4254 §8).
#pragma once

#include "wire/message.hpp"

#include <optional>
#include <vector>

namespace sshoal::wire {

struct terminal_modes {
    struct mode {
        std::uint8_t opcode = 0;
        std::uint32_t value = 0;
    };
    /// There are 159 opcodes with an argument, so further pairs can only be repetitions. They are read and dropped.
    static constexpr std::size_t most_modes = 256;

    static constexpr std::uint8_t op_end = 0;
    static constexpr std::uint8_t op_first_without_u32 = 160; ///< the arguments of this and greater opcodes are not defined
    static constexpr std::uint8_t op_ispeed = 128;
    static constexpr std::uint8_t op_ospeed = 129;

    std::vector<mode> modes; ///< in wire order

    /// Reading ends at TTY_OP_END, at an opcode of 160 or more, or at the end of `encoded`: many clients send no modes at all.
    /// Errors: malformed_message if an argument is cut short.
    static result<terminal_modes> decode(byte_view encoded);

    /// Returns the last value that was given for an opcode.
    std::optional<std::uint32_t> value_of(std::uint8_t opcode) const noexcept;
};

/// Writes the pairs and the closing TTY_OP_END, as pty_req::modes carries them.
void encode(writer& w, const terminal_modes& all);

} // namespace sshoal::wire
