#include "sftp_output.hpp"

#include <cstdio>

namespace programs {

void complain(const std::string& text)
{
    std::fflush(stdout);
    std::fputs((text + '\n').c_str(), stderr);
}

void tell(const std::string& text)
{
    std::fputs(text.c_str(), stdout);
    if (!text.empty() && text.back() != '\n')
        std::fputc('\n', stdout);
    std::fflush(stdout);
}

} // namespace programs
