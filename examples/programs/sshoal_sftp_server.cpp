// sshoal-sftp-server - OpenSSH's sftp-server: files over standard input and output.
#include "option_scanner.hpp"
#include "sftp_service.hpp"

#include <iostream>

int main(int argc, char** argv)
{
    programs::sftp_call call;
    try {
        call = programs::parse_sftp_call({argv + 1, argv + argc}, programs::sftp_caller::command_line);
    } catch (const programs::usage_error& e) {
        std::cerr << "sshoal-sftp-server: " << e.what()
                  << "\nusage: sshoal-sftp-server [-eR] [-d start_directory] [-f log_facility] [-l log_level]\n"
                     "\t[-P denied_requests] [-p allowed_requests] [-u umask]\n"
                     "       sshoal-sftp-server -Q protocol_feature\n";
        return 1;
    }
    return programs::serve_sftp_on_standard_io(std::move(call), "sshoal-sftp-server");
}
