#include "sftp/client/temporary_name.hpp"

#include <random>

namespace sshoal::sftp {

std::string temporary_name(const std::string& path)
{
    static constexpr char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::random_device random; // a name is rarely taken, and open_mode::exclusive refuses one that is
    std::string name = path + '.';
    for (int i = 0; i < 6; ++i)
        name += letters[random() % (sizeof letters - 1)];
    return name + ".part";
}

} // namespace sshoal::sftp
