#include "scp/copying.hpp"
#include "sshoal/local_file_system.hpp"

namespace sshoal::scp {

std::shared_ptr<sftp::file_system> default_files()
{
    return sftp::make_local_file_system(sftp::local_options().start("."));
}

} // namespace sshoal::scp
