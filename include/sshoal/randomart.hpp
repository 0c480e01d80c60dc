// randomart.hpp - a picture of a key, which people recognise more easily than its fingerprint (ssh_config(5), VisualHostKey).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/key.hpp>

#include <string>

namespace sshoal SSHOAL_API {

/// Returns: the picture that OpenSSH draws of the key's SHA-256 fingerprint: eleven lines of nineteen characters, without a line end
/// behind the last one. Two keys may have pictures that look alike, so no program may decide by them.
std::string randomart(const public_key& key);

} // namespace sshoal
