#include "base/work.hpp"

#include <new>

namespace sshoal {

void job::run() noexcept
{
    try {
        compute();
    } catch (const std::bad_alloc&) {
        trouble_ = failure(make_error_code(boost::system::errc::not_enough_memory));
    } catch (const std::exception& e) {
        try {
            trouble_ = failure(make_error_code(boost::system::errc::state_not_recoverable), e.what());
        } catch (...) {
            trouble_ = failure(make_error_code(boost::system::errc::not_enough_memory));
        }
    } catch (...) {
        trouble_ = failure(make_error_code(boost::system::errc::state_not_recoverable));
    }
}

} // namespace sshoal
