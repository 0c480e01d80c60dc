#include "sftp/client/temporary_name.hpp"

#include <random>

namespace sshoal::sftp {

std::string temporary_name(const std::string& path)
{
    static constexpr char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::random_device random; // unlikely to meet another's; "exclusive" sees to the rest
    std::string name = path + '.';
    for (int i = 0; i < 6; ++i)
        name += letters[random() % (sizeof letters - 1)];
    return name + ".part";
}

} // namespace sshoal::sftp
