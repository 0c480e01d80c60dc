// randomart.hpp - a picture of a key, which people recognise more easily than its fingerprint (ssh_config(5), VisualHostKey).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/key.hpp>

#include <string>
#include <string_view>

namespace sshoal SSHOAL_API {

/// Returns: the picture that OpenSSH draws of the key's fingerprint: eleven lines of nineteen characters, without a line end behind the
/// last one; empty text for a hash that public_key::fingerprint() does not know. Two keys may have pictures that look alike, so no program
/// may decide by them.
std::string randomart(const public_key& key, std::string_view hash = "SHA256");

} // namespace sshoal
