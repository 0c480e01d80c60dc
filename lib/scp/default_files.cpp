#include "scp/copying.hpp"
#include "sshoal/local_file_system.hpp"

#include <filesystem>

namespace sshoal::scp {

std::shared_ptr<sftp::file_system> default_files()
{
    std::error_code gone; // a removed folder has no path, but then nothing is in it either
    sftp::local_options here;
    here.start(std::filesystem::current_path(gone).string());
    return sftp::make_local_file_system(here);
}

} // namespace sshoal::scp
