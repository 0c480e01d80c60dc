// terminal_modes_host.hpp - converts terminal modes between RFC 4254 §8, whose numbers are the same everywhere, and this host's
// termios(3).
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

struct termios;

namespace sshoal::conn {

/// Opcode and value, as in sshoal::terminal.
using terminal_mode = std::pair<std::uint8_t, std::uint32_t>;

/// Returns: every mode that this host has.
std::vector<terminal_mode> modes_of(const struct ::termios& settings);

/// Changes the settings to those that a peer asked for. Opcodes and values that mean nothing here are ignored; of several values
/// for one opcode, the last counts.
void apply_modes(struct ::termios& settings, std::span<const terminal_mode> modes);

} // namespace sshoal::conn
